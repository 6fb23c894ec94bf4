"""One WebSocket connection whose peer always hears a goodbye, however it ends.

This is one of the few places that await while an exception passes: every shield has a deadline,
or guards a call that returns at once.
"""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import trio

from trio_ingest.home_assistant.address import Address
from trio_ingest.home_assistant.errors import SessionLost
from trio_ingest.home_assistant.patience import Patience, PatientStream
from trio_ingest.home_assistant.weather import fail_as_lost
from trio_ingest.home_assistant.websocket import WebSocket, make_websocket
from trio_ingest.http_client import words_of


async def dial(
    address: Address, ssl_context: ssl.SSLContext | None, patience: Patience
) -> trio.abc.Stream:
    """Return a stream to *address*, with TLS if there is a context. Raises SessionLost."""
    try:
        connected = await trio.open_tcp_stream(address.host, address.port)
        stream = PatientStream(connected, patience)
        return stream if ssl_context is None else await _secure(stream, address, ssl_context)
    except (OSError, trio.BrokenResourceError) as error:
        raise SessionLost(f"cannot connect to {address.authority}: {words_of(error)}") from error


async def _secure(
    stream: PatientStream, address: Address, ssl_context: ssl.SSLContext
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

    When the peer has closed first there is nobody to talk to: the stream is dropped at once, for
    Home Assistant would linger on it for ten seconds and delay its own restart. Raises SessionLost
    when there is no upgrade, AccessRefused when we are banned.
    """
    websocket = make_websocket(stream, address, goodbye_seconds, max_message_size)
    try:
        with fail_as_lost(upgrade_seconds, "no WebSocket upgrade"):
            await websocket.upgrade()
        try:
            yield websocket
        finally:
            if websocket.is_open:
                with suppress(SessionLost), trio.move_on_after(goodbye_seconds, shield=True):
                    await websocket.say_goodbye()
    finally:
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(stream)
