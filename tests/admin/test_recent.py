"""The last minute, across reloads that take homes and sinks away or let totals begin anew."""

from attrs import evolve

from tests.admin.snapshots import CONNECTOR, HOME, SINK, WELL
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import Snapshot


def at(seconds: float, received: int, *, name: str = "home") -> Snapshot:
    connector = evolve(CONNECTOR, received=received)
    homes = {name: evolve(HOME, connector=connector)}
    return evolve(WELL, time=WELL.time + seconds, homes=homes, sinks={name: SINK})


def test_the_rate_is_of_the_last_minute() -> None:
    """How much came since the oldest mark, and nothing while there is none."""
    recent = Recent(lambda: WELL)
    nothing = recent.events_per_second(at(0, 5))
    for seconds in range(0, 120, 5):
        recent.mark(at(seconds, 2 * seconds))

    assert {} == nothing
    assert {"home": 2.0} == recent.events_per_second(at(120, 240))


def test_a_total_that_begins_anew() -> None:
    """A connector that was replaced counts from zero, and no rate is ever negative."""
    recent = Recent(lambda: WELL)
    recent.mark(at(0, 1000))
    at_once = recent.events_per_second(at(4, 8))
    recent.mark(at(5, 10))

    assert {"home": 0.0} == at_once
    assert {"home": 2.0} == recent.events_per_second(at(10, 20))


def test_who_is_gone_is_forgotten() -> None:
    """Of a home and a sink that are not in the configuration any more nothing is said."""
    recent = Recent(lambda: WELL)
    recent.mark(at(0, 1000, name="cabin"))
    recent.mark(at(5, 10))

    assert {"home"} == recent.events_per_second(at(10, 20)).keys()
    assert {"home"} == recent.dropped(at(10, 20)).keys()
    assert {"home"} == recent.history.per_second().keys() == recent.history.waiting().keys()
