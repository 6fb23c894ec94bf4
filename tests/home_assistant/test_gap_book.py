"""From where on each lane misses something, without a Home Assistant."""

from collections.abc import Iterable, Sequence

import trio
from attrs import define

from tests.home_assistant.following import PlainLedger
from trio_ingest.home_assistant.gap_book import GapBook
from trio_ingest.home_assistant.outlet import Outlet
from trio_ingest.home_assistant.pace import (
    FIRST_SECONDS,
    LEAST_SECONDS,
    LONGEST_SECONDS,
    MOST_ENTITIES,
    Pace,
)
from trio_ingest.home_assistant.repair import OVERLAP, described, next_slice
from trio_ingest.model.gap import LONG_AGO, Gap, GapReason, Repair
from trio_ingest.model.instant import MICROSECONDS_PER_DAY, MICROSECONDS_PER_SECOND
from trio_ingest.model.notice import Told
from trio_ingest.model.progress import Recollection

SECOND = MICROSECONDS_PER_SECOND
DAY = MICROSECONDS_PER_DAY


def gap(first: int, last: int | None, reason: GapReason = GapReason.DISCONNECTED) -> Gap:
    return Gap(home="home", first=first, last=last, reason=reason)


def lane_at(checkpoint: int | None, *gaps: Gap, **more: bool) -> PlainLedger:
    checkpoints = {} if checkpoint is None else {"home": checkpoint}
    return PlainLedger(Recollection(checkpoint=checkpoints, gaps=gaps, **more))


@define
class Reader:
    """A gap book and the lanes that it is about, which are called by their places here."""

    book: GapBook
    lanes: Sequence[Outlet]

    def told(self) -> list[tuple[int, Gap]]:
        """Tell the lanes what they have to be told, and return it."""
        untold = self.book.untold(self.lanes)
        for lane, each in untold:
            self.book.told(lane, each)
        return self.placed(untold)

    def open_gaps(self) -> list[tuple[int, Gap]]:
        return self.placed(self.book.open_gaps())

    def repairable(self) -> list[tuple[int, Gap]]:
        return self.placed(self.book.repairable(self.lanes))

    def placed(self, gaps: Iterable[tuple[Outlet, Gap]]) -> list[tuple[int, Gap]]:
        return [(self.lanes.index(lane), each) for lane, each in gaps]

    def until(self) -> int | None:
        return self.book.until(self.lanes)

    def begin(self) -> None:
        self.book.begin(self.lanes)

    def end(self, newest: int, backfill_max: int) -> None:
        self.book.end(newest, backfill_max, self.lanes)

    def hear(self, time: int) -> None:
        self.book.hear(time, self.lanes)

    def is_complete_until(self, time: int) -> None:
        self.book.is_complete_until(time, self.lanes)

    async def look_up(self) -> None:
        await self.book.look_up(self.lanes)

    def apply(self, place: int, repair: Repair) -> None:
        self.book.apply(self.lanes[place], repair)


def outlet_of(ledger: PlainLedger) -> Outlet:
    """Return the way to a lane that is never told anything."""
    nobody_sends, _ = trio.open_memory_channel[Told](0)
    return Outlet("lane", nobody_sends, ledger)


async def read(*ledgers: PlainLedger) -> Reader:
    reader = Reader(GapBook("home"), [outlet_of(each) for each in ledgers])
    await reader.book.read(reader.lanes)
    return reader


async def test_a_gap_begins_where_each_lane_was_left() -> None:
    """At the start each lane misses what came after its own checkpoint; a new one misses nothing."""
    book = await read(lane_at(100), lane_at(70), lane_at(None))

    assert book.until() == 70
    book.begin()
    assert [(0, gap(100, None)), (1, gap(70, None))] == book.told()
    book.end(500, DAY)
    assert [(0, gap(100, 500)), (1, gap(70, 500))] == book.told()
    assert [(1, gap(70, 500)), (0, gap(100, 500))] == book.open_gaps()


async def test_later_gaps_begin_with_what_was_heard_last() -> None:
    """Once the lanes were told something, all of them miss what came after that."""
    book = await read(lane_at(100), lane_at(None))
    book.hear(900)

    book.begin()

    assert [(0, gap(900, None)), (1, gap(900, None))] == book.told()


async def test_a_quiet_home_is_followed_to_its_newest_state() -> None:
    """When all was fetched and no live change came, the next gap begins there, never earlier."""
    book = await read(lane_at(None))

    book.is_complete_until(500)
    book.is_complete_until(400)

    book.begin()

    assert [(0, gap(500, None))] == book.told()


async def test_a_gap_that_never_came_to_its_end_goes_on() -> None:
    """A session that is lost before it is known where the gap ends opens no second gap."""
    book = await read(lane_at(100))
    book.begin()
    book.told()

    book.begin()
    assert [] == book.told()
    book.end(500, DAY)
    assert [(0, gap(100, 500))] == book.told()


async def test_who_was_not_told_is_told_later() -> None:
    """When telling is interrupted, those who were not reached are told in the next session."""
    book = await read(lane_at(100), lane_at(100))
    book.begin()
    first, second = book.book.untold(book.lanes)
    book.book.told(*first)

    book.begin()

    assert [second] == book.book.untold(book.lanes)


async def test_an_interrupted_repair_goes_on() -> None:
    """Gaps that are open on disk are there again, and what is repaired of them is not."""
    book = await read(lane_at(900, gap(100, 500)))
    assert [(0, gap(100, 500))] == book.open_gaps()
    book.begin()
    assert [(0, gap(100, 500)), (0, gap(900, None))] == book.told()
    book.apply(0, Repair(gap=gap(900, None)))

    book.apply(0, Repair(gap=gap(100, 500), until=300))
    assert [(0, gap(300, 500))] == book.open_gaps()
    book.apply(0, Repair(gap=gap(300, 500), until=500))
    assert [] == book.open_gaps()


async def test_a_damaged_spool_may_miss_anything() -> None:
    """After damage the gap begins with time itself, and ends now."""
    book = await read(lane_at(100, is_damaged=True))

    book.end(500, DAY)

    assert (0, gap(LONG_AGO, 500, GapReason.SPOOL_DAMAGED)) in book.told()


async def test_a_clock_that_was_put_back() -> None:
    """A gap that would begin in the future is closed, and another one looks back instead."""
    book = await read(lane_at(10 * DAY))
    book.begin()
    book.told()

    book.end(5 * DAY, 3 * DAY)

    assert [(0, gap(10 * DAY, 10 * DAY)), (0, gap(2 * DAY, 5 * DAY))] == book.told()


async def test_what_a_lane_has_lost_is_looked_up() -> None:
    """Dropped intervals are entered when there is room for them; those of other homes never."""
    dropped = gap(100, 200, GapReason.SPOOL_FULL)
    other = Gap(home="cabin", first=1, last=2, reason=GapReason.SPOOL_FULL)
    ledger = PlainLedger(has_lost=[dropped, other], has_room=False)
    book = await read(ledger)

    await book.look_up()
    assert [] == book.told()
    ledger.has_room = True
    await book.look_up()
    assert [(0, dropped)] == book.told()
    await book.look_up()
    assert [] == book.told()
    assert [(0, dropped)] == book.repairable()
    ledger.has_room = False
    assert [] == book.repairable()
    assert [(0, dropped)] == book.open_gaps()


def test_slices_follow_each_other() -> None:
    """A gap is taken apart from its beginning, and the last slice is open to the present."""
    whole = gap(0, 100 * SECOND)

    first = next_slice([(0, whole)], 60, newest=100 * SECOND)
    assert (-OVERLAP, 60 * SECOND) == (first.after, first.until)
    second = next_slice([(0, gap(60 * SECOND, 100 * SECOND))], 60, newest=100 * SECOND)
    assert (60 * SECOND - OVERLAP, None) == (second.after, second.until)


def test_slices_of_the_past_have_an_end() -> None:
    """What was dropped long ago is fetched up to its end, not up to now."""
    part = next_slice([(0, gap(0, 10 * SECOND))], 60, newest=1000 * SECOND)

    assert 10 * SECOND == part.until


def test_slices_serve_all_who_miss_them() -> None:
    """Lanes whose gaps begin in the slice are served by it, those of later gaps are not."""
    gaps = [
        (0, gap(0, 500 * SECOND)),
        (1, gap(30 * SECOND, 40 * SECOND)),
        (2, gap(90 * SECOND, None)),
    ]

    part = next_slice(gaps, 60, newest=500 * SECOND)

    assert {0, 1} == part.lanes
    assert 60 * SECOND == part.until


def test_a_gap_in_which_nothing_is_seen_to_have_happened() -> None:
    """Also when no state is newer than the gap it is looked into, once, up to now."""
    part = next_slice([(0, gap(100, 100))], 60, newest=90)

    assert part.until is None


def test_pace_grows_and_shrinks() -> None:
    """Small answers make the next slice twice as long, large ones shorter, within bounds."""
    pace = Pace(64 * 1024 * 1024)

    pace.adapt(1000)
    assert 2 * FIRST_SECONDS == pace.seconds
    pace.adapt(4 * pace.aim)
    assert FIRST_SECONDS / 2 == pace.seconds
    for _ in range(50):
        pace.adapt(0)
    assert LONGEST_SECONDS == pace.seconds
    assert pace.entities == MOST_ENTITIES
    pace.start()
    assert FIRST_SECONDS == pace.seconds


def test_pace_gives_up_in_the_end() -> None:
    """Questions that end sessions become ever smaller; when the smallest does, too, that is seen."""
    pace = Pace(64 * 1024)
    tries = 0
    while not pace.is_stuck:
        pace.shrink()
        tries += 1

    assert (LEAST_SECONDS, 1) == (pace.seconds, pace.entities)
    assert tries < 12
    pace.skip()
    assert not pace.is_stuck


def test_lost_sessions_alone_give_nothing_up() -> None:
    """A session that is lost for whatever reason makes the next question smaller, no more."""
    pace = Pace(64 * 1024)
    for _ in range(100):
        pace.ease()

    assert (LEAST_SECONDS, MOST_ENTITIES) == (pace.seconds, pace.entities)
    assert not pace.is_stuck


def test_gaps_are_described_once() -> None:
    """Lanes that miss the same are told of once, in UTC."""
    gaps = [(0, gap(0, 5 * SECOND)), (1, gap(0, 5 * SECOND)), (1, gap(SECOND, None))]

    assert (
        "1970-01-01 00:00:00 to 1970-01-01 00:00:05 UTC (disconnected); "
        "1970-01-01 00:00:01 to now UTC (disconnected)"
    ) == described(gaps)
