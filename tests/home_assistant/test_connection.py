"""Ten ways in which a conversation ends, each seen from the peer, and one in which none begins.

Virtual time, no sockets.
"""

import errno
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_server_stream

from trio_ingest.home_assistant.address import Address
from trio_ingest.home_assistant.connection import converse, dial
from trio_ingest.home_assistant.errors import AccessRefused, SessionLost
from trio_ingest.home_assistant.patience import Patience
from trio_ingest.home_assistant.websocket import WebSocket

ADDRESS = Address(host="ha", port=8123, tls=False, path="/api/websocket")
NORMAL, ABNORMAL = 1000, 1006


class Peer:
    """The other end of a memory stream, and what it has seen of us."""

    def __init__(self) -> None:
        self.ours, self.theirs = trio.testing.memory_stream_pair()
        self.close_code: int | None = None
        self.ended_at: float | None = None

    async def accept(self) -> None:
        """Accept the upgrade and read until we close."""
        async with trio.open_nursery() as nursery:
            request = await wrap_server_stream(nursery, self.theirs)
            websocket = await request.accept()
            await self.read_to_the_end(websocket)

    async def read_to_the_end(self, websocket: WebSocketConnection) -> None:
        try:
            while True:
                await websocket.get_message()
        except ConnectionClosed as closed:
            self.close_code = closed.reason.code if closed.reason else None
            self.ended_at = trio.current_time()

    async def say_nothing(self) -> None:
        """Let the upgrade request lie."""
        await trio.sleep_forever()

    async def accept_and_go_deaf(self) -> None:
        """Accept the upgrade and never read again."""
        async with trio.open_nursery() as nursery:
            request = await wrap_server_stream(nursery, self.theirs)
            await request.accept()
            nursery.cancel_scope.cancel()
        await trio.sleep_forever()

    async def accept_and_ping_at_the_goodbye(self) -> None:
        """Accept the upgrade; when we say goodbye, send a ping first and then the answer."""
        async with trio.open_nursery() as nursery:
            request = await wrap_server_stream(nursery, self.theirs)
            await request.accept()
            nursery.cancel_scope.cancel()
        await self.theirs.receive_some()
        await self.theirs.send_all(b"\x89\x00" + b"\x88\x02\x03\xe8")
        await trio.sleep_forever()

    async def reject(self, status: int) -> None:
        async with trio.open_nursery() as nursery:
            request = await wrap_server_stream(nursery, self.theirs)
            await request.reject(status)
            await trio.lowlevel.checkpoint()

    async def accept_and_close(self) -> None:
        """Say goodbye first and then linger, as Home Assistant does for ten seconds."""
        async with trio.open_nursery() as nursery:
            request = await wrap_server_stream(nursery, _Lingering(self.theirs))
            websocket = await request.accept()
            nursery.start_soon(websocket.aclose)
            await trio.sleep_forever()


class _Lingering(trio.abc.Stream):
    """A stream that stays open when it is closed."""

    def __init__(self, stream: trio.StapledStream) -> None:
        self.stream = stream

    async def send_all(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self.stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        return await self.stream.receive_some(max_bytes)

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()


@asynccontextmanager
async def conversation(peer: Peer) -> AsyncGenerator[WebSocket]:
    async with converse(
        peer.ours, ADDRESS, upgrade_seconds=5, goodbye_seconds=2, max_message_size=1 << 20
    ) as websocket:
        yield websocket


async def stream_is_closed(peer: Peer) -> bool:
    """Say whether our side of the stream is closed."""
    try:
        await peer.ours.send_all(b"x")
    except trio.ClosedResourceError:
        return True
    return False


@asynccontextmanager
async def with_peer(behave: Callable[..., object], *args: object) -> AsyncGenerator[None]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(behave, *args)
        try:
            yield
        finally:
            with trio.CancelScope(shield=True):
                await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()


async def test_normal_end(autojump_clock: trio.testing.MockClock) -> None:
    """When the block ends, the peer sees 1000 at once and the stream is closed."""
    peer = Peer()

    async with with_peer(peer.accept), conversation(peer):
        pass

    assert (peer.close_code, peer.ended_at) == (NORMAL, trio.current_time())
    assert trio.current_time() == peer.ended_at
    assert await stream_is_closed(peer)


async def test_cancel_from_outside(autojump_clock: trio.testing.MockClock) -> None:
    """When the block is cancelled, the peer sees 1000 at once and the stream is closed."""
    peer = Peer()
    start = trio.current_time()

    async with with_peer(peer.accept):
        with trio.CancelScope() as scope:
            async with conversation(peer):
                scope.cancel(reason="test")
                await trio.sleep_forever()

    assert scope.cancelled_caught
    assert (peer.close_code, peer.ended_at) == (NORMAL, start)
    assert await stream_is_closed(peer)


async def test_deadline_from_outside(autojump_clock: trio.testing.MockClock) -> None:
    """When a deadline strikes, the peer sees 1000 at that moment."""
    peer = Peer()
    start = trio.current_time()

    async with with_peer(peer.accept):
        with trio.move_on_after(7):
            async with conversation(peer):
                await trio.sleep_forever()

    assert (peer.close_code, peer.ended_at) == (NORMAL, start + 7)
    assert await stream_is_closed(peer)


async def test_error_in_the_block(autojump_clock: trio.testing.MockClock) -> None:
    """An error in the block travels on, and the peer sees 1000 at once."""
    peer = Peer()
    start = trio.current_time()

    async with with_peer(peer.accept):
        with pytest.raises(ValueError):
            async with conversation(peer):
                raise ValueError("kaboom")

    assert (peer.close_code, peer.ended_at) == (NORMAL, start)
    assert await stream_is_closed(peer)


async def test_peer_silent_at_the_upgrade(autojump_clock: trio.testing.MockClock) -> None:
    """A peer that never answers the upgrade costs the upgrade's deadline, then it is over."""
    peer = Peer()
    start = trio.current_time()

    async with with_peer(peer.say_nothing):
        with pytest.raises(SessionLost):
            async with conversation(peer):
                pytest.fail("there is no conversation")
        assert trio.current_time() == start + 5

    assert await stream_is_closed(peer)


async def test_peer_deaf_at_the_goodbye(autojump_clock: trio.testing.MockClock) -> None:
    """A peer that does not answer our goodbye costs its deadline and no more."""
    peer = Peer()
    start = trio.current_time()

    async with with_peer(peer.accept_and_go_deaf):
        async with conversation(peer):
            pass
        assert trio.current_time() == start + 2

    assert await stream_is_closed(peer)


async def test_peer_deaf_while_cancelled(autojump_clock: trio.testing.MockClock) -> None:
    """The same holds when we are cancelled: the goodbye is shielded, and its shield has an end."""
    peer = Peer()
    start = trio.current_time()

    async with with_peer(peer.accept_and_go_deaf):
        with trio.move_on_after(3):
            async with conversation(peer):
                await trio.sleep_forever()
        assert trio.current_time() == start + 5

    assert await stream_is_closed(peer)


async def test_peer_pings_at_the_goodbye(autojump_clock: trio.testing.MockClock) -> None:
    """A ping that crosses our goodbye, to which there is no answer any more, harms nothing."""
    peer = Peer()
    start = trio.current_time()

    async with with_peer(peer.accept_and_ping_at_the_goodbye):
        async with conversation(peer):
            pass
        assert trio.current_time() <= start + 2

    assert await stream_is_closed(peer)


@pytest.mark.parametrize(("status", "expected"), [(403, AccessRefused), (502, SessionLost)])
async def test_upgrade_refused(
    autojump_clock: trio.testing.MockClock, status: int, expected: type[Exception]
) -> None:
    """A refused upgrade is weather; a forbidden one means that our address is banned."""
    peer = Peer()
    start = trio.current_time()

    async with with_peer(peer.reject, status):
        with pytest.raises(expected):
            async with conversation(peer):
                pytest.fail("there is no conversation")
        assert trio.current_time() == start

    assert await stream_is_closed(peer)


async def test_error_while_cancelled(autojump_clock: trio.testing.MockClock) -> None:
    """An error that happens while we are being cancelled is reported, not swallowed."""
    peer = Peer()
    caught: list[Exception] = []

    async with with_peer(peer.accept):
        with trio.CancelScope() as scope:
            try:
                async with conversation(peer):
                    scope.cancel(reason="test")
                    try:
                        await trio.sleep_forever()
                    finally:
                        raise ValueError("kaboom")
            except ValueError as error:
                caught = [error]

    assert [str(error) for error in caught] == ["kaboom"]
    assert peer.close_code == NORMAL
    assert await stream_is_closed(peer)


async def test_peer_closes_first(autojump_clock: trio.testing.MockClock) -> None:
    """When the peer has said goodbye, its lingering connection is dropped at once."""
    peer = Peer()
    start = trio.current_time()

    async with with_peer(peer.accept_and_close):
        async with conversation(peer) as websocket:
            with pytest.raises(SessionLost, match="closed the session"):
                await websocket.receive()
        assert trio.current_time() == start
        assert await stream_is_closed(peer)


async def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that is away is told of in the system's words, not in those of a group of tries."""

    async def refuse(*_: object) -> None:
        refused = ConnectionRefusedError(errno.ECONNREFUSED, "[Errno 111] Connect call failed")
        raise OSError("all attempts failed") from ExceptionGroup("all attempts failed", [refused])

    monkeypatch.setattr(trio, "open_tcp_stream", refuse)

    with pytest.raises(SessionLost) as caught:
        await dial(ADDRESS, None, Patience())

    assert "cannot connect to ha:8123: Connection refused" == str(caught.value)
