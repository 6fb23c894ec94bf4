"""A TCP proxy on loopback that stands in front of a server and spoils its connections.

    async with open_proxy("127.0.0.1", 8086) as proxy:
        with proxy.toxic(Latency(seconds=0.2)):
            ...  # talk to proxy.port in place of 8086

Toxics come and go while connections live, and several work together in the order in which they
were put in. `Down` takes the listener away; when it is taken out the same port is back.
"""

import socket
import struct
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import trio
from attrs import define, field

from tests.faults.relay import Toxics, Traffic, relay
from tests.faults.toxics import Down, How, Toxic

_LOOPBACK = "127.0.0.1"
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


@define
class Connections:
    """How many connections there were, there are, and the server did not take."""

    accepted: int = 0
    open: int = 0
    refused: int = 0


@define
class Proxy:
    """A running proxy. `port` stays the same for its whole life, up or down."""

    _server: tuple[str, int]
    _seed: int
    _placeholder: socket.socket
    toxics: Toxics = field(init=False)
    connections: Connections = field(factory=Connections, init=False)
    traffic: Traffic = field(factory=Traffic, init=False)
    _listener: trio.SocketListener | None = field(default=None, init=False)

    @toxics.default
    def _none_yet(self) -> Toxics:
        return Toxics(when_changed=self.listen_unless_down)

    @property
    def port(self) -> int:
        return int(self._placeholder.getsockname()[1])

    @contextmanager
    def toxic(self, toxic: Toxic) -> Generator[None]:
        """Have *toxic* in for as long as the block runs."""
        self.toxics.add(toxic)
        try:
            yield
        finally:
            self.toxics.remove(toxic)

    def listen_unless_down(self) -> None:
        """Listen or not, as the toxics say, without waiting."""
        is_down = any(isinstance(toxic, Down) for toxic in self.toxics.active)
        if is_down:
            self.stop_listening()
        elif self._listener is None:
            sock = _bound(self.port)
            sock.listen()
            self._listener = trio.SocketListener(trio.socket.from_stdlib_socket(sock))

    def stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.socket.close()
            self._listener = None

    async def serve(self) -> None:
        """Accept connections and carry them, whenever we are up."""
        async with trio.open_nursery() as nursery:
            while True:  # noqa: ASYNC913 - accepting waits, also when we have just gone down
                if self._listener is None:
                    await self.toxics.changed.wait()
                    continue
                try:
                    client = await self._listener.accept()
                except trio.ClosedResourceError:  # we went down
                    continue
                self.connections.accepted += 1
                nursery.start_soon(self._carry, client, self.connections.accepted)

    async def _carry(self, client: trio.SocketStream, number: int) -> None:
        self.connections.open += 1
        how = How.CLOSE
        try:
            try:
                server = await trio.open_tcp_stream(*self._server)
            except OSError:
                self.connections.refused += 1
                how = How.RESET
                return
            try:
                seed = f"{self._seed} {number}"
                how = await relay(client, server, self.toxics, self.traffic, seed)
            finally:
                _close(server, how)
        finally:
            _close(client, how)
            self.connections.open -= 1


def _bound(port: int) -> socket.socket:
    """Return a socket of ours that shares its port with others of ours."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind((_LOOPBACK, port))
    sock.setblocking(False)
    return sock


def _close(stream: trio.SocketStream, how: How) -> None:
    if how is How.RESET:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
    stream.socket.close()


@asynccontextmanager
async def open_proxy(host: str, port: int, *, seed: int = 0) -> AsyncGenerator[Proxy]:
    """Stand in front of *host*:*port* for as long as the block runs; then close everything."""
    with _bound(0) as placeholder:  # never listens: keeps the port ours while we are down
        proxy = Proxy((host, port), seed, placeholder)
        proxy.listen_unless_down()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(proxy.serve, name="fault proxy")  # noqa: ASYNC113 - it listens
                yield proxy
                nursery.cancel_scope.cancel(reason="the test is over")
        finally:
            proxy.stop_listening()
