"""The course of one connection: upgrade, authentication, commands, goodbye.

Two tasks serve it, one that hears and one that sends; whatever ends the conversation ends the
outbox first, and the goodbye follows from there.
"""

import msgspec
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_server_stream

from trio_ingest.simulator import wire
from trio_ingest.simulator.connection import Connection, Heard
from trio_ingest.simulator.core import Core
from trio_ingest.simulator.entrance import HungUpOn, Stall, TurnedAway, Verdict, judge
from trio_ingest.simulator.session import Session

PATHS = ("/api/websocket", "/core/websocket")
HANDSHAKE_SECONDS = 10
AUTH_SECONDS = 10
GOODBYE_SECONDS = 10
MAX_MESSAGE_SIZE = 4 * 1024 * 1024


async def converse(connection: Connection, core: Core) -> None:
    """Serve one client from its TCP connection to the end of it."""
    heard, sent = trio.Event(), trio.Event()
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_hear, connection, core, nursery, heard, sent)
            await connection.outbox.wait_over()
            await _say_goodbye(connection, heard, sent)
            nursery.cancel_scope.cancel(reason="the conversation is over")
    finally:
        connection.note_end()


async def _hear(
    connection: Connection,
    core: Core,
    nursery: trio.Nursery,
    heard: trio.Event,
    sent: trio.Event,
) -> None:
    try:
        if core.entrance.stall is Stall.BEFORE_UPGRADE:
            await connection.line.wait_ended()
        elif websocket := await _upgrade(connection, nursery):
            connection.websocket = websocket
            nursery.start_soon(_send, connection, websocket, sent)
            nursery.start_soon(connection.outbox.watch_peak)
            if await _let_in(connection, websocket, core):
                await _obey(connection, websocket, core)
    except ConnectionClosed:
        pass  # the client's good right
    finally:
        connection.outbox.finish()
        heard.set()


async def _upgrade(connection: Connection, nursery: trio.Nursery) -> WebSocketConnection | None:
    with trio.move_on_after(HANDSHAKE_SECONDS):
        request = await wrap_server_stream(
            nursery, connection.line, max_message_size=MAX_MESSAGE_SIZE
        )
        connection.path = request.path
        if request.path in PATHS:
            return await request.accept()
        await request.reject(404)
    return None


async def _let_in(connection: Connection, websocket: WebSocketConnection, core: Core) -> bool:
    if core.entrance.stall is Stall.BEFORE_AUTH_REQUIRED:
        await _stay_silent(websocket)
    connection.outbox.put(wire.auth_required(core.version))
    verdict: Verdict = HungUpOn()
    with trio.move_on_after(AUTH_SECONDS):
        verdict = judge(await websocket.get_message(), core.entrance.token)
    match verdict:
        case HungUpOn():
            return False
        case TurnedAway(message):
            connection.outbox.put(wire.auth_invalid(message))
            return False
    if core.entrance.stall is Stall.BEFORE_AUTH_OK:
        await _stay_silent(websocket)
    connection.outbox.put(wire.auth_ok(core.version))
    connection.is_authenticated = True
    return True


async def _obey(connection: Connection, websocket: WebSocketConnection, core: Core) -> None:
    session = Session(core, connection.outbox)
    try:
        while True:
            message = await websocket.get_message()
            if message == b"":
                return
            if isinstance(message, bytes):
                continue  # addressed to a binary handler that is not there
            try:
                commands = msgspec.json.decode(message)
            except msgspec.DecodeError:
                return
            connection.commands.append(Heard(trio.current_time(), commands))
            session.receive(commands)
    finally:
        session.close()


async def _stay_silent(websocket: WebSocketConnection) -> None:
    while True:
        await websocket.get_message()


async def _send(connection: Connection, websocket: WebSocketConnection, sent: trio.Event) -> None:
    try:
        while messages := await connection.outbox.take():
            await websocket.send_message(wire.frame(messages))
    except ConnectionClosed:
        connection.outbox.cut()
    finally:
        sent.set()


async def _say_goodbye(connection: Connection, heard: trio.Event, sent: trio.Event) -> None:
    websocket = connection.websocket
    if websocket is None:
        return
    with trio.move_on_after(connection.linger_seconds or GOODBYE_SECONDS):
        await sent.wait()
        await websocket.aclose()
        await heard.wait()
        connection.close_code = _client_code(connection, websocket)
        if connection.linger_seconds:
            await connection.line.wait_ended()


def _client_code(connection: Connection, websocket: WebSocketConnection) -> int | None:
    # When the TCP connection just ended, the library says what *we* had closed with, or 1006.
    if connection.line.is_ended or websocket.closed is None:
        return None
    return websocket.closed.code
