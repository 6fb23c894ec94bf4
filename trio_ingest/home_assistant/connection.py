"""One WebSocket connection whose peer always hears a goodbye, however it ends.

This is one of the few places that await while an exception passes: every shield has a deadline,
or guards a call that returns at once.
"""

import ssl
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import trio

from trio_ingest.home_assistant.address import Address
from trio_ingest.home_assistant.errors import AccessRefused, SessionLost
from trio_ingest.home_assistant.weather import fail_as_lost
from trio_ingest.home_assistant.websocket import UpgradeRefused, WebSocket

_UNAUTHORIZED, _FORBIDDEN = 401, 403


async def dial(address: Address, ssl_context: ssl.SSLContext | None) -> trio.abc.Stream:
    """Return a stream to *address*, with TLS if there is a context. Raises SessionLost."""
    try:
        stream = await trio.open_tcp_stream(address.host, address.port)
        return stream if ssl_context is None else await _secure(stream, address, ssl_context)
    except (OSError, trio.BrokenResourceError) as error:
        why = error.__cause__ or error  # trio wraps what TLS has to say
        raise SessionLost(f"cannot connect to {address.authority}: {why}") from error


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


@asynccontextmanager
async def converse(
    stream: trio.abc.Stream,
    address: Address,
    *,
    upgrade_seconds: float,
    goodbye_seconds: float,
    max_message_size: int,
) -> AsyncGenerator[WebSocket, None]:
    """Hold a WebSocket over *stream*. However the block ends, the peer is told and *stream* closed.

    When the peer has closed first the stream is dropped as soon as that was answered, for Home
    Assistant would linger on it for ten seconds and delay its own restart. Raises SessionLost when
    there is no upgrade, AccessRefused when we are banned.
    """
    websocket = WebSocket(stream, max_message_size)
    try:
        with fail_as_lost(upgrade_seconds, "no WebSocket upgrade"), _refusal_translated():
            await websocket.upgrade(address.authority, address.path)
        try:
            yield websocket
        finally:
            with trio.move_on_after(goodbye_seconds, shield=True):
                await websocket.aclose()
    finally:
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(stream)


@contextmanager
def _refusal_translated() -> Generator[None]:
    try:
        yield
    except UpgradeRefused as refused:
        if refused.status in {_UNAUTHORIZED, _FORBIDDEN}:
            raise AccessRefused(
                f"Home Assistant answers {refused.status} to the WebSocket upgrade; after "
                "failed logins it bans addresses: look into its ip_bans.yaml"
            ) from refused
        if refused.status is not None:
            raise SessionLost(
                f"the WebSocket upgrade was answered with status {refused.status}"
            ) from refused
        raise SessionLost(f"the WebSocket upgrade failed: {refused}") from refused
