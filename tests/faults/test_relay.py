"""Connections through toxics that come and go, over memory streams in virtual time."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from attrs import define, field

from tests.faults.relay import Toxics, Traffic, relay
from tests.faults.toxics import (
    Bandwidth,
    Direction,
    Down,
    How,
    Latency,
    LimitData,
    ResetPeer,
    Slicer,
    SlowClose,
    Timeout,
    Toxic,
)

Stream = trio.StapledStream[trio.testing.MemorySendStream, trio.testing.MemoryReceiveStream]


@define
class Relayed:
    """The two outer ends, what is between them, and how it ended."""

    client: Stream
    server: Stream
    toxics: Toxics
    traffic: Traffic = field(factory=Traffic)
    how: How | None = None
    ended_at: float | None = None

    async def run(self, inner_client: Stream, inner_server: Stream) -> None:
        self.how = await relay(inner_client, inner_server, self.toxics, self.traffic)
        self.ended_at = trio.current_time()


@asynccontextmanager
async def relayed(*toxics: Toxic) -> AsyncGenerator[Relayed]:
    client, inner_client = trio.testing.memory_stream_pair()
    inner_server, server = trio.testing.memory_stream_pair()
    between = Relayed(client, server, Toxics(active=toxics))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(between.run, inner_client, inner_server)
        yield between
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel(reason="the test is over")


async def received(stream: Stream, number_of_bytes: int) -> tuple[bytes, float]:
    """Return so many bytes and how long they took."""
    start, content = trio.current_time(), b""
    while len(content) < number_of_bytes:
        content += await stream.receive_some()
    return content, trio.current_time() - start


async def test_bytes_and_ends_go_both_ways(autojump_clock: trio.testing.MockClock) -> None:
    """Either side may end first and still hear the other; when both have ended it is over."""
    async with relayed() as between:
        await between.client.send_all(b"question")
        await between.client.send_eof()
        assert await received(between.server, 8) == (b"question", 0)
        assert await between.server.receive_some() == b""
        await between.server.send_all(b"answer")
        assert await received(between.client, 6) == (b"answer", 0)
        assert between.how is None
        await between.server.send_eof()
        assert await between.client.receive_some() == b""

    assert between.how is How.CLOSE
    assert (between.traffic.upstream, between.traffic.downstream) == (8, 6)


async def test_a_toxic_comes_and_goes(autojump_clock: trio.testing.MockClock) -> None:
    """A toxic works on a connection that there is, from then on and for as long as it is in."""
    latency = Latency(seconds=3)
    async with relayed() as between:
        await between.client.send_all(b"1")
        before = await received(between.server, 1)
        between.toxics.add(latency)
        await between.client.send_all(b"2")
        with_it = await received(between.server, 1)
        between.toxics.remove(latency)
        await between.client.send_all(b"3")
        after = await received(between.server, 1)

    assert [before, with_it, after] == [(b"1", 0), (b"2", 3), (b"3", 0)]


async def test_what_is_held_back_goes_on_when_the_toxic_goes(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Nothing waits for a toxic that is no longer there; another one's coming changes nothing."""
    latency = Latency(seconds=100)
    async with relayed(latency) as between:
        await between.client.send_all(b"1")
        await trio.sleep(5)
        between.toxics.add(Latency(seconds=0))
        await trio.sleep(5)
        between.toxics.remove(latency)
        assert await received(between.server, 1) == (b"1", 0)


async def test_latency_is_not_bandwidth(autojump_clock: trio.testing.MockClock) -> None:
    """Many chunks under way at once arrive one delay later, not one delay each."""
    async with relayed(Latency(seconds=3)) as between:
        for _ in range(20):
            await between.client.send_all(b"x")
            await trio.sleep(0.1)
        await received(between.server, 20)
        assert trio.current_time() == pytest.approx(1.9 + 3, abs=0.01)


async def test_bandwidth_and_slicer_together(autojump_clock: trio.testing.MockClock) -> None:
    """Two toxics in one direction both work; the other direction is free."""
    toxics = (
        Slicer(average_size=10, direction=Direction.DOWNSTREAM),
        Bandwidth(bytes_per_second=50, direction=Direction.DOWNSTREAM),
    )
    async with relayed(*toxics) as between:
        await between.server.send_all(b"x" * 100)
        content, seconds = await received(between.client, 100)
        await between.client.send_all(b"y" * 100)
        free = await received(between.server, 100)

    assert (content, seconds) == (b"x" * 100, pytest.approx(2))
    assert free == (b"y" * 100, 0)


async def test_slow_close(autojump_clock: trio.testing.MockClock) -> None:
    """The other side hears of the end later."""
    async with relayed(SlowClose(seconds=4)) as between:
        await between.client.send_eof()
        assert await between.server.receive_some() == b""
        assert trio.current_time() == 4


async def test_half_open(autojump_clock: trio.testing.MockClock) -> None:
    """Under a timeout of 0 a connection stands for ever and says nothing, whatever is sent."""
    timeout = Timeout()
    async with relayed(timeout) as between:
        await between.client.send_all(b"anybody?")
        with trio.move_on_after(1e6) as patience:
            await between.server.receive_some()
        assert patience.cancelled_caught
        assert between.how is None
        between.toxics.remove(timeout)

    assert between.how is How.CLOSE


@pytest.mark.parametrize(
    ("toxic", "how", "after"),
    [
        (Timeout(seconds=6), How.CLOSE, 6),
        (ResetPeer(), How.RESET, 0),
        (ResetPeer(seconds=2, direction=Direction.DOWNSTREAM), How.RESET, 2),
        (Down(), How.CLOSE, 0),
    ],
)
async def test_a_strike_ends_a_living_connection(
    autojump_clock: trio.testing.MockClock, toxic: Toxic, how: How, after: float
) -> None:
    """The time counts from when the toxic came in."""
    async with relayed() as between:
        await trio.sleep(10)
        between.toxics.add(toxic)
        await trio.sleep(10)

    assert (between.how, between.ended_at) == (how, 10 + after)


async def test_limit_data(autojump_clock: trio.testing.MockClock) -> None:
    """After so many bytes in its direction the whole connection is closed."""
    async with relayed(LimitData(number_of_bytes=3, direction=Direction.UPSTREAM)) as between:
        await between.client.send_all(b"abcd")
        assert await received(between.server, 3) == (b"abc", 0)

    assert between.how is How.CLOSE


async def test_a_break_is_passed_on_as_a_reset(autojump_clock: trio.testing.MockClock) -> None:
    """When one side is gone without an end of stream, the other one is reset."""
    async with relayed() as between:
        between.server.receive_stream.close()
        await between.client.send_all(b"x")

    assert between.how is How.RESET
