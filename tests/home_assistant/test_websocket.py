"""What travels over a WebSocket, each side's ends of it, and what cuts it. Virtual time, no sockets."""

import logging

import pytest
import trio
import trio.lowlevel
import trio.testing
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from trio_ingest.home_assistant.address import Address
from trio_ingest.home_assistant.errors import MessageTooLarge, SessionLost
from trio_ingest.home_assistant.websocket import WebSocket, make_websocket

ADDRESS = Address(host="ha", port=8123, tls=False, path="/api/websocket")
PATIENCE_SECONDS = 2.0
MAX_SIZE = 1000


class Server:
    """The peer: what it is told to send goes out in one piece, so that one read brings it all."""

    def __init__(self) -> None:
        self.ours, self.theirs = trio.testing.memory_stream_pair()
        self.protocol = ServerProtocol()
        self.received: list[Frame] = []

    async def accept(self) -> None:
        self.protocol.receive_data(await self.theirs.receive_some())
        [request] = self.protocol.events_received()
        assert isinstance(request, Request)
        self.protocol.send_response(self.protocol.accept(request))
        await self.flush()

    async def flush(self) -> None:
        await self.theirs.send_all(b"".join(self.protocol.data_to_send()))

    async def read(self) -> list[Frame]:
        self.protocol.receive_data(await self.theirs.receive_some())
        return [each for each in self.protocol.events_received() if isinstance(each, Frame)]


async def open_websocket(server: Server) -> WebSocket:
    websocket = make_websocket(server.ours, ADDRESS, PATIENCE_SECONDS, MAX_SIZE)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.accept)
        await websocket.upgrade()
    return websocket


async def test_all_of_one_read(autojump_clock: trio.testing.MockClock) -> None:
    """Messages that have come together are received together, those in pieces among them."""
    server = Server()
    websocket = await open_websocket(server)
    server.protocol.send_text(b"one")
    server.protocol.send_text(b"tw", fin=False)
    server.protocol.send_ping(b"in between")
    server.protocol.send_continuation(b"o", fin=True)
    server.protocol.send_binary(b"three")
    await server.flush()

    assert [b"one", b"two", b"three"] == await websocket.receive()

    [pong] = await server.read()
    assert (Opcode.PONG, b"in between") == (pong.opcode, pong.data)


async def test_messages_before_the_goodbye(autojump_clock: trio.testing.MockClock) -> None:
    """What came before the peer's goodbye is received, and the goodbye is answered."""
    server = Server()
    websocket = await open_websocket(server)
    server.protocol.send_text(b"last words")
    server.protocol.send_close(CloseCode.GOING_AWAY)
    await server.flush()

    assert [b"last words"] == await websocket.receive()
    assert not websocket.is_open
    with pytest.raises(SessionLost, match="closed the session"):
        await websocket.receive()
    with pytest.raises(SessionLost, match="closed the session"):
        await websocket.send(b"too late")

    await server.read()
    assert server.protocol.close_rcvd is not None


async def test_messages_before_the_connection_breaks(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """What came before the end is received, however it ended, and half a message is none."""
    server = Server()
    websocket = await open_websocket(server)
    server.protocol.send_text(b"whole")
    server.protocol.send_text(b"half", fin=False)
    await server.flush()
    await server.theirs.aclose()

    assert [b"whole"] == await websocket.receive()
    with pytest.raises(SessionLost, match="broke off"):
        await websocket.receive()


async def test_a_cancelled_wait_loses_nothing(autojump_clock: trio.testing.MockClock) -> None:
    """Who was cancelled while waiting gets the message the next time."""
    server = Server()
    websocket = await open_websocket(server)
    for number in range(3):
        with trio.move_on_after(1):
            await websocket.receive()
        server.protocol.send_text(str(number).encode())
        await server.flush()

        assert [str(number).encode()] == await websocket.receive()


@pytest.mark.parametrize("pieces", [1, 3])
async def test_too_large(autojump_clock: trio.testing.MockClock, pieces: int) -> None:
    """A message over the limit ends the session, and says which limit it was."""
    server = Server()
    websocket = await open_websocket(server)
    size = MAX_SIZE // pieces + 1
    server.protocol.send_text(b"x" * size, fin=pieces == 1)
    for piece in range(1, pieces):
        server.protocol.send_continuation(b"x" * size, fin=piece == pieces - 1)
    await server.flush()

    with pytest.raises(MessageTooLarge, match="max_message_size"):
        await websocket.receive()
    await server.read()
    assert server.protocol.close_rcvd is not None
    assert CloseCode.MESSAGE_TOO_BIG == server.protocol.close_rcvd.code


async def test_no_websocket(autojump_clock: trio.testing.MockClock) -> None:
    """What breaks the protocol ends the session, with its code."""
    server = Server()
    websocket = await open_websocket(server)
    await server.theirs.send_all(b"\x83\x00")  # an opcode that there is not

    with pytest.raises(SessionLost, match="1002"):
        await websocket.receive()


async def test_a_message_is_sent_to_its_end(mock_clock: trio.testing.MockClock) -> None:
    """A sender that is cancelled in the midst of a message leaves no half of it behind."""
    server = Server()
    websocket = await open_websocket(server)
    may_go_on = trio.Event()
    hand_over = server.ours.send_stream.send_all_hook
    assert hand_over is not None

    async def send_slowly() -> None:
        await may_go_on.wait()
        await hand_over()

    server.ours.send_stream.send_all_hook = send_slowly
    async with trio.open_nursery() as nursery:
        nursery.start_soon(websocket.send, b"begun")
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(websocket.send, b"left to the one who is sending")
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel(reason="test")
        may_go_on.set()

    received = [frame.data for frame in await server.read()]
    assert [b"begun", b"left to the one who is sending"] == received


async def test_a_peer_that_takes_nothing(autojump_clock: trio.testing.MockClock) -> None:
    """Who cannot send for as long as its patience lasts has lost the session, for good."""
    server = Server()
    websocket = await open_websocket(server)
    server.ours.send_stream.send_all_hook = trio.sleep_forever
    start = trio.current_time()

    await server.theirs.send_all(b"\x81\x05whole" + b"\x89\x00")  # a ping, to be answered
    assert [b"whole"] == await websocket.receive()
    with pytest.raises(SessionLost, match="does not read"):
        await websocket.send(b"x")
    with pytest.raises(SessionLost, match="does not read"):
        await websocket.receive()

    assert PATIENCE_SECONDS == trio.current_time() - start
    assert not websocket.is_open


async def test_goodbye(autojump_clock: trio.testing.MockClock) -> None:
    """A goodbye is over when the peer has said its own, though its end of the stream stays open."""
    server = Server()
    websocket = await open_websocket(server)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(websocket.say_goodbye)
        await server.read()
        await server.flush()

    assert not websocket.is_open


async def test_the_token_is_in_no_log(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """What is sent is not logged, whatever the level is."""
    with caplog.at_level(logging.DEBUG):
        websocket = await open_websocket(Server())
        await websocket.send(b"a secret")

    assert [] == [each for each in caplog.messages if "secret" in each]
