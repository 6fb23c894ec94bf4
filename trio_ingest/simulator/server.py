"""Where a simulated Home Assistant listens, and how one is opened."""

import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import trio

from trio_ingest.simulator.connection import Connection
from trio_ingest.simulator.conversation import converse
from trio_ingest.simulator.core import Core
from trio_ingest.simulator.entrance import Entrance
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.line import Line
from trio_ingest.simulator.recorder import Recorder
from trio_ingest.simulator.simulator import Closing, Simulator
from trio_ingest.simulator.ticker import Ticker

VERSION = "2026.11.0"


@asynccontextmanager
async def open_simulator(
    home: Home,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str = "simulated-token",  # noqa: S107 - the home is simulated, and so is its token
    version: str = VERSION,
    ssl_context: ssl.SSLContext | None = None,
    recorder: Recorder | None = None,
    records_emissions: bool = False,
    clock: Callable[[], float] = time.time,
) -> AsyncGenerator[Simulator]:
    """Yield a running simulated Home Assistant; leaving the block ends it and all connections.

    Port 0 takes any free one. `clock` gives seconds since the epoch. OSError: cannot listen there.
    """
    core = Core(version, Entrance(token), Ticker(clock), recorder or Recorder(), records_emissions)
    core.furnish(home)
    connections: list[Connection] = []
    closings, closings_received = trio.open_memory_channel[Closing](0)

    async def serve(stream: trio.SocketStream) -> None:
        connection = Connection(Line(_secured(stream, ssl_context)))
        connections.append(connection)
        await converse(connection, core)

    listeners = await trio.open_tcp_listeners(port, host=host)
    open_port = listeners[0].socket.getsockname()[1]
    with closings, closings_received:
        async with trio.open_nursery() as nursery:
            # Until it runs, clients wait in the backlog of the open port.
            nursery.start_soon(  # noqa: ASYNC113
                _listen, host, open_port, listeners, serve, closings_received
            )
            yield Simulator(
                url=_url(host, open_port, is_secure=ssl_context is not None),
                home=home,
                core=core,
                connections=connections,
                closings=closings,
            )
            nursery.cancel_scope.cancel(reason="the simulator is closed")


async def _listen(
    host: str,
    port: int,
    listeners: list[trio.SocketListener],
    serve: Callable[[trio.SocketStream], Awaitable[None]],
    closings: trio.MemoryReceiveChannel[Closing],
) -> None:
    async with trio.open_nursery() as clients:
        while True:
            async with trio.open_nursery() as door:
                door.start_soon(
                    partial(trio.serve_listeners, serve, listeners, handler_nursery=clients)
                )
                closing = await closings.receive()
                door.cancel_scope.cancel(reason="restart")
            await closing.may_open.wait()
            listeners = await trio.open_tcp_listeners(port, host=host)
            closing.is_open.set()


def _url(host: str, port: int, *, is_secure: bool) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if is_secure else 'http'}://{name}:{port}"


def _secured(
    stream: trio.SocketStream, ssl_context: ssl.SSLContext | None
) -> trio.SocketStream | trio.SSLStream[trio.SocketStream]:
    if ssl_context is None:
        return stream
    return trio.SSLStream(stream, ssl_context, server_side=True, https_compatible=True)
