"""A client's end of a WebSocket: what to send, what has come, and how it ended.

wsproto knows the protocol; this moves its bytes. All messages that one read from the network has
brought are handed over together: Home Assistant sends a small frame for each event, and to pass
them on one by one, through a task and a channel of its own, took longer than to record them
(docs/performance.md).
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import trio
from attrs import define, field, frozen
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

# Home Assistant joins a burst into one frame of hundreds of kilobytes, which 4 KiB at a time costs
# 1.6 times the CPU; more than 64 KiB costs lone frames more than it gains (benchmarks/reading.py).
RECEIVE_BUFFER_SIZE = 64 * 1024


@frozen
class Closed:
    """How a conversation has ended: the code of RFC 6455, and the words that came with it."""

    code: int
    reason: str = ""

    @property
    def name(self) -> str:
        """Return what the code is called."""
        try:
            return CloseReason(self.code).name
        except ValueError:
            return "a code of its own"


TOO_LARGE = "Exceeded maximum message size"
BROKEN_OFF = Closed(CloseReason.ABNORMAL_CLOSURE)


class ConnectionClosed(Exception):  # noqa: N818 - named for what happened
    """The conversation is over; `closed` says how it ended."""

    def __init__(self, closed: Closed) -> None:
        super().__init__(closed)
        self.closed = closed


class UpgradeRefused(Exception):  # noqa: N818
    """The server does not want to change to WebSocket; `status` is its HTTP status, if any."""

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status


@define(eq=False)
class WebSocket:
    """One conversation over a stream, which stays the caller's to close. Only one task receives.

    A message of more than `max_message_size` characters ends it with code 1009.
    """

    _stream: trio.abc.Stream
    _max_message_size: int
    closed: Closed | None = field(default=None, init=False)
    """How it has ended; None while it goes on."""
    _last_word: CloseConnection | None = field(default=None, init=False)
    """What is left to say once it has ended: by `aclose`, for a receiver may be cancelled."""
    _protocol: WSConnection = field(factory=lambda: WSConnection(ConnectionType.CLIENT), init=False)
    _parts: list[Any] = field(factory=list, init=False)
    """What has come of a message that is not complete."""
    _size: int = field(default=0, init=False)
    _outgoing: bytes = field(default=b"", init=False)
    _is_sending: bool = field(default=False, init=False)

    async def upgrade(self, authority: str, path: str) -> None:
        """Ask for a WebSocket and wait until there is one. UpgradeRefused, ConnectionClosed."""
        await self._say(Request(host=authority, target=path))
        while True:
            try:
                await self._read()
            except (RemoteProtocolError, LocalProtocolError) as error:
                raise UpgradeRefused(str(error) or repr(error)) from error
            for event in self._protocol.events():
                match event:
                    case AcceptConnection():
                        return  # what came right behind it is still there
                    case RejectConnection(status_code=status):
                        raise UpgradeRefused(f"status {status}", status)
            self._insist_on_open()

    async def receive(self) -> Sequence[str | bytes]:
        """Wait for messages and return all that have come. Raises ConnectionClosed when none will.

        Pings are answered meanwhile, and only then.
        """
        while True:
            messages = self._take()
            await self._flush()
            if messages:
                return messages
            self._insist_on_open()
            await self._read()

    async def send(self, text: str) -> None:
        """Send a message. Any task may, at any time. Raises ConnectionClosed."""
        self._insist_on_open()
        await self._say(TextMessage(data=text))
        self._insist_on_open()

    async def aclose(self) -> None:
        """Answer the peer's goodbye; if there was none, say ours and wait for the answer.

        For how long is the caller's decision.
        """
        if self._last_word is not None:
            await self._say(self._last_word)
        elif self.closed is None:
            await self._say(CloseConnection(code=CloseReason.NORMAL_CLOSURE))
            with suppress(ConnectionClosed):
                while True:  # what still comes is for nobody
                    await self.receive()

    def _take(self) -> list[str | bytes]:
        """Return the messages that are complete, and see to everything else that has come."""
        messages: list[str | bytes] = []
        for event in self._protocol.events():
            match event:
                case TextMessage() | BytesMessage():
                    self._parts.append(event.data)
                    self._size += len(event.data)
                    if self._size > self._max_message_size:
                        self._give_up_too_large()
                        break
                    if event.message_finished:
                        messages.append(self._join(event))
                case Ping() if self._protocol.state is ConnectionState.OPEN:
                    self._outgoing += self._protocol.send(event.response())
                case CloseConnection():
                    self._end(Closed(event.code, event.reason or ""), event.response())
        return messages

    def _join(self, last: TextMessage | BytesMessage) -> str | bytes:
        parts, self._parts, self._size = self._parts, [], 0
        return "".join(parts) if isinstance(last, TextMessage) else b"".join(parts)

    def _give_up_too_large(self) -> None:
        self._parts.clear()
        reason = f"{TOO_LARGE}: {self._max_message_size} bytes"
        code = CloseReason.MESSAGE_TOO_BIG
        self._end(Closed(code, reason), CloseConnection(code=code, reason=reason))

    def _end(self, closed: Closed, last_word: CloseConnection) -> None:
        self.closed = closed
        if self._protocol.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
            self._last_word = last_word

    async def _read(self) -> None:
        try:
            data = await self._stream.receive_some(RECEIVE_BUFFER_SIZE)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            data = b""
        if not data:
            self.closed = BROKEN_OFF
            return
        self._protocol.receive_data(bytes(data))

    async def _say(self, event: Event) -> None:
        self._outgoing += self._protocol.send(event)
        await self._flush()

    async def _flush(self) -> None:
        """Send what there is to send; a task that is at it takes along what others have to say."""
        if self._is_sending:
            return
        self._is_sending = True
        try:
            while self._outgoing:
                outgoing, self._outgoing = self._outgoing, b""
                await self._stream.send_all(outgoing)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.closed = self.closed or BROKEN_OFF
        finally:
            self._is_sending = False

    def _insist_on_open(self) -> None:
        if self.closed is not None:
            raise ConnectionClosed(self.closed)
