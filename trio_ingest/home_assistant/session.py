"""An authenticated session: requests and their answers, and the events that come in between."""

import logging
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Sequence,
)
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import chain, count
from typing import TypeVar

import trio
from attrs import Factory, define, field
from msgspec import Raw
from msgspec.json import Decoder, encode

from trio_ingest.home_assistant import compressed
from trio_ingest.home_assistant.complaints import Complaints
from trio_ingest.home_assistant.compressed import EntitiesEvent
from trio_ingest.home_assistant.entity_feed import NO_FILTER, SUBSCRIBE, EntityFeed
from trio_ingest.home_assistant.errors import (
    CommandFailed,
    NoAnswer,
    SessionLost,
)
from trio_ingest.home_assistant.event_types import REGISTRY_UPDATES
from trio_ingest.home_assistant.frames import NOT_AS_PROMISED, Unreadable
from trio_ingest.home_assistant.messages import (
    Event,
    Message,
    OtherEvent,
    Pong,
    Received,
    Rendered,
    Result,
    decode_frame,
    renamed_by,
    to_home_event,
    to_state_change,
)
from trio_ingest.home_assistant.websocket import WebSocket
from trio_ingest.model.state_change import Burst, HomeEvent, StateChange

T = TypeVar("T")
Deliver = Callable[[Burst], Awaitable[None]]
Decode = Callable[[bytes], Sequence[Received | EntitiesEvent]]
log = logging.getLogger(__name__)
_nothing = Decoder(Raw)
RENDER = "render_template"
INVALID = "invalid_format"


@define(eq=False, repr=False)
class Session:
    """The conversation after `auth_ok`. Requests may come from several tasks at once.

    `deliver` is awaited with all state changes and recorded events of a frame; while it waits
    nothing else is read, which is how pressure travels up to Home Assistant. `registry_updated`
    rings when a registry was updated. `recorded` are the types of other events to deliver. Who
    asks for entities and not for events sets `feed` before.
    Who waits for an answer has everything read at once by `hurried`.
    """

    ha_version: str
    home: str
    _recorded: Collection[str]
    _websocket: WebSocket
    _command_seconds: float
    _deliver: Deliver
    _registry_updated: trio.MemorySendChannel[None]
    _hurried: Callable[[], AbstractContextManager[None]] = nullcontext
    feed: EntityFeed | None = field(default=None, init=False)
    _numbers: Iterator[int] = field(factory=lambda: count(1))
    _waiting: dict[int, trio.MemorySendChannel[Result | Pong]] = field(factory=dict)
    _rendering: dict[int, trio.MemorySendChannel[Rendered]] = field(factory=dict)
    _subscriptions: set[int] = field(factory=set)
    complaints: Complaints = Factory(lambda self: Complaints(self.home), takes_self=True)

    @property
    def unreadable(self) -> int:
        """How many messages were not what the API promises."""
        return self.complaints.unreadable

    @property
    def unserialized(self) -> int:
        """How many changes Home Assistant could not send to us, as it said."""
        return self.complaints.unserialized

    async def request(self, command: str, reply: Decoder[T], **parameters: object) -> T:
        """Send a command and return its result, decoded by *reply*.

        Raises CommandFailed when Home Assistant says no, SessionLost when it says nothing in time.
        """
        return _result_of(command, await self._ask(command, parameters), reply)

    async def subscribe(self, event_type: str) -> None:
        """Ask for the events of one type. All types at once would need an administrator's token."""
        await self.request("subscribe_events", _nothing, event_type=event_type)

    async def subscribe_entities(self) -> Sequence[StateChange]:
        """Ask for all entities, and all that happens to them, on the `feed` that there has to be.

        Return those that are otherwise than they were known to be. May be repeated to begin anew.
        """
        assert self.feed is not None
        try:
            return await self._begin(self.feed)
        except CommandFailed as error:
            if not self.feed.only or error.code != INVALID:
                raise
            log.info("%s: it does not take our filter, and sends everything: %s", self.home, error)
            self.feed.only = NO_FILTER
            return await self._begin(self.feed)

    async def _begin(self, feed: EntityFeed) -> Sequence[StateChange]:
        number, before = next(self._numbers), feed.subscription
        with feed.awaiting(number) as coming:
            _result_of(SUBSCRIBE, await self._ask(SUBSCRIBE, {**feed.only}, number), _nothing)
            with trio.move_on_after(self._command_seconds), self._hurried():
                snapshot = await coming.receive()
                if before is not None:
                    await self.request("unsubscribe_events", _nothing, subscription=before)
                return snapshot
        raise NoAnswer(f"no snapshot within {self._command_seconds:g} s")

    async def coalesce_messages(self) -> None:
        """Allow Home Assistant to put several messages into one frame, which it does under load."""
        await self.request("supported_features", _nothing, features={"coalesce_messages": 1})

    async def ping(self) -> None:
        """Ask Home Assistant's event loop, not only its socket, for a sign of life."""
        await self._ask("ping", {})

    async def render(self, template: str, **variables: object) -> str:
        """Have Home Assistant render *template* once, and return the text.

        Raises CommandFailed when there is something wrong with it, NoAnswer when it takes long.
        """
        number = next(self._numbers)
        rendered, rendering = trio.open_memory_channel[Rendered](1)
        self._rendering[number] = rendered
        try:
            parameters = {"template": template, "variables": variables, "report_errors": True}
            _result_of(RENDER, await self._ask(RENDER, parameters, number), _nothing)
            with trio.move_on_after(self._command_seconds), self._hurried():
                event = (await rendering.receive()).event
                # Or it would be rendered again with each change of what is in it.
                await self.request("unsubscribe_events", _nothing, subscription=number)
                if event.error is not None:
                    raise CommandFailed(RENDER, "template_error", event.error)
                return str(event.result)
            raise NoAnswer(f"nothing was rendered within {self._command_seconds:g} s")
        finally:
            del self._rendering[number]

    async def _ask(
        self, command: str, parameters: dict[str, object], number: int | None = None
    ) -> Result | Pong:
        number = next(self._numbers) if number is None else number
        answered, answer = trio.open_memory_channel[Result | Pong](1)
        self._waiting[number] = answered  # before sending: the answer may come in the same breath
        if command in ("subscribe_events", SUBSCRIBE):
            self._subscriptions.add(number)
        try:
            with trio.fail_after(self._command_seconds), self._hurried():
                await self._websocket.send(encode({"id": number, "type": command, **parameters}))
                return await answer.receive()
        except trio.TooSlowError as late:
            raise NoAnswer(f"no answer to {command!r} within {self._command_seconds:g} s") from late
        finally:
            self._waiting.pop(number, None)

    async def listen(self) -> None:
        """Read frames until the session is lost; the only reader there is. Raises SessionLost.

        Frames that have come together travel together, for to wake a stage costs more than what is
        in a lone one.
        """
        while True:
            frames = await self._websocket.receive()
            decode: Decode = decode_frame if self.feed is None else compressed.decode_frame
            burst = self._sort(chain.from_iterable(map(decode, frames)))
            if burst.changes or burst.events or burst.renamed:
                await self._deliver(burst)

    def _sort(self, messages: Iterable[Received | EntitiesEvent]) -> Burst:
        """Hand answers to those who wait for them and return what is to be recorded."""
        changes: list[StateChange] = []
        events: list[HomeEvent] = []
        renamed: dict[str, str] = {}
        for message in messages:
            try:
                if isinstance(message, Event):
                    changes.append(to_state_change(message.event))
                elif isinstance(message, EntitiesEvent):
                    changes += self._take_entities(message)
                elif isinstance(message, Result | Pong):
                    self._answer(message)
                elif isinstance(message, Rendered):
                    self._hand_over(message)
                elif isinstance(message, OtherEvent):
                    if message.event.event_type in REGISTRY_UPDATES:
                        self._ring()
                        renamed |= renamed_by(message.event)
                    if message.event.event_type in self._recorded:
                        events.append(to_home_event(message.event))
                else:
                    self._complain(message)
            except (*NOT_AS_PROMISED, OverflowError) as error:
                self.complaints.take_unreadable(Unreadable(reason=str(error), excerpt=""))
        return Burst(home=self.home, changes=changes, events=events, renamed=renamed)

    def _take_entities(self, message: EntitiesEvent) -> Sequence[StateChange]:
        return () if self.feed is None else self.feed.take(message, self.complaints)

    def _complain(self, message: Message | Unreadable) -> None:
        self.complaints.take_unreadable(message)
        if self.feed is not None:
            self.feed.doubt()  # it may have been a difference

    def _answer(self, message: Result | Pong) -> None:
        waiting = self._waiting.pop(message.id or 0, None)  # each is answered once
        if waiting is not None:
            waiting.send_nowait(message)
        elif (
            isinstance(message, Result)
            and not message.success
            and message.id in self._subscriptions
        ):
            self.complaints.take_unserialized(message.error)
            if self.feed is not None:
                self.feed.doubt()  # the next difference begins where this one would have led
        else:  # of a request that has timed out or was cancelled, or a second one: noise
            log.debug("nobody waits for the answer to command %s", message.id)

    def _hand_over(self, message: Rendered) -> None:
        waiting = self._rendering.get(message.id)
        if waiting is not None:
            with suppress(trio.WouldBlock):  # rendered again already, before that was called off
                waiting.send_nowait(message)

    def _ring(self) -> None:
        with suppress(trio.WouldBlock):  # it rings already
            self._registry_updated.send_nowait(None)


def _result_of(command: str, answer: Result | Pong, reply: Decoder[T]) -> T:
    if isinstance(answer, Pong):
        raise SessionLost(f"Home Assistant answered {command!r} with a pong")
    if not answer.success:
        error = answer.error
        code, message = (error.code, error.message) if error else ("unknown_error", "")
        raise CommandFailed(command, code, message)
    try:
        return reply.decode(answer.result)
    except NOT_AS_PROMISED as error:
        raise CommandFailed(command, "unreadable_answer", str(error)) from error
