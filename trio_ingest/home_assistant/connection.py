"""One WebSocket connection whose peer always hears a goodbye, however it ends.

This is one of the few places that await while an exception passes: every shield has a deadline,
or guards a call that returns at once.
"""

import logging
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import trio
from attrs import frozen
from trio_websocket import (
    ConnectionRejected,
    HandshakeError,
    WebSocketConnection,
    wrap_client_stream,
)
from wsproto.utilities import LocalProtocolError

from trio_ingest.home_assistant.address import Address
from trio_ingest.home_assistant.errors import AccessRefused, SessionLost
from trio_ingest.home_assistant.weather import fail_as_lost
from trio_ingest.http_client import words_of

# Home Assistant joins a burst into one frame of hundreds of kilobytes, which 4 KiB at a time (the
# library's default) costs 1.6 times the CPU; more than 64 KiB costs lone frames more than it gains
# (benchmarks/reading.py).
RECEIVE_BUFFER_SIZE = 64 * 1024
_UNAUTHORIZED, _FORBIDDEN = 401, 403

log = logging.getLogger(__name__)


async def dial(address: Address, ssl_context: ssl.SSLContext | None) -> trio.abc.Stream:
    """Return a stream to *address*, with TLS if there is a context. Raises SessionLost."""
    try:
        stream = await trio.open_tcp_stream(address.host, address.port)
        return stream if ssl_context is None else await _secure(stream, address, ssl_context)
    except (OSError, trio.BrokenResourceError) as error:
        raise SessionLost(f"cannot connect to {address.authority}: {words_of(error)}") from error


async def _secure(
    stream: trio.SocketStream, address: Address, ssl_context: ssl.SSLContext
) -> trio.abc.Stream:
    secured = trio.SSLStream(
        stream, ssl_context, server_hostname=address.host, https_compatible=True
    )
    try:
        await secured.do_handshake()
    except BaseException:
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(secured)
        raise
    return secured


@frozen
class _Sheltered:
    """As much of a nursery as trio-websocket asks for: its reader runs inside a scope of ours."""

    nursery: trio.Nursery
    scope: trio.CancelScope

    def start_soon(self, task: Callable[..., Awaitable[object]], *args: object) -> None:
        async def run() -> None:
            with _reader_errors_translated(), self.scope:
                await task(*args)

        self.nursery.start_soon(run, name="websocket reader")


@asynccontextmanager
async def converse(
    stream: trio.abc.Stream,
    address: Address,
    *,
    upgrade_seconds: float,
    goodbye_seconds: float,
    max_message_size: int,
) -> AsyncGenerator[WebSocketConnection, None]:
    """Hold a WebSocket over *stream*. However the block ends, the peer is told and *stream* closed.

    The reader is sheltered from the cancellation of the block, since only a living reader can hear
    the peer's answer to our goodbye. When the peer has closed first there is nobody to talk to:
    the stream is dropped at once, for Home Assistant would linger on it for ten seconds and delay
    its own restart. Raises SessionLost when there is no upgrade, AccessRefused when we are banned.
    """
    reader = trio.CancelScope(shield=True)
    async with trio.open_nursery() as nursery:
        try:
            with fail_as_lost(upgrade_seconds, "no WebSocket upgrade"):
                websocket = await wrap_client_stream(
                    cast("trio.Nursery", _Sheltered(nursery, reader)),
                    cast("Any", stream),  # the library's hints name only its own dialler's types
                    address.authority,
                    address.path,
                    max_message_size=max_message_size,
                    receive_buffer_size=RECEIVE_BUFFER_SIZE,
                )
            try:
                yield websocket
            finally:
                if websocket.closed is None:
                    with trio.move_on_after(goodbye_seconds, shield=True):
                        await websocket.aclose()
        finally:
            reader.cancel(reason="the conversation is over")
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(stream)


@contextmanager
def _reader_errors_translated() -> Generator[None]:
    try:
        yield
    except ConnectionRejected as rejected:
        if rejected.status_code in {_UNAUTHORIZED, _FORBIDDEN}:
            raise AccessRefused(
                f"Home Assistant answers {rejected.status_code} to the WebSocket upgrade; after "
                "failed logins it bans addresses: look into its ip_bans.yaml"
            ) from rejected
        raise SessionLost(
            f"the WebSocket upgrade was answered with status {rejected.status_code}"
        ) from rejected
    except HandshakeError as error:
        raise SessionLost(f"the WebSocket upgrade failed: {error!r}") from error
    except LocalProtocolError as error:
        # The peer sent a ping after a goodbye, its own or ours, and no answer may follow one. The
        # reader is no longer needed; without it the conversation is over, however it was going.
        log.debug("a message crossed the goodbye: %s", error)
