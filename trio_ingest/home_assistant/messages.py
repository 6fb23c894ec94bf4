"""The wire format of Home Assistant's WebSocket API: the text of a frame in, typed messages out.

Nearly every frame holds state changes and answers only. Those are decoded at once and straight into
structs; what nobody reads is skipped by the parser and never becomes an object. A frame that holds
anything else is read a second time, message by message: such events may hold any data. Shapes were
read from frames of Home Assistant 2025.4 and 2026.11, see tests/samples.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta, Raw, Struct, ValidationError
from msgspec.json import Decoder

from trio_ingest.home_assistant.frames import NOT_AS_PROMISED, Unreadable, split, unreadable
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.instant import to_microseconds
from trio_ingest.model.state_change import Context, HomeEvent, State, StateChange, Unread

M = TypeVar("M")
_STATE_CHANGED = "state_changed"
_NULL_TEXT = b"null"
_NULL = Raw(_NULL_TEXT)
_Moment = Annotated[datetime, Meta(tz=True)]  # a time of nowhere is no instant


class AuthRequired(Struct, tag="auth_required"):
    """The server's first word."""

    ha_version: str = ""


class AuthOk(Struct, tag="auth_ok"):
    """The token was taken."""

    ha_version: str = ""


class AuthInvalid(Struct, tag="auth_invalid"):
    """The token was not taken. Its text differs between versions: show it, never parse it."""

    message: str = ""


class CommandError(Struct):
    """What a command did wrong."""

    code: str = "unknown_error"
    message: str = ""


class Result(Struct, tag="result"):
    """The answer to command `id`; `result` is still JSON, for the one who asked knows its type."""

    id: int | None
    success: bool
    result: Raw = Raw(b"null")
    error: CommandError | None = None


class Pong(Struct, tag="pong"):
    """The answer to ping `id`."""

    id: int


class WireState(Struct, gc=False):
    """A state object as Home Assistant writes it, less what we do not read."""

    state: str
    attributes: Raw
    last_changed: _Moment
    last_updated: _Moment
    context: Context


class StateChangedData(Struct, gc=False):
    """The data of a `state_changed` event; the old state is read when somebody asks for it."""

    entity_id: str
    old_state: Raw = _NULL
    new_state: WireState | None = None


class WireStateChanged(Struct, tag_field="event_type", tag=_STATE_CHANGED, gc=False):
    """A `state_changed` event of Home Assistant's bus.

    Its own time and context only matter when there is no new state, which has the same ones.
    """

    data: StateChangedData
    time_fired: Raw
    context: Raw


class Event(Struct, tag="event", gc=False):
    """A state change for subscription `id`."""

    id: int
    event: WireStateChanged


class WireOtherEvent(Struct):
    """Any other event of Home Assistant's bus."""

    event_type: str
    data: dict[str, Any]
    time_fired: _Moment
    context: Context


class OtherEvent(Struct, tag="event"):
    """An event for subscription `id` that is no state change."""

    id: int
    event: WireOtherEvent


class Rendering(Struct):
    """What became of a template: its text, or (which is the text then) what was wrong with it."""

    result: Any = None
    error: str | None = None


class Rendered(Struct, tag="event"):
    """The answer to `render_template`, which comes as an event behind the result."""

    id: int
    event: Rendering


Answer = AuthRequired | AuthOk | AuthInvalid | Result | Pong
Message = Answer | Event

_other_event_decoder = Decoder(OtherEvent)
_rendered_decoder = Decoder(Rendered)
_state_decoder = Decoder(WireState)
_moment_decoder: Decoder[datetime] = Decoder(_Moment)
_context_decoder = Decoder(Context)


Received = Message | OtherEvent | Rendered | Unreadable


class Codec(Generic[M]):
    """Decodes frames of which nearly all hold messages of the types *messages* only."""

    def __init__(self, messages: Any) -> None:
        self._several = Decoder(messages | list[messages])
        self._one: Decoder[M] = Decoder(messages)

    def decode(self, frame: str | bytes) -> Sequence[M | OtherEvent | Rendered | Unreadable]:
        """Return the messages of a frame: one, or several when Home Assistant has coalesced them.

        Never raises: what cannot be read comes back as `Unreadable`, beside the messages that can.
        """
        try:
            decoded = self._several.decode(frame)
        except NOT_AS_PROMISED:
            return [self._decode_one(message) for message in split(frame)]
        return decoded if isinstance(decoded, list) else [decoded]

    def _decode_one(
        self, message: bytes | Raw | Unreadable
    ) -> M | OtherEvent | Rendered | Unreadable:
        if isinstance(message, Unreadable):
            return message
        try:
            return self._one.decode(message)
        except NOT_AS_PROMISED as error:
            return (
                _decode_other_event(message)
                or _decode_rendered(message)
                or unreadable(error, bytes(message))
            )


decode_frame = Codec[Message](Message).decode


def _decode_other_event(message: bytes | Raw) -> OtherEvent | None:
    try:
        other = _other_event_decoder.decode(message)
    except NOT_AS_PROMISED:
        return None
    return None if other.event.event_type == _STATE_CHANGED else other


def _decode_rendered(message: bytes | Raw) -> Rendered | None:
    try:
        rendered = _rendered_decoder.decode(message)
    except NOT_AS_PROMISED:
        return None
    has_come = rendered.event.result is not None or rendered.event.error is not None
    return rendered if has_come else None


def to_state_change(event: WireStateChanged) -> StateChange:
    """Return the state change that *event* tells of. Raises as `to_state` does."""
    data = event.data
    old_state = bytes(data.old_state)
    before = None if old_state == _NULL_TEXT else Unread(old_state, read_old_state)
    if data.new_state is None:
        return StateChange(
            entity_id=data.entity_id,
            time=to_microseconds(_moment_decoder.decode(event.time_fired)),
            state=None,
            before=before,
            context=_context_decoder.decode(event.context),
        )
    new = to_state(data.new_state)
    return StateChange(
        entity_id=data.entity_id,
        time=new.last_updated,
        state=new,
        before=before,
        context=new.context,
    )


def to_home_event(event: WireOtherEvent) -> HomeEvent:
    """Return any other event as the daemon knows it. Raises OverflowError, see `instant`."""
    return HomeEvent(
        event_type=event.event_type,
        time=to_microseconds(event.time_fired),
        data=event.data,
        context=event.context,
    )


def renamed_by(event: WireOtherEvent) -> dict[str, str]:
    """Return the new id of the entity that *event* tells was given one, by its old id."""
    old, new = event.data.get("old_entity_id"), event.data.get("entity_id")
    return {old: new} if isinstance(old, str) and isinstance(new, str) else {}


def read_attributes(attributes: Raw) -> Attributes:
    """Return *attributes*, unread. Raises ValidationError for what is no object.

    They are copied out of their frame, which is not kept for their sake.
    """
    copied = bytes(attributes)
    if not copied.startswith(b"{"):
        raise ValidationError("attributes are no object")
    return Attributes(copied)


def to_state(state: WireState) -> State:
    """Return a state as the daemon knows it. Raises ValidationError or OverflowError."""
    updated = to_microseconds(state.last_updated)
    is_new = state.last_changed == state.last_updated  # as with nearly all, and to compare is cheap
    return State(
        value=state.state,
        attributes=read_attributes(state.attributes),
        last_changed=updated if is_new else to_microseconds(state.last_changed),
        last_updated=updated,
        context=state.context,
    )


def read_old_state(json: bytes) -> State | None:
    """Return a state that *json* tells of; None when it cannot be read."""
    try:
        return to_state(_state_decoder.decode(json))
    except (*NOT_AS_PROMISED, OverflowError):
        return None
