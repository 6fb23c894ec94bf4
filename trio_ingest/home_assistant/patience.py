"""Not to read each small frame by itself: what comes within a moment is read together.

To be woken for a lone change costs more than all that is done with it. A change lingers with others
in any case before it is stored, and a part of that time it may as well spend in the socket. What is
there is not lost with whoever sent it, not even when the connection is reset (docs/adr/0021).
"""

import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from math import inf

import trio
from attrs import define, field

# So much is not left to wait: it is worth being woken for, and far from what the system holds for
# us, so that Home Assistant never waits for a reader who is only patient.
ENOUGH_BYTES = 16 * 1024


def no_time() -> float:
    """Read whatever there is at once."""
    return 0.0


@define(eq=False, repr=False)
class Patience:
    """How long what was sent to us may wait to be read, and who is in a hurry.

    `longest` is asked anew each time, and returns seconds.
    """

    longest: Callable[[], float] = no_time
    _hurries: int = field(default=0, init=False)
    _waiting: trio.socket.SocketType | None = field(default=None, init=False)

    async def wait(self, source: trio.socket.SocketType, last_read: float) -> None:
        """Wait until the last read is long enough ago, or enough has come, or somebody hurries."""
        until = last_read + (0.0 if self._hurries else self.longest())
        if until <= trio.current_time():
            return
        self._waiting = source
        wake_at(source, ENOUGH_BYTES)
        try:
            with trio.move_on_at(until):
                await trio.lowlevel.wait_readable(source)  # also when the other side has closed
        finally:
            self._waiting = None
            wake_at(source, 1)

    @contextmanager
    def hurried(self) -> Generator[None]:
        """Have everything read at once for as long as the block runs."""
        self._hurries += 1
        if self._waiting is not None:
            wake_at(self._waiting, 1)
        try:
            yield
        finally:
            self._hurries -= 1


@define(eq=False, repr=False)
class PatientStream(trio.abc.Stream):
    """A TCP stream that is read with patience, and otherwise is what it was."""

    _stream: trio.SocketStream
    _patience: Patience
    _last_read: float = field(default=-inf, init=False)

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Return what there is after a moment of patience; that begins with the last read.

        Where much has come there is more, and nothing is waited for.
        """
        await self._patience.wait(self._stream.socket, self._last_read)
        received = await self._stream.receive_some(max_bytes)
        self._last_read = -inf if len(received) >= ENOUGH_BYTES else trio.current_time()
        return received

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send *data* at once."""
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until there may be room for more."""
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """Close the connection, which ends all waiting."""
        await self._stream.aclose()


def wake_at(source: trio.socket.SocketType, size: int) -> None:
    """Have *source* be readable once so many bytes are there.

    A system that knows no such thing says so, and then the first byte ends the waiting. So does
    Linux tell who waits already, when as much is there (tcp_set_rcvlowat).
    """
    with suppress(OSError):
        source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)
