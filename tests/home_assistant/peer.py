"""A Home Assistant that says whatever it is told to, at the other end of a memory stream."""

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import trio
import trio.testing
from attrs import define, field
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_server_stream

from trio_ingest.config.common import Secret
from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant import session_opening
from trio_ingest.home_assistant.session import Session
from trio_ingest.home_assistant.session_opening import open_session
from trio_ingest.model.state_change import Burst, StateChange

Stream = trio.StapledStream[Any, Any]
DONE = "the peer has said what it had to say"


@define
class Peer:
    """Lets in whoever comes; answers requests with null; says `frames` when told to `speak`."""

    theirs: Stream
    close_code: int | None = None
    answers: bool = True
    websocket: WebSocketConnection = field(init=False)

    async def run(self) -> None:
        """Speak until the other end is gone."""
        async with trio.open_nursery() as nursery:
            request = await wrap_server_stream(nursery, self.theirs)
            self.websocket = await request.accept()
            await self.say({"type": "auth_required", "ha_version": "2026.11.0"})
            await self.websocket.get_message()
            await self.say({"type": "auth_ok", "ha_version": "2026.11.0"})
            try:
                while True:
                    await self._answer(json.loads(await self.websocket.get_message()))
            except ConnectionClosed as closed:
                self.close_code = closed.reason.code if closed.reason else None
            nursery.cancel_scope.cancel(reason="we are alone")

    async def _answer(self, command: dict[str, Any]) -> None:
        if command["type"] == "ping":
            await self.say({"id": command["id"], "type": "pong"})
        elif self.answers:
            await self.say({"id": command["id"], "type": "result", "success": True, "result": None})

    async def say(self, message: object) -> None:
        await self.websocket.send_message(json.dumps(message))

    async def speak(self, frames: Sequence[str | bytes]) -> None:
        """Say each of *frames*, and then something good."""
        try:
            for frame in frames:
                await self.websocket.send_message(frame)
            await self.say(change_of("sensor.last", DONE))
        except ConnectionClosed:
            return


@define
class Heard:
    """A session with a peer, and all that came of it."""

    peer: Peer
    ours: Stream
    changes: list[StateChange] = field(factory=list)
    ended: trio.Event = field(factory=trio.Event)

    async def deliver(self, burst: Burst) -> None:
        self.changes += burst.changes
        if any(change.state and change.state.value == DONE for change in burst.changes):
            self.ended.set()

    def entities(self) -> list[str]:
        return [change.entity_id for change in self.changes]


@asynccontextmanager
async def session_with_peer(**changes: Any) -> AsyncGenerator[tuple[Session, Heard]]:
    """Hold a session; when the block is left check that nothing is left over."""
    ours, theirs = trio.testing.memory_stream_pair()
    heard = Heard(Peer(theirs), ours)
    config = HomeAssistantConfig(
        name="home", url="http://ha:8123", token=Secret(value="t"), **changes
    )

    async def dial(*_: object) -> Stream:
        return ours

    ring, _updated = trio.open_memory_channel[None](1)
    try:
        with ring, _updated, patch.object(session_opening, "dial", dial):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(heard.peer.run)
                try:
                    async with open_session(config, None, heard.deliver, ring) as session:
                        yield session, heard
                finally:
                    with trio.CancelScope(shield=True):  # the peer reads what is still for it
                        await trio.testing.wait_all_tasks_blocked()
    finally:
        assert await _is_closed(ours)  # noqa: ASYNC102 - which says so at once


async def _is_closed(stream: Stream) -> bool:
    with trio.CancelScope(shield=True):
        try:
            await stream.send_all(b"x")
        except trio.ClosedResourceError:
            return True
    return False


def change_of(entity_id: str, value: str) -> dict[str, Any]:
    """Return a good state change, as Home Assistant sends it."""
    when = "2026-11-23T10:00:00.000001+00:00"
    context = {"id": "01", "parent_id": None, "user_id": None}
    state = {"entity_id": entity_id, "state": value, "attributes": {}, "context": context}
    return {
        "type": "event",
        "event": {
            "event_type": "state_changed",
            "data": {
                "entity_id": entity_id,
                "old_state": None,
                "new_state": {**state, "last_changed": when, "last_updated": when},
            },
            "origin": "LOCAL",
            "time_fired": when,
            "context": context,
        },
        "id": 1,
    }


def in_virtual_time(main: Callable[..., Any], *args: object) -> Any:
    """Run *main* in a loop of its own: when this returns, no task of it is left."""
    return trio.run(main, *args, clock=trio.testing.MockClock(autojump_threshold=0))
