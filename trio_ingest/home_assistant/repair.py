"""Repairs gaps from Home Assistant's recorder, beside the live changes and behind them.

Slice by slice, from where the first gap begins: ask for what happened, tell it to the lanes that
miss it, and then that it was told, which they commit together. So whatever interrupts this, it
goes on where it was.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence

import trio
from attrs import define, field, frozen

from trio_ingest.home_assistant.errors import CommandFailed, NoAnswer, NoRecorder, SessionLost
from trio_ingest.home_assistant.gap_book import GapBook, Lane, Lanes
from trio_ingest.home_assistant.history import fetch_history
from trio_ingest.home_assistant.pace import Pace
from trio_ingest.home_assistant.recorder import wait_recorded
from trio_ingest.home_assistant.session import Session
from trio_ingest.model.gap import Gap, GapOutcome, Repair
from trio_ingest.model.instant import MICROSECONDS_PER_SECOND, to_datetime
from trio_ingest.model.notice import RepairDone, Told
from trio_ingest.model.state_change import Burst, Source, StateChange
from trio_ingest.telemetry.message_ids import GAP_FOUND, GAP_GIVEN_UP, GAP_POSTPONED, GAP_REPAIRED

log = logging.getLogger(__name__)

# Changes of one instant may have come in another order than their times say; none by as much.
OVERLAP = MICROSECONDS_PER_SECOND // 10
# The ends of a question are exclusive, and times are floats there.
MARGIN = 1000
# Live changes never wait behind more than this.
BURST = 500
# Home Assistant and the lanes get as much time for other things as a question took, at least this.
LEAST_PAUSE_SECONDS = 0.01
RETRY_SECONDS = 10.0
# When there is no answer even to the smallest question, all is left open for so long.
POSTPONED_SECONDS = 600.0

Tell = Callable[[Told, Lanes], Awaitable[None]]


@frozen(kw_only=True)
class Slice:
    """What is fetched at once: for whom, and from when to when (None: until now)."""

    missing: Sequence[tuple[Lane, Gap]]
    after: int
    until: int | None

    @property
    def lanes(self) -> Lanes:
        """Return the lanes that miss it."""
        return {lane for lane, _ in self.missing}


@define
class RepairStatistics:
    """What was repaired since the start."""

    gaps_repaired: int = 0
    gaps_lost: int = 0
    changes_fetched: int = 0


@define(eq=False, repr=False, kw_only=True)
class Repairer:
    """Works off a gap book. It lives across sessions, and remembers how much it may ask for."""

    book: GapBook
    pace: Pace
    tell: Tell
    counts: RepairStatistics = field(factory=RepairStatistics)
    _not_before: float = field(default=0.0, init=False)

    async def run(
        self,
        session: Session,
        lanes: Lanes,
        newest: int,
        entity_ids: Collection[str],
        awaited: Sequence[StateChange] = (),
    ) -> None:
        """Repair the gaps of *lanes* that have room, once the recorder has the *awaited* states.

        *newest* is the instant of the newest state there is. Raises SessionLost.
        """
        began, fetched = trio.current_time(), self.counts.changes_fetched
        if began < self._not_before:
            return
        self.pace.start()
        what = described(self.book.repairable(lanes))
        log.info(
            "%s: repairing from Home Assistant's recorder: %s", session.home, what, extra=GAP_FOUND
        )
        try:
            await wait_recorded(session, awaited)
            while gaps := self.book.repairable(lanes):
                part = next_slice(gaps, self.pace.seconds, newest)
                if self.pace.is_stuck:
                    await self._skip(part, lanes)
                elif not await self._repair(session, part, entity_ids):
                    self._postpone(session)
                    return
        except NoRecorder as error:
            await self.give_up(lanes, str(error))
            return
        log.info(
            "%s: repaired in %.0f s, %d changes were fetched",
            session.home,
            trio.current_time() - began,
            self.counts.changes_fetched - fetched,
            extra=GAP_REPAIRED,
        )

    async def give_up(self, lanes: Lanes, why: str, before: int | None = None) -> None:
        """Close all gaps of *lanes*, or what lies *before* an instant, as lost, and say so."""
        gaps = self.book.open_gaps(lanes)
        if before is not None:
            gaps = [(lane, gap) for lane, gap in gaps if gap.first < before]
        if not gaps:
            return
        log.warning(
            "%s: this cannot be repaired: %s: %s",
            self.book.home,
            described(gaps, before),
            why,
            extra=GAP_GIVEN_UP,
        )
        for lane, gap in gaps:
            repair = Repair(gap=gap, until=before, outcome=GapOutcome.LOST, why=why)
            self.counts.gaps_lost += repair.remainder is None
            await self._tell_repair(lane, repair)

    def _postpone(self, session: Session) -> None:
        """Leave the gaps open for a while: whoever does not answer now may do so later."""
        self.pace.skip()
        self._not_before = trio.current_time() + POSTPONED_SECONDS
        log.warning(
            "%s: there is no history to be had now; the gaps stay open, trying again in %g s",
            session.home,
            POSTPONED_SECONDS,
            extra=GAP_POSTPONED,
        )

    async def _repair(self, session: Session, part: Slice, entity_ids: Collection[str]) -> bool:
        """Fetch a slice; False when not even the smallest question was answered, several times."""
        wanted = [
            each
            for each in sorted(entity_ids)
            if any(lane.ledger.admits(self.book.home, each) for lane in part.lanes)
        ]
        before = None if part.until is None else part.until + MARGIN
        largest, done = 0, 0
        while done < len(wanted):
            some = wanted[done : done + self.pace.entities]
            asked = trio.current_time()
            try:
                history = await fetch_history(session, some, max(0, part.after), before)
            except (NoAnswer, CommandFailed) as error:
                self.pace.shrink()
                if self.pace.is_stuck:
                    return False
                log.warning(
                    "%s: %s; asking for less history after %g s", session.home, error, RETRY_SECONDS
                )
                await trio.sleep(RETRY_SECONDS)
                return True  # to begin the slice anew
            except (SessionLost, trio.Cancelled):  # whoever noticed first that it is lost
                self.pace.ease()
                raise
            await self._deliver(history.changes, part.lanes)
            largest = max(largest, history.size_bytes)
            done += len(some)
            await trio.sleep(max(LEAST_PAUSE_SECONDS, trio.current_time() - asked))
        self.pace.adapt(largest)
        for lane, gap in part.missing:
            repair = Repair(gap=gap, until=part.until)
            self.counts.gaps_repaired += repair.remainder is None
            await self._tell_repair(lane, repair)
        return True

    async def _deliver(self, changes: Sequence[StateChange], lanes: Lanes) -> None:
        self.counts.changes_fetched += len(changes)
        for start in range(0, len(changes), BURST):
            part = changes[start : start + BURST]
            await self.tell(Burst(home=self.book.home, changes=part, source=Source.HISTORY), lanes)

    async def _skip(self, part: Slice, lanes: Lanes) -> None:
        self.pace.skip()
        why = "even the smallest answer is larger than max_message_size"
        await self.give_up(lanes, why, before=part.until)

    async def _tell_repair(self, lane: Lane, repair: Repair) -> None:
        await self.tell(RepairDone(repair=repair), (lane,))
        self.book.apply(lane, repair)


def next_slice(gaps: Sequence[tuple[Lane, Gap]], seconds: float, newest: int) -> Slice:
    """Return what to fetch next of *gaps*, of which there is one at least, the first one first.

    A slice that comes near to the present has no end: what happens now is behind it.
    """
    first = gaps[0][1].first
    until = first + int(seconds * MICROSECONDS_PER_SECOND)
    missing = [(lane, gap) for lane, gap in gaps if gap.first < until]
    later = [gap.first for _, gap in gaps if gap.first >= until]
    ends = [gap.last for _, gap in missing]
    last = None if None in ends else max(end for end in ends if end is not None)
    if last is not None and last <= until:
        until = last
    is_open_ended = not later and (last is None or last >= newest) and until >= (last or newest)
    return Slice(missing=missing, after=first - OVERLAP, until=None if is_open_ended else until)


def described(gaps: Sequence[tuple[Lane, Gap]], before: int | None = None) -> str:
    """Return which intervals *gaps* are, each once, and why they are there."""
    intervals = dict.fromkeys((gap.first, gap.last, gap.reason) for _, gap in gaps)
    return "; ".join(
        f"{to_datetime(first):%Y-%m-%d %H:%M:%S} to "
        f"{_end(last if before is None else min(before, last or before))} UTC ({reason})"
        for first, last, reason in intervals
    )


def _end(last: int | None) -> str:
    return "now" if last is None else f"{to_datetime(last):%Y-%m-%d %H:%M:%S}"
