"""A connection over a stream in memory, in virtual time."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from trio_ingest.jetstream.address import Address
from trio_ingest.jetstream.connection import PING_SECONDS, Connection
from trio_ingest.jetstream.errors import ConnectionLost, JetStreamRefused
from trio_ingest.jetstream.greeting import Peer
from trio_ingest.jetstream.protocol import Info, Parser, Ping, Pong

ANSWER_SECONDS = 5.0


@asynccontextmanager
async def connected() -> AsyncGenerator[tuple[Connection, Peer]]:
    """Give a connection, and the server's end of it."""
    ours, theirs = trio.testing.memory_stream_pair()
    connection = Connection(Address("nats", 4222, False), Info())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(connection.send, ours)
        nursery.start_soon(connection.receive, Peer(ours, Parser()))
        nursery.start_soon(connection.keep_alive, ANSWER_SECONDS)
        yield connection, Peer(theirs, Parser())
        nursery.cancel_scope.cancel()


async def test_a_silent_server_is_left(autojump_clock: trio.testing.MockClock) -> None:
    """After one ping without an answer whoever waits is told, and not before."""
    async with connected() as (connection, _):
        with pytest.raises(ConnectionLost, match="does not answer"):
            await connection.request("a", b"x")

        assert PING_SECONDS + ANSWER_SECONDS == trio.current_time()
        with pytest.raises(ConnectionLost):
            await connection.publish("a", b"x")


async def test_a_server_that_answers_is_kept(autojump_clock: trio.testing.MockClock) -> None:
    """It may have nothing else to say for as long as it likes, and is answered, too."""

    async def answer(peer: Peer) -> None:
        while True:
            match await peer.operation():
                case Ping():
                    await peer.stream.send_all(b"PONG\r\nPING\r\n")
                case Pong():
                    pongs.append(trio.current_time())

    pongs: list[float] = []
    async with connected() as (connection, peer), trio.open_nursery() as nursery:
        nursery.start_soon(answer, peer)
        await trio.sleep(100 * PING_SECONDS)

        assert not connection.is_lost
        assert len(pongs) in {99, 100}
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (b'INFO {"ldm":true}', ConnectionLost),
        (b"-ERR 'Stale Connection'", ConnectionLost),
        (b"-ERR 'User Authentication Expired'", JetStreamRefused),
        (b"-ERR 'Authorization Violation'", JetStreamRefused),
        (b"nonsense", ConnectionLost),
    ],
)
async def test_what_a_server_says_ends_it(
    words: bytes, expected: type[Exception], autojump_clock: trio.testing.MockClock
) -> None:
    """Whoever waits hears at once why."""
    async with connected() as (connection, peer), trio.open_nursery() as nursery:

        async def ask() -> None:
            with pytest.raises(expected):
                await connection.request("a", b"x")

        nursery.start_soon(ask)
        await trio.sleep(1)
        await peer.stream.send_all(words + b"\r\n")

    assert 1 == trio.current_time()


async def test_more_messages_than_asked_for_end_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """What waits for a reader is bounded, whatever a server sends."""
    async with connected() as (connection, peer):
        with connection.subscribed(2) as inbox:
            number = inbox.name.rpartition("-")[2].encode()
            await peer.stream.send_all(b"MSG a %b 0\r\n\r\n" % number * 3)
            await connection.lost.wait()
            received = [message async for message in inbox.messages]

    assert 2 == len(received)
    assert "more than it was asked for" in str(connection.trouble())


async def test_nobody_waits_for_room_in_vain(autojump_clock: trio.testing.MockClock) -> None:
    """A publisher that waits because too much is unsent hears when the connection is lost."""
    ours, _ = trio.testing.lockstep_stream_pair()  # nobody reads
    connection = Connection(Address("nats", 4222, False), Info())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(connection.send, ours)
        await connection.publish("a", bytes(2 * 1024 * 1024))
        with trio.move_on_after(5) as scope:
            await connection.publish("a", b"x")
        assert scope.cancelled_caught

        async def publish() -> None:
            with pytest.raises(ConnectionLost):
                await connection.publish("a", b"x")

        with trio.fail_after(100):
            async with trio.open_nursery() as waiting:
                waiting.start_soon(publish)
                await trio.sleep(1)
                connection.lose(ConnectionLost("gone"))
        nursery.cancel_scope.cancel()
