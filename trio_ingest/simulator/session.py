"""The command phase of one connection: what comes in, and what is put out for it. It never waits.

The rules of ids are the real ones: positive ints that grow; a command that is unknown does not
use its id up, one that is refused does.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from attrs import define, field

from trio_ingest.simulator import compressed, wire
from trio_ingest.simulator.commands import ENTITY_ID, CommandError, Request, find, read
from trio_ingest.simulator.core import EVERY_EVENT, Core
from trio_ingest.simulator.entity_filter import Patterns, admits
from trio_ingest.simulator.outbox import Outbox


class SubscribeEvents(Request):
    """`subscribe_events`."""

    event_type: str = EVERY_EVENT


class UnsubscribeEvents(Request):
    """`unsubscribe_events`."""

    subscription: int


class SubscribeEntities(Request):
    """`subscribe_entities`."""

    entity_ids: tuple[str, ...] = ()
    include: Patterns = msgspec.field(default_factory=Patterns)
    exclude: Patterns = msgspec.field(default_factory=Patterns)

    def admits(self, entity_id: str) -> bool:
        """Say whether the client wants to hear of an entity."""
        is_named = not self.entity_ids or entity_id in self.entity_ids
        return is_named and admits(self.include, self.exclude, entity_id)


class RenderTemplate(Request, kw_only=True):
    """`render_template`."""

    template: str
    variables: dict[str, Any] = msgspec.field(default_factory=dict)
    report_errors: bool = False


class SupportedFeatures(Request):
    """`supported_features`."""

    features: dict[str, int]


@define(eq=False)
class Session:
    """What a connection has asked for so far."""

    core: Core
    outbox: Outbox
    _latest_id: int = 0
    _subscriptions: dict[int, Callable[[], None]] = field(factory=dict)

    def receive(self, messages: Any) -> None:
        """Carry out a command, or an array of them."""
        for message in messages if isinstance(messages, list) else [messages]:
            self._receive_one(message)

    def close(self) -> None:
        """End all subscriptions."""
        for unsubscribe in self._subscriptions.values():
            unsubscribe()
        self._subscriptions.clear()

    def _receive_one(self, message: Any) -> None:
        if not _is_command(message):
            id_ = message.get("id") if isinstance(message, dict) else 0
            self.outbox.put(wire.error(id_, "invalid_format", "Message incorrectly formatted."))
            return
        id_ = message["id"]
        if id_ <= self._latest_id:
            self.outbox.put(wire.error(id_, "id_reuse", "Identifier values have to increase."))
            return
        carry_out = self._find(message["type"])
        if carry_out is None:
            self.outbox.put(wire.error(id_, "unknown_command", "Unknown command."))
            return
        self._latest_id = id_
        try:
            carry_out(message)
        except CommandError as error:
            self.outbox.put(wire.error(id_, error.code, str(error)))

    def _find(self, name: str) -> Callable[[Mapping[str, Any]], None] | None:
        own = {
            "ping": self._ping,
            "subscribe_events": self._subscribe,
            "subscribe_entities": self._subscribe_entities,
            "unsubscribe_events": self._unsubscribe,
            "supported_features": self._support,
            "render_template": self._render,
        }
        if name in own:
            return own[name]
        query = find(self.core, name)
        if query is None:
            return None
        return lambda message: self.outbox.put(
            wire.result(message["id"], query.answer(self.core, read(message, query.request)))
        )

    def _ping(self, message: Mapping[str, Any]) -> None:
        self.outbox.put(wire.pong(read(message, Request).id))

    def _subscribe(self, message: Mapping[str, Any]) -> None:
        request = read(message, SubscribeEvents)
        if request.event_type == "state_reported":
            raise CommandError(
                "home_assistant_error", "Event filter is required for event state_reported"
            )
        if not self.core.entrance.may_hear(request.event_type):
            raise CommandError("unauthorized", "Unauthorized")
        deliver = partial(_forward, self.outbox, request.id)
        self._subscriptions[request.id] = self.core.subscribe(request.event_type, deliver)
        self.outbox.put(wire.result(request.id, None))

    def _subscribe_entities(self, message: Mapping[str, Any]) -> None:
        """Answer with all entities as they are now; what happens to them next comes behind."""
        request = read(message, SubscribeEntities)
        named = (*request.entity_ids, *request.include.entities, *request.exclude.entities)
        for entity_id in named:
            if not ENTITY_ID.fullmatch(entity_id):
                raise CommandError(
                    "invalid_format", f"Entity ID {entity_id} is an invalid entity ID"
                )
        deliver = partial(_forward_change, self.outbox, request)
        self._subscriptions[request.id] = self.core.subscribe_entities(deliver)
        self.outbox.put(wire.result(request.id, None))
        present = {
            state.entity_id: compressed.whole(state)
            for state in self.core.states.all()
            if request.admits(state.entity_id)
        }
        self.outbox.put(wire.snapshot(request.id, {"a": present}))

    def _unsubscribe(self, message: Mapping[str, Any]) -> None:
        request = read(message, UnsubscribeEvents)
        unsubscribe = self._subscriptions.pop(request.subscription, None)
        if unsubscribe is None:
            raise CommandError("not_found", "Subscription not found.")
        unsubscribe()
        self.outbox.put(wire.result(request.id, None))

    def _render(self, message: Mapping[str, Any]) -> None:
        """Render one of the templates known here: what time it is, or when states were reported."""
        request = read(message, RenderTemplate)
        self._subscriptions[request.id] = lambda: None
        self.outbox.put(wire.result(request.id, None))
        if request.template == "{{ utcnow().timestamp() }}":
            now = {"result": self.core.ticker.clock(), "listeners": {}}
            self.outbox.put(wire.event(request.id, wire.encode(now)))
            return
        if "ids" not in request.template:
            problem = {"error": "TemplateSyntaxError: not known here", "level": "ERROR"}
            self.outbox.put(wire.event(request.id, wire.encode(problem)))
            return
        lines = [
            f"{state.entity_id} {state.updated.moment.isoformat()} "
            f"{state.reported.moment.isoformat()}"
            for entity_id in request.variables["ids"]
            if (state := self.core.states.get(entity_id)) is not None
        ]
        body = wire.encode({"result": "\n".join(lines), "listeners": {}})
        self.outbox.put(wire.event(request.id, body))

    def _support(self, message: Mapping[str, Any]) -> None:
        request = read(message, SupportedFeatures)
        self.outbox.coalesces = "coalesce_messages" in request.features
        self.outbox.put(wire.result(request.id, None))


def _forward(outbox: Outbox, subscription: int, body: bytes) -> None:
    outbox.put(wire.event(subscription, body))


def _forward_change(
    outbox: Outbox, request: SubscribeEntities, entity_id: str, body: bytes
) -> None:
    if request.admits(entity_id):
        outbox.put(wire.event(request.id, body))


def _is_command(message: Any) -> bool:
    return (
        isinstance(message, dict)
        and type(message.get("id")) is int
        and message["id"] > 0
        and isinstance(message.get("type"), str)
        and message["type"] != ""
    )
