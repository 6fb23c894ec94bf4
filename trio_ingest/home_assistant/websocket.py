"""A client's WebSocket: the protocol is that of `websockets`, without its I/O, over Trio's streams.

Whatever messages one read has brought are handed over at once, for to wake a task for each of them
costs several times what is in it (docs/adr/0020).
"""

import logging

import trio
from attrs import define, field

from trio_ingest.bare_websockets import (
    ClientProtocol,
    CloseCode,
    Frame,
    InvalidStatus,
    Opcode,
    State,
    parse_uri,
)
from trio_ingest.home_assistant.address import Address
from trio_ingest.home_assistant.errors import AccessRefused, SessionLost
from trio_ingest.home_assistant.weather import loss_of

# Home Assistant joins a burst into one frame of hundreds of kilobytes. What is read at once is also
# what is handed over at once.
RECEIVE_BUFFER_SIZE = 64 * 1024
_UNAUTHORIZED, _FORBIDDEN = 401, 403
_DATA = {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}
_DEAF = "Home Assistant does not read what we send"
# At the level of DEBUG it would log each frame, and our token in one of them.
_silent = logging.getLogger("websockets.client")
_silent.setLevel(logging.WARNING)


@define(eq=False, repr=False)
class WebSocket:
    """Text messages to and from a peer. One task reads; any may send.

    A message that has begun is sent to its end, also while its sender is being cancelled, since
    half of one would spoil what follows; a peer that does not take it within *patience_seconds* is
    lost.
    """

    _stream: trio.abc.Stream
    _protocol: ClientProtocol
    _patience_seconds: float
    _messages: list[bytes] = field(factory=list, init=False)
    _pieces: list[bytes] = field(factory=list, init=False)
    _is_sending: bool = field(default=False, init=False)
    _is_deaf: bool = field(default=False, init=False)

    @property
    def is_open(self) -> bool:
        """Say whether neither side has said goodbye or broken off, as far as is known."""
        return self._protocol.state is State.OPEN and not self._is_deaf

    async def upgrade(self) -> None:
        """Ask for the WebSocket. Raises SessionLost when there is none, AccessRefused for a ban."""
        self._protocol.send_request(self._protocol.connect())
        await self._flush()
        while self._protocol.state is State.CONNECTING and self._protocol.handshake_exc is None:
            await self._read()
        if self._protocol.handshake_exc is not None:
            raise _no_upgrade(self._protocol.handshake_exc)

    async def send(self, message: bytes) -> None:
        """Send a message of UTF-8. Raises SessionLost."""
        self._be_open()
        self._protocol.send_text(message)
        await self._flush()
        self._be_open()  # or there is nobody to answer

    async def receive(self) -> list[bytes]:
        """Return all messages that have come, and wait when there are none. Raises SessionLost.

        To be cancelled loses nothing. Whether a message is UTF-8 is for its reader to find out, so
        that a bad one costs no session.
        """
        while not self._messages:
            self._be_open()
            await self._read()
        messages, self._messages = self._messages, []
        return messages

    async def say_goodbye(self) -> None:
        """Say goodbye and wait until the peer has said it as well. Nobody else may be reading.

        What comes meanwhile is nobody's. Raises SessionLost.
        """
        self._be_open()
        self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
        await self._flush()
        while self._protocol.state is State.CLOSING and self._protocol.close_rcvd is None:
            await self._read()

    def _be_open(self) -> None:
        if self._is_deaf:
            raise SessionLost(_DEAF)
        if not self.is_open:
            self._protocol.receive_eof()  # whatever else may come: this is how it ended
            raise loss_of(self._protocol.close_exc)

    async def _read(self) -> None:
        try:
            data = await self._stream.receive_some(RECEIVE_BUFFER_SIZE)
        except trio.BrokenResourceError:
            data = b""
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take(event)
        await self._flush()  # answers to pings, and to a goodbye

    def _take(self, frame: Frame) -> None:
        if frame.opcode in _DATA:
            self._pieces.append(bytes(frame.data))
            if frame.fin:
                self._messages.append(b"".join(self._pieces))
                self._pieces.clear()

    async def _flush(self) -> None:
        """Send what is to be sent, if anybody takes it.

        Who finds somebody sending leaves it to them.
        """
        if self._is_sending or self._is_deaf:
            return
        self._is_sending = True
        try:
            while data := b"".join(self._protocol.data_to_send()):
                with trio.move_on_after(self._patience_seconds, shield=True) as patience:
                    await self._stream.send_all(data)
                if patience.cancelled_caught:
                    self._is_deaf = True
                    return
        except trio.BrokenResourceError:
            pass  # the reader hears of it, behind what came before
        finally:
            self._is_sending = False


def make_websocket(
    stream: trio.abc.Stream, address: Address, patience_seconds: float, max_size: int
) -> WebSocket:
    """Return a WebSocket to *address* that has still to be upgraded; *max_size* is in bytes."""
    protocol = ClientProtocol(parse_uri(str(address)), max_size=max_size)
    return WebSocket(stream, protocol, patience_seconds)


def _no_upgrade(error: Exception) -> AccessRefused | SessionLost:
    if not isinstance(error, InvalidStatus):
        return SessionLost(f"the WebSocket upgrade failed: {error}")
    status = error.response.status_code
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        return AccessRefused(
            f"Home Assistant answers {status} to the WebSocket upgrade; after failed logins it "
            "bans addresses: look into its ip_bans.yaml"
        )
    return SessionLost(f"the WebSocket upgrade was answered with status {status}")
