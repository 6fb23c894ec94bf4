"""The Home Assistant that the contract suite runs against, and a client that hides nothing."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

MAX_MESSAGE_SIZE = 64 * 1024 * 1024


class Subject(Protocol):
    """Any Home Assistant: the simulated one, or a real one whose states are set through REST."""

    url: str
    token: str

    async def set_state(
        self,
        entity_id: str,
        state: str,
        attributes: Mapping[str, Any],
        *,
        force_update: bool = False,
    ) -> None:
        """Write a state."""

    async def remove(self, entity_id: str) -> None:
        """Remove an entity, if there is one."""


class Client:
    """A WebSocket client on the level of text frames."""

    def __init__(self, websocket: WebSocketConnection) -> None:
        self.websocket = websocket
        self._latest_id = 0

    async def send(self, text: str | bytes) -> None:
        await self.websocket.send_message(text)

    async def receive(self) -> str:
        with trio.fail_after(10):
            frame = await self.websocket.get_message()
        assert isinstance(frame, str)
        return frame

    async def closed(self) -> int:
        """Return the code that the server closes with, after whatever it says before."""
        with trio.fail_after(60):
            try:
                while True:
                    await self.websocket.get_message()
            except ConnectionClosed as closed:
                return closed.reason.code

    async def log_in(self, token: str) -> None:
        await self.receive()
        await self.send(json.dumps({"type": "auth", "access_token": token}))
        assert json.loads(await self.receive())["type"] == "auth_ok"

    async def ask(self, type_: str, **parameters: Any) -> str:
        """Send a command under the next id and return the next frame."""
        self._latest_id += 1
        await self.send(json.dumps({"id": self._latest_id, "type": type_, **parameters}))
        return await self.receive()

    async def result(self, type_: str, **parameters: Any) -> Any:
        answer = json.loads(await self.ask(type_, **parameters))
        assert answer["success"], answer
        return answer["result"]


@asynccontextmanager
async def connect(url: str, path: str = "/api/websocket") -> AsyncGenerator[Client]:
    """Yield a client that is not logged in. It says goodbye, and closes its TCP connection."""
    parts = urlsplit(url)
    stream = await trio.open_tcp_stream(parts.hostname, parts.port)
    try:
        async with trio.open_nursery() as nursery:
            websocket = await wrap_client_stream(
                nursery, stream, parts.hostname, path, max_message_size=MAX_MESSAGE_SIZE
            )
            yield Client(websocket)
            with trio.move_on_after(10):
                await websocket.aclose()
            nursery.cancel_scope.cancel()
    finally:
        stream.socket.close()


@asynccontextmanager
async def log_in(subject: Subject) -> AsyncGenerator[Client]:
    """Yield a client that is logged in."""
    async with connect(subject.url) as client:
        await client.log_in(subject.token)
        yield client
