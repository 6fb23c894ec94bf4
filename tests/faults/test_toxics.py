"""Each toxic as a decision: what arrives when, and what becomes of it. No clock, no streams."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.toxics import (
    Bandwidth,
    Chain,
    Data,
    Direction,
    Down,
    End,
    How,
    Item,
    Latency,
    LimitData,
    ResetPeer,
    Slicer,
    SlowClose,
    Timeout,
    Toxic,
)

EOS = How.END_OF_STREAM


def chain_of(*toxics: Toxic, now: float = 0.0) -> Chain:
    chain = Chain(Direction.UPSTREAM, Random(7))
    chain.update(toxics, now)
    return chain


def shaped(chain: Chain, *arrived: Item) -> list[Item]:
    return [item for each in arrived for item in chain.shape(each, each.due)]


def test_without_toxics_everything_passes() -> None:
    """What arrives is passed on as it is and at once."""
    arrived = [Data(1, b"a"), Data(2, b"b"), End(3, EOS)]

    assert shaped(chain_of(), *arrived) == arrived


def test_latency_delays_each_by_the_same() -> None:
    """Latency shifts everything in time, and takes nothing from the throughput."""
    arrived = [Data(1, b"a"), Data(1.5, b"b"), End(2, EOS)]

    items = shaped(chain_of(Latency(seconds=3)), *arrived)

    assert items == [Data(4, b"a"), Data(4.5, b"b"), End(5, EOS)]


def test_jitter_varies_but_keeps_the_order() -> None:
    """With jitter the delays differ, within bounds, and nothing overtakes."""
    arrived = [Data(float(n), b"%d" % n) for n in range(100)]

    items = shaped(chain_of(Latency(seconds=5, jitter_seconds=4)), *arrived)

    dues = [item.due for item in items]
    assert dues == sorted(dues)
    delays = [due - each.due for due, each in zip(dues, arrived, strict=True)]
    assert 1 <= min(delays) < 4
    assert 6 < max(delays) <= 9


def test_bandwidth_spreads_over_time() -> None:
    """So many bytes take so many seconds, after idle time as well; an end waits for its turn."""
    chain = chain_of(Bandwidth(bytes_per_second=100))

    items = shaped(chain, Data(1, b"x" * 50), Data(1, b"y" * 50), End(1, EOS), Data(7, b"z" * 10))

    assert [item.due for item in items] == pytest.approx(
        [1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.0, 7.1]
    )
    assert content_of(items) == b"x" * 50 + b"y" * 50 + b"z" * 10


def test_slow_close_delays_only_the_end() -> None:
    """Bytes pass at once, the end comes late."""
    items = shaped(chain_of(SlowClose(seconds=9)), Data(1, b"a"), End(2, EOS))

    assert items == [Data(1, b"a"), End(11, EOS)]


def test_timeout_swallows_and_closes() -> None:
    """Nothing passes, neither bytes nor end, and the connection is closed in the end."""
    chain = chain_of(Timeout(seconds=5), now=1)

    assert shaped(chain, Data(2, b"a"), End(3, EOS)) == []
    assert chain.strike() == End(6, How.CLOSE)


def test_timeout_zero_is_half_open() -> None:
    """With 0 it never ends by itself."""
    chain = chain_of(Timeout())

    assert shaped(chain, Data(2, b"a"), End(3, How.RESET)) == []
    assert chain.strike() is None


@pytest.mark.parametrize(("arrived", "end"), [([], None), ([Data(2, b"a")], End(8, How.CLOSE))])
def test_taking_a_timeout_out(arrived: list[Item], end: End | None) -> None:
    """A stream that has lost bytes is closed when it could go on; one that has not goes on."""
    chain = chain_of(Timeout())
    shaped(chain, *arrived)

    chain.update([], 8)

    assert chain.strike() == end


@pytest.mark.parametrize(
    ("toxic", "end"),
    [
        (Down(), End(1, How.CLOSE)),
        (ResetPeer(), End(1, How.RESET)),
        (ResetPeer(seconds=4), End(5, How.RESET)),
    ],
)
def test_ends_that_come_by_themselves(toxic: Toxic, end: End) -> None:
    """Down closes at once; a reset comes at once or later."""
    assert chain_of(toxic, now=1).strike() == end


def test_the_first_strike_counts() -> None:
    """Of several ends the earliest is the end."""
    assert chain_of(ResetPeer(seconds=4), Timeout(seconds=3)).strike() == End(3, How.CLOSE)


def test_limit_data_closes_after_so_many_bytes() -> None:
    """Exactly so many bytes pass, over several chunks, and then the connection is closed."""
    items = shaped(chain_of(LimitData(number_of_bytes=5)), Data(1, b"abc"), Data(2, b"defg"))

    assert items == [Data(1, b"abc"), Data(2, b"de"), End(2, How.CLOSE)]


def test_a_toxic_acts_in_its_direction() -> None:
    """What is for downstream leaves upstream alone."""
    chain = chain_of(LimitData(number_of_bytes=0, direction=Direction.DOWNSTREAM))

    assert shaped(chain, Data(1, b"abc")) == [Data(1, b"abc")]


def test_toxics_combine_in_their_order() -> None:
    """The second toxic gets what the first leaves over; state outlives other toxics' changes."""
    slicer, limit = Slicer(average_size=2, delay_seconds=1), LimitData(number_of_bytes=5)
    chain = chain_of(slicer, limit)

    first = shaped(chain, Data(0, b"abc"))
    chain.update([limit], 5)
    second = shaped(chain, Data(5, b"defg"))

    assert first == [Data(0, b"ab"), Data(1, b"c")]
    assert second == [Data(5, b"de"), End(5, How.CLOSE)]


def content_of(items: list[Item]) -> bytes:
    return b"".join(item.content for item in items if isinstance(item, Data))


@given(st.lists(st.binary(min_size=1), max_size=5), st.integers(1, 9), st.integers(0, 9))
def test_slices_are_the_whole(chunks: list[bytes], average: int, variation: int) -> None:
    """Slices have the sizes asked for, come in order, and put together are what arrived."""
    toxic = Slicer(average_size=average, variation=variation, delay_seconds=0.5)
    arrived = [Data(0, chunk) for chunk in chunks]

    items = shaped(chain_of(toxic), *arrived)

    assert content_of(items) == b"".join(chunks)
    assert all(1 <= len(item.content) <= average + variation for item in items)
    assert [item.due for item in items] == [n * 0.5 for n in range(len(items))]
    assert items == shaped(chain_of(toxic), *arrived)  # the same seed, the same slices
