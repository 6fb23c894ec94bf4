"""How much is asked for."""

from hypothesis import given
from hypothesis import strategies as st

from trio_ingest.relay.prefetch import MOST_AT_ONCE, Prefetch

SIZES = st.integers(0, 2**30)


def test_something_may_always_be_in_hand():
    """A message that is larger than all that may be in hand is taken alone."""
    assert 1 == Prefetch(messages=10, size_bytes=100).room(0, 0, 5000)
    assert 0 == Prefetch(messages=10, size_bytes=100).room(1, 5000, 5000)


def test_not_too_many_come_at_once():
    """Or to look at them would take the loop long."""
    assert MOST_AT_ONCE == Prefetch(messages=10_000, size_bytes=2**30).room(0, 0, 10)


@given(st.integers(1, 10_000), SIZES, st.integers(0, 10_000), SIZES, SIZES)
def test_it_is_bounded(messages, size_bytes, held, held_bytes, largest):
    """With what is asked for neither bound is exceeded, but for a single one."""
    prefetch = Prefetch(messages=messages, size_bytes=size_bytes)

    room = prefetch.room(held, held_bytes if held else 0, largest)

    assert room >= 0
    if room > 1 or (held and room):
        assert held + room <= messages
        assert (held_bytes if held else 0) + room * largest <= size_bytes
