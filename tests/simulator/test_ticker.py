"""The time that is stamped on things."""

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from trio_ingest.simulator.ticker import Ticker

SECONDS = st.floats(min_value=1.7e9, max_value=2.0e9, allow_nan=False)


@settings(deadline=None, max_examples=60)
@given(st.lists(SECONDS, min_size=1, max_size=30))
def test_no_instant_comes_twice_and_none_goes_back(readings: list[float]):
    """Whatever the clock says, each tick is later, and its float is its moment."""
    clock = iter(readings)
    ticker = Ticker(lambda: next(clock))

    ticks = [ticker.tick() for _ in readings]

    assert all(earlier.moment < later.moment for earlier, later in pairwise(ticks))
    assert all(datetime.fromtimestamp(t.timestamp, UTC) == t.moment for t in ticks)
