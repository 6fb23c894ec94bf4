"""The wire format of Home Assistant's WebSocket API: the text of a frame in, typed messages out.

Frames are decoded straight into structs; what nobody reads (contexts, old states) is skipped by
the parser and never becomes an object. Shapes were read from frames of Home Assistant 2025.4 and
2026.11, see tests/samples.
"""

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import DecodeError, MsgspecError, Raw, Struct
from msgspec.json import Decoder, encode

from trio_ingest.model.instant import to_microseconds
from trio_ingest.model.state_change import State, StateChange


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


class WireState(Struct):
    """A state object as Home Assistant writes it, less what we do not read."""

    state: str
    attributes: dict[str, Any]
    last_updated: datetime


class EventData(Struct):
    """The data of the events that we subscribe to: of registry events nothing is needed."""

    entity_id: str | None = None
    new_state: WireState | None = None


class WireEvent(Struct):
    """One event of Home Assistant's bus."""

    event_type: str
    data: EventData
    time_fired: datetime


class Event(Struct, tag="event"):
    """An event for subscription `id`."""

    id: int
    event: WireEvent


class Unreadable(Struct):
    """A message that is not what the API promises. The others of its frame are not harmed."""

    reason: str
    excerpt: str


class SnapshotState(WireState, kw_only=True):
    """One entry of the answer to `get_states`."""

    entity_id: str


log = logging.getLogger(__name__)

Message = AuthRequired | AuthOk | AuthInvalid | Result | Pong | Event

_frame_decoder = Decoder(Message | list[Message])
_message_decoder: Decoder[Message] = Decoder(Message)
_snapshot_decoder = Decoder(SnapshotState)
_EXCERPT_LENGTH = 200
_STATE_CHANGED = "state_changed"


def decode_frame(frame: str | bytes) -> Sequence[Message | Unreadable]:
    """Return the messages of a frame: one, or several when Home Assistant has coalesced them.

    Never raises: what cannot be read comes back as `Unreadable`, beside the messages that can.
    """
    try:
        decoded = _frame_decoder.decode(frame)
    except (DecodeError, UnicodeError):
        return _salvage(frame)
    return decoded if isinstance(decoded, list) else [decoded]


def _salvage(frame: str | bytes) -> list[Message | Unreadable]:
    """Read message by message what could not be read at once, with the most lenient parser."""
    try:
        items = json.loads(frame)
    except (ValueError, RecursionError) as error:
        return [_unreadable(error, frame)]
    return [_salvage_one(item) for item in (items if isinstance(items, list) else [items])]


def _salvage_one(item: object) -> Message | Unreadable:
    try:
        return _message_decoder.decode(encode(item))
    except (MsgspecError, ValueError, OverflowError, RecursionError) as error:
        return _unreadable(error, str(item)[:_EXCERPT_LENGTH])


def _unreadable(error: Exception, frame: str | bytes) -> Unreadable:
    excerpt = frame[:_EXCERPT_LENGTH]
    return Unreadable(
        reason=f"{type(error).__name__}: {error}"[:_EXCERPT_LENGTH],
        excerpt=excerpt.decode(errors="replace") if isinstance(excerpt, bytes) else excerpt,
    )


def to_state_change(event: WireEvent) -> StateChange | None:
    """Return the state change that *event* tells of, or None when it tells of something else."""
    data = event.data
    if event.event_type != _STATE_CHANGED or data.entity_id is None:
        return None
    new = data.new_state
    if new is None:
        return StateChange(
            entity_id=data.entity_id, time=to_microseconds(event.time_fired), state=None
        )
    return StateChange(
        entity_id=data.entity_id,
        time=to_microseconds(new.last_updated),
        state=State(value=new.state, attributes=new.attributes),
    )


def decode_snapshot(entries: Sequence[Raw]) -> list[StateChange]:
    """Return the states of a snapshot as the changes that brought them about, at their own times.

    An entry that cannot be read is left out: its next change comes as an event, and is judged then.
    """
    changes: list[StateChange] = []
    for entry in entries:
        try:
            state = _snapshot_decoder.decode(entry)
        except DecodeError as error:
            log.warning("an entity in the snapshot was unreadable, skipped: %s", error)
            continue
        changes.append(
            StateChange(
                entity_id=state.entity_id,
                time=to_microseconds(state.last_updated),
                state=State(value=state.state, attributes=state.attributes),
            )
        )
    return changes
