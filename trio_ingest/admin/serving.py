"""Serves an application to everybody who connects, within bounds that no client can stretch.

Hypercorn speaks HTTP. The connections are accepted here and not by it, because it knows no limit to
their number, and shields what it sends: a client that reads nothing would keep it from ending.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress

import trio
from attrs import define, field
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from starlette.types import ASGIApp

log = logging.getLogger(__name__)

KIB = 1024
MOST_CONNECTIONS = 64
LONGEST_HEADERS = 16 * KIB
# For a whole request to arrive, and between two of them.
IDLE_SECONDS = 5.0
# Whoever has not read his answers by then is cut off.
CONNECTION_SECONDS = 60.0
TURNING_AWAY_SECONDS = 1.0
TOO_MANY = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Connection: close\r\nContent-Length: 0\r\nRetry-After: 5\r\n\r\n"
)


@define
class Serving:
    """Holds the conversations that go on at the moment."""

    application: ASGIApp
    _config: Config = field(init=False)
    _context: WorkerContext = field(init=False)
    _connections: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._config = make_config()
        self._context = WorkerContext(None)

    async def run(self, listeners: Sequence[trio.SocketListener]) -> None:
        """Serve until cancelled; then every connection is cut off."""
        await trio.serve_listeners(self.serve, list(listeners))

    async def serve(self, stream: trio.SocketStream) -> None:
        """Hold the conversation with one client. Raises nothing: it is only a client."""
        if self._connections >= MOST_CONNECTIONS:
            await turn_away(stream)
            return
        self._connections += 1
        try:
            await self._converse(stream)
        except* Exception as group:  # what a client can cause must not end more than its own
            log.error("A connection to the admin server crashed: %r", group, exc_info=group)
        finally:
            self._connections -= 1

    async def _converse(self, stream: trio.SocketStream) -> None:
        with trio.move_on_after(CONNECTION_SECONDS):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(close_when_cancelled, stream)
                await TCPServer(
                    ASGIWrapper(self.application),  # type: ignore[arg-type]  # a dict to one, to the other typed
                    self._config,
                    self._context,
                    ConnectionState({}),
                    stream,  # type: ignore[arg-type]  # it takes plain ones, too
                ).run()
                nursery.cancel_scope.cancel(reason="the conversation is over")


def make_config() -> Config:
    """Return how Hypercorn shall behave."""
    config = Config()
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    config.h11_max_incomplete_size = LONGEST_HEADERS
    config.h2_max_header_list_size = LONGEST_HEADERS
    config.h2_max_concurrent_streams = 4
    config.include_server_header = False
    config.keep_alive_timeout = IDLE_SECONDS
    return config


async def close_when_cancelled(stream: trio.SocketStream) -> None:
    """Close the socket at the end, which wakes even a shielded send."""
    try:
        await trio.sleep_forever()
    finally:
        stream.socket.close()


async def turn_away(stream: trio.SocketStream) -> None:
    """Say that there are too many, in a moment."""
    with trio.move_on_after(TURNING_AWAY_SECONDS):
        with suppress(trio.BrokenResourceError):
            await stream.send_all(TOO_MANY)
    stream.socket.close()
