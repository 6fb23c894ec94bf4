"""The transport under a simulated connection, with the faults that a transport can have."""

from contextlib import suppress

import trio
from attrs import define


@define(eq=False)
class Line(trio.abc.Stream):
    """A TCP (or TLS) stream that can go deaf, be dropped, and outlive the WebSocket on it."""

    _stream: trio.SocketStream | trio.SSLStream[trio.SocketStream]
    is_deaf: bool = False
    """What comes in is thrown away: no ping is answered, no CLOSE is heard."""
    is_ended: bool = False
    """The peer has ended the TCP connection, or we have dropped it."""
    _is_closed: bool = False

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """Return what came in, b"" at the end."""
        if self._is_closed:
            raise trio.ClosedResourceError
        data = await self._receive(max_bytes)
        while data and self.is_deaf:
            data = await self._receive(max_bytes)
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of *data*."""
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until there is room to send."""
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """End the WebSocket's use of the line. TCP goes on until `drop`."""
        self._is_closed = True
        await trio.lowlevel.checkpoint()

    async def wait_ended(self) -> None:
        """Throw away what comes in, until the peer has ended the TCP connection."""
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while not self.is_ended:
                await self._receive()

    def drop(self) -> None:
        """End the TCP connection at once, with no CLOSE frame: as the kernel does for the dead."""
        self.is_ended = True
        stream = self._stream
        transport = stream.transport_stream if isinstance(stream, trio.SSLStream) else stream
        transport.socket.close()

    async def _receive(self, max_bytes: int | None = None) -> bytes | bytearray:
        try:
            data = await self._stream.receive_some(max_bytes)
        except trio.BrokenResourceError:
            self.is_ended = True
            raise
        self.is_ended = self.is_ended or not data
        return data
