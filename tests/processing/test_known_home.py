"""What a lane makes of the news of a home: what is written, what is known, what is only noise."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.changes import attributes
from trio_ingest.model.attributes import NO_ATTRIBUTES, Attributes
from trio_ingest.model.gap import Gap, Repair
from trio_ingest.model.progress import Known
from trio_ingest.model.state_change import Source, State, StateChange
from trio_ingest.processing.fingerprint import Fingerprints
from trio_ingest.processing.known_home import KnownHome

ENTITY = "light.x"
LIVE, SNAPSHOT, HISTORY, LATE, HEARTBEAT = Source
MINUTE = 60_000_000
GAP = Gap(home="home", first=100, last=None)


def change(
    time: int, value: str | None = "on", entity_id: str = ENTITY, **attributes: Any
) -> StateChange:
    state = None if value is None else State(value=value, attributes=Attributes.of(attributes))
    return StateChange(entity_id=entity_id, time=time, state=state)


def placeholder(time: int) -> StateChange:
    return change(time, "unavailable", restored=True)


def times(changes: Any) -> list[int]:
    return [each.time for each in changes]


def heard(home: KnownHome, *changes: StateChange) -> None:
    for each in changes:
        assert [each] == list(home.sift(each, LIVE))


def home_with_gap(*before: StateChange, drops_noise: bool = True) -> KnownHome:
    home = KnownHome(drops_noise=drops_noise)
    heard(home, *before)
    home.open_gap(GAP)
    return home


def test_every_live_change_is_written() -> None:
    """What is heard live is written, also when nothing differs but the time."""
    heard(KnownHome(drops_noise=True), change(1), change(2), change(3, None), change(4))


def test_a_late_removal_is_written_once() -> None:
    """A removal that is told when its time is known counts as if it had been heard then."""
    home = KnownHome()
    heard(home, change(5))

    assert [7] == times(home.sift(change(7, None), LATE))
    assert [] == times(home.sift(change(7, None), LATE))
    assert [] == [*home.entities()]
    assert home.deduplicated == 1


def test_a_late_removal_takes_away_nobody_who_has_come_back() -> None:
    """It is written, and what is known of the entity is that it is there."""
    home = KnownHome()
    heard(home, change(5), change(9))

    assert [7] == times(home.sift(change(7, None), LATE))
    assert [ENTITY] == [*home.entities()]
    assert [] == times(home.sift(change(9), SNAPSHOT))


def test_a_snapshot_of_what_is_known_is_not_written() -> None:
    """The present state is written once, and when a live change has come since it is old."""
    home = KnownHome()

    assert [5] == times(home.sift(change(5), SNAPSHOT))
    assert [] == times(home.sift(change(5), SNAPSHOT))
    heard(home, change(7, "off"))
    assert [] == times(home.sift(change(5), SNAPSHOT))
    assert 2 == home.deduplicated


def test_history_fills_what_lies_between() -> None:
    """Of what history has, only that is written which was heard neither before nor after."""
    home = home_with_gap(change(90))
    heard(home, change(200, "off"))

    written = [time for time in (80, 90, 110, 150, 200, 210) if home.sift(change(time), HISTORY)]

    assert [110, 150] == written
    assert 4 == home.deduplicated


def test_history_of_an_interrupted_repair_is_written_again() -> None:
    """What was heard after the gap does not hide what is missing in it."""
    newest = {ENTITY: Known(500, 1)}
    home = KnownHome(newest=newest, gaps=[Gap(home="home", first=100, last=400)])

    assert [] == times(home.sift(change(90), HISTORY))
    assert [300] == times(home.sift(change(300), HISTORY))


def test_history_of_the_unknown_is_written() -> None:
    """Of an entity that nobody has heard of, everything is new."""
    home = home_with_gap()

    assert [99] == times(home.sift(change(99), HISTORY))
    assert [100] == times(home.sift(change(100, None), HISTORY))


def test_an_older_gap_that_is_found_later() -> None:
    """A gap that begins before those that are being repaired is not taken for known."""
    home = home_with_gap(change(90))
    home.sift(change(300), HISTORY)

    home.open_gap(Gap(home="home", first=50, last=60))

    assert [55] == times(home.sift(change(55), HISTORY))


def test_restored_states_are_noise() -> None:
    """What a starting Home Assistant gives back, value and attributes alike, is not written."""
    home = KnownHome(drops_noise=True)
    heard(home, change(1, brightness=5))
    home.start_up(is_over=False)

    assert [] == times(home.sift(change(10, brightness=5), LIVE))
    assert [11] == times(home.sift(change(11, brightness=6), LIVE))
    home.start_up(is_over=True)
    assert [20] == times(home.sift(change(20, brightness=6), LIVE))
    assert 1 == home.noise


def test_noise_may_be_kept() -> None:
    """Without `drops_noise` everything is written, placeholders too."""
    home = KnownHome()
    heard(home, change(1))
    home.start_up(is_over=False)

    heard(home, placeholder(10), change(11))


def test_a_placeholder_counts_when_nothing_follows_it() -> None:
    """An entity that comes back is not shown as unavailable; one that does not, is."""
    home = KnownHome(drops_noise=True)
    heard(home, change(1), change(1, entity_id="light.y"))
    home.start_up(is_over=False)

    assert [] == times(home.sift(placeholder(10), LIVE))
    assert [] == times(home.sift(change(12), LIVE))
    gone = change(11, "unavailable", entity_id="light.y", restored=True)
    assert [] == times(home.sift(gone, SNAPSHOT))
    assert (1, 2) == (home.held, home.noise)

    assert [gone] == list(home.start_up(is_over=True))
    assert 0 == home.held


def test_history_of_a_restart() -> None:
    """Placeholder and restored state in a gap are noise, unless something else came between."""
    for between, written in (([], []), ([change(130, "off")], [130, 140])):
        home = home_with_gap(change(90))
        home.start_up(is_over=False)
        assert [] == times(home.sift(change(140), SNAPSHOT))
        home.start_up(is_over=True)

        found = [
            each.time
            for row in [placeholder(120), *between, change(140)]
            for each in home.sift(row, HISTORY)
        ]
        found += times(home.close_gap(Repair(gap=GAP)))

        assert written == found


def test_what_is_known_from_after_the_gap_makes_no_noise_of_what_is_in_it() -> None:
    """When a repair was interrupted, the first change of the gap may be what came last."""
    known = Known(200, Fingerprints().of(ENTITY, State(value="on", attributes=NO_ATTRIBUTES)))
    home = KnownHome(drops_noise=True, newest={ENTITY: known}, gaps=[GAP])
    home.start_up(is_over=False)
    home.start_up(is_over=True)

    rows = [change(120), change(130, "off"), change(200)]

    assert [120, 130, 200] == [each.time for row in rows for each in home.sift(row, HISTORY)]
    assert 0 == home.noise


def test_an_older_gap_forgets_what_was_known_before_the_newer_one() -> None:
    """What is known of the time between two gaps says nothing about the older one."""
    home = KnownHome(drops_noise=True)
    heard(home, change(90))
    home.open_gap(GAP)
    home.start_up(is_over=False)
    assert [] == times(home.sift(change(90), SNAPSHOT))
    home.open_gap(Gap(home="home", first=50, last=80))

    assert [60] == times(home.sift(change(60), HISTORY))


def test_a_live_repetition_counts_when_history_has_something_before_it() -> None:
    """What is heard while Home Assistant starts may differ from what came in the gap."""
    home = home_with_gap(change(90))
    home.start_up(is_over=False)
    assert [] == times(home.sift(change(140), LIVE))
    home.start_up(is_over=True)

    assert [120, 140] == times(home.sift(change(120, "off"), HISTORY))
    assert 0 == home.noise


def test_a_lasting_placeholder_in_a_gap() -> None:
    """An entity that stayed unavailable through the gap is written as such in the end."""
    home = home_with_gap(change(90))
    home.start_up(is_over=False)
    home.start_up(is_over=True)
    assert [] == times(home.sift(placeholder(120), HISTORY))
    assert 1 == home.held

    assert [120] == times(home.close_gap(Repair(gap=GAP)))


def test_those_who_are_gone_are_removed() -> None:
    """Who is known and not there any more is removed, at the time of the roll call, and once."""
    home = KnownHome()
    heard(home, change(1), change(2, entity_id="light.y"), change(90, entity_id="light.late"))
    heard(home, change(3, entity_id="light.z"), change(4, None, entity_id="light.z"))

    removals = home.call_roll(frozenset({"light.y"}), 50)

    assert [(ENTITY, 50, None)] == [(each.entity_id, each.time, each.state) for each in removals]
    assert [] == list(home.call_roll(frozenset({"light.y"}), 50))
    assert {"light.y", "light.late"} == set(home.entities())


def test_a_clock_that_was_put_back() -> None:
    """A present state that is older than what we know, and another one, is written all the same."""
    home = home_with_gap(change(90, "on"))

    assert [] == times(home.sift(change(80, "on"), SNAPSHOT))
    assert [80] == times(home.sift(change(80, "off"), SNAPSHOT))


def test_heartbeat() -> None:
    """What was reported again unchanged is written when it is due, and never more often."""
    home = KnownHome(heartbeat_seconds=60)
    heard(home, change(0))

    due = [
        time
        for time in (MINUTE - 1, MINUTE, 2 * MINUTE - 1, 3 * MINUTE)
        if home.sift(change(time), HEARTBEAT)
    ]

    assert [MINUTE, 3 * MINUTE] == due
    assert [] == times(home.sift(change(9 * MINUTE, "off"), HEARTBEAT))
    assert [] == times(KnownHome().sift(change(9 * MINUTE), HEARTBEAT))


def test_news_is_taken_once() -> None:
    """What has become known is told once, with the newest of each entity."""
    home = KnownHome()
    heard(home, change(1), change(2, "off"), change(3, None, entity_id="light.y"))

    fingerprint = Fingerprints().of(ENTITY, State(value="off", attributes=NO_ATTRIBUTES))
    assert {ENTITY: Known(2, fingerprint), "light.y": Known(3, None)} == home.take_news()
    assert {} == home.take_news()


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["on", "off", None])))))
def test_when_it_is_worked_out_changes_nothing(batches: list[list[tuple[int, str | None]]]) -> None:
    """Whether changes were of few entities or of many, the news of a batch is the last of each."""
    home, time = KnownHome(), 0

    for batch in batches:
        expected = {}
        for number, value in batch:
            time += 1
            entity_id = f"light.n{number}"
            told = change(time, value, entity_id)
            home.hear((told,))
            fingerprint = told.state and Fingerprints().of(entity_id, told.state)
            expected[entity_id] = Known(time, fingerprint)
        assert expected == home.take_news()


def test_changes_of_many_entities_do_not_pile_up() -> None:
    """They are read at once where nearly each is of another entity, and not where few change."""
    many = [change(1, "on", f"light.n{number}") for number in range(50)]
    few = [change(1, "on", f"light.n{number % 3}") for number in range(50)]
    home = KnownHome()

    waiting = []
    for batch in (many, many, few, few):
        home.hear(batch)
        waiting.append(len(home._unread))
        home.take_news()

    assert [50, 0, 0, 3] == waiting


@given(attributes, st.randoms())
def test_fingerprints_do_not_depend_on_order(known: Mapping[str, Any], random: Any) -> None:
    """The same attributes in another order are the same state; another value is another one."""
    shuffled = list(known.items())
    random.shuffle(shuffled)

    one = Fingerprints().of(ENTITY, State(value="on", attributes=Attributes.of(known)))

    assert one == Fingerprints().of(
        ENTITY, State(value="on", attributes=Attributes.of(dict(shuffled)))
    )
    assert one != Fingerprints().of(ENTITY, State(value="off", attributes=Attributes.of(known)))
    assert -(2**63) <= one < 2**63


@pytest.mark.parametrize("first", [LIVE, SNAPSHOT])
@given(
    st.lists(st.tuples(st.integers(0, 50), st.sampled_from(["a", "b"])), max_size=12),
    st.integers(0, 50),
    st.integers(0, 50),
)
def test_nothing_is_missing_whatever_the_gap(
    first: Source, story: list[tuple[int, str]], lost_at: int, back_at: int
) -> None:
    """Heard live up to a moment and from another on, with history between: every change once."""
    lost_at, back_at = sorted((lost_at, back_at))
    changes = [change(time, value) for time, value in dict(sorted(story)).items()]
    home = KnownHome()
    before = [each for each in changes if each.time <= lost_at]
    missed = [each for each in changes if lost_at < each.time <= back_at]
    after = [each for each in changes if each.time > back_at]

    written = [each for item in before for each in home.sift(item, LIVE)]
    home.open_gap(Gap(home="home", first=lost_at, last=None))
    if first is LIVE:
        written += [each for item in after for each in home.sift(item, LIVE)]
    for item in (before + missed)[-1:]:
        written += home.sift(item, SNAPSHOT)
    for item in changes:
        written += home.sift(item, HISTORY)
    if first is SNAPSHOT:
        written += [each for item in after for each in home.sift(item, LIVE)]
    written += home.close_gap(Repair(gap=Gap(home="home", first=lost_at, last=None)))

    assert {each.time for each in changes} == {each.time for each in written}
    assert first is SNAPSHOT or len(written) == len(changes)
