"""The time that is stamped on things."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from trio_ingest.simulator.ticker import Ticker

NOON = 1.8e9
WITHIN_A_SECOND = st.floats(min_value=0, max_value=0.999, allow_nan=False)


@settings(deadline=None, max_examples=60)
@given(st.lists(WITHIN_A_SECOND, min_size=1, max_size=30))
def test_no_instant_comes_twice_and_none_goes_back(readings: list[float]):
    """However uneven the clock is, each tick is later, and its float is its moment."""
    clock = iter(readings)
    ticker = Ticker(lambda: NOON + next(clock))

    ticks = [ticker.tick() for _ in readings]

    assert all(earlier.moment < later.moment for earlier, later in pairwise(ticks))
    assert all(datetime.fromtimestamp(t.timestamp, UTC) == t.moment for t in ticks)


def test_a_clock_that_is_put_back():
    """Whoever puts the clock back gets the time that it shows then."""
    clock = iter([NOON, NOON - 60, NOON - 60])
    ticker = Ticker(lambda: next(clock))

    first, second, third = (ticker.tick() for _ in range(3))

    assert first.moment - second.moment == timedelta(minutes=1)
    assert second.moment < third.moment
