"""Ten minutes of the past, for the charts of the status page."""

from attrs import evolve

from tests.admin.snapshots import CONNECTOR, HOME, WELL, with_sink
from trio_ingest.admin.history import KEPT_MARKS, History, rates
from trio_ingest.spool.spool import SpoolStatistics


def test_rates_are_between_two_marks() -> None:
    """How much came a second; nothing when the totals begin anew, and no mark counts twice."""
    marks = [(0.0, 0), (5.0, 10), (5.0, 10), (10.0, 11), (15.0, 3)]

    assert [2.0, 0.2, 0.0] == rates(marks)
    assert [] == rates(marks[:1])


def test_the_past_is_bounded() -> None:
    """Home by home and sink by sink, the newest marks are kept, and so many of them."""
    history = History()
    for number in range(KEPT_MARKS + 10):
        connector = evolve(CONNECTOR, received=number * number)
        waiting = with_sink(spool=SpoolStatistics(points=number))
        homes = {"home": evolve(HOME, connector=connector)}
        history.mark(evolve(waiting, time=WELL.time + number, homes=homes))

    last = KEPT_MARKS + 9
    assert KEPT_MARKS - 1 == len(history.per_second()["home"])
    assert last**2 - (last - 1) ** 2 == history.per_second()["home"][-1]
    assert [last - KEPT_MARKS + 1, last] == [history.waiting()["influx"][at] for at in (0, -1)]
