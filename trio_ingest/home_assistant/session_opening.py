"""How a session with Home Assistant begins and ends: connect, authenticate, listen, say goodbye."""

import ssl
from collections.abc import (
    AsyncGenerator,
)
from contextlib import asynccontextmanager
from itertools import chain

import trio
from msgspec.json import encode

from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.address import address_of
from trio_ingest.home_assistant.connection import converse, dial
from trio_ingest.home_assistant.errors import (
    AccessRefused,
    SessionLost,
)
from trio_ingest.home_assistant.messages import (
    AuthInvalid,
    AuthOk,
    AuthRequired,
    decode_frame,
)
from trio_ingest.home_assistant.patience import Patience, no_time
from trio_ingest.home_assistant.session import Deliver, Session
from trio_ingest.home_assistant.weather import fail_as_lost
from trio_ingest.home_assistant.websocket import WebSocket


async def authenticate(websocket: WebSocket, token: str) -> str:
    """Show *token* and return Home Assistant's version. Raises AccessRefused for a wrong one."""
    while True:
        frames = await websocket.receive()
        for message in chain.from_iterable(map(decode_frame, frames)):
            match message:
                case AuthRequired():
                    await websocket.send(encode({"type": "auth", "access_token": token}))
                case AuthOk(ha_version=version):
                    return version
                case AuthInvalid(message=text):
                    raise AccessRefused(f"Home Assistant does not accept the token: {text}")
                case other:
                    raise SessionLost(f"expected to authenticate, got {type(other).__name__}")


def read_token(config: HomeAssistantConfig) -> str:
    """Return the token as it is now. Raises AccessRefused when its file cannot be read."""
    try:
        return config.token.read()
    except OSError as error:
        raise AccessRefused(f"the token file cannot be read: {error}") from error


@asynccontextmanager
async def open_session(
    config: HomeAssistantConfig,
    ssl_context: ssl.SSLContext | None,
    deliver: Deliver,
    registry_updated: trio.MemorySendChannel[None],
    patience: Patience | None = None,
) -> AsyncGenerator[Session, None]:
    """Connect, authenticate and listen for as long as the block runs; then say goodbye and close.

    What nobody waits for may wait to be read, with *patience*. Every phase has its own deadline.
    Raises SessionLost or AccessRefused, inside an exception group; when the session is lost later
    the block is cancelled first.
    """
    address = address_of(config.url)
    token = read_token(config)
    patience = patience or Patience()
    with fail_as_lost(config.connect_timeout, f"no connection to {address.authority}"):
        stream = await dial(address, ssl_context, patience)
    async with converse(
        stream,
        address,
        upgrade_seconds=config.connect_timeout,
        goodbye_seconds=config.goodbye_timeout,
        max_message_size=config.max_message_size,
    ) as websocket:
        with fail_as_lost(config.auth_timeout, "no answer to our token"):
            version = await authenticate(websocket, token)
        session = Session(
            ha_version=version,
            home=config.name,
            recorded=frozenset(config.events),
            websocket=websocket,
            command_seconds=config.command_timeout,
            deliver=deliver,
            registry_updated=registry_updated,
            hurried=patience.hurried,
        )
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(session.listen, name="listen")
                nursery.start_soon(
                    keep_alive,
                    session,
                    config.ping_interval,
                    config.ping_timeout,
                    name="keep alive",
                )
                yield session
                nursery.cancel_scope.cancel(reason="the session is over")
        finally:
            patience.longest = no_time  # for now the goodbye is waited for


async def keep_alive(session: Session, interval_seconds: float, answer_seconds: float) -> None:
    """Ping now and then; raise SessionLost when no pong comes.

    A half-open connection looks healthy to its reader for ever, and Home Assistant's own pings
    are answered by our socket even when its event loop hangs.
    """
    while True:
        await trio.sleep(interval_seconds)
        with fail_as_lost(answer_seconds, "no pong"):
            await session.ping()
