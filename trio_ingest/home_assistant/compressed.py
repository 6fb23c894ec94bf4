"""The wire format of `subscribe_entities`: what came, what is different, who is gone.

An event has up to three parts: `a`, whole states of entities that are new (all of them in the first
event, the snapshot); `c`, only what is different; `r`, ids of who is gone, without a time. Facts,
from Home Assistant 2025.4 and 2026.11: `lu` is there only where it differs from `lc`; both are
floats from which `datetime.fromtimestamp` makes the very microsecond of the event; a context is its
id alone where the rest is null (`a`) or as it was (`c`), else an object of what is different.
"""

from datetime import UTC, datetime
from typing import Any

from msgspec import UNSET, Raw, Struct, UnsetType, field
from msgspec.json import Decoder

from trio_ingest.home_assistant.frames import NOT_AS_PROMISED, Unreadable
from trio_ingest.home_assistant.messages import Answer, Codec, OtherEvent, Rendered, read_attributes
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.instant import to_microseconds
from trio_ingest.model.state_change import UNKNOWN_CONTEXT, Context, State


class WireContext(Struct, gc=False):
    """A context, or what is different about it."""

    id: str | UnsetType = UNSET
    parent_id: str | UnsetType | None = UNSET
    user_id: str | UnsetType | None = UNSET


class WireAdded(Struct, gc=False):
    """The whole state of an entity."""

    s: str
    lc: float
    a: Raw = Raw(b"{}")
    c: str | WireContext = ""
    lu: float | None = None


class WireNews(Struct, gc=False):
    """What a state has that the one before had not, or had otherwise."""

    s: str | None = None
    a: dict[str, Any] | None = None
    c: str | WireContext | None = None
    lc: float | None = None
    lu: float | None = None


class WireLosses(Struct, gc=False):
    """The names of the attributes that a state has no more."""

    a: list[str] = field(default_factory=list)


class WireDifference(Struct, gc=False):
    """How the state of an entity differs from the one before."""

    news: WireNews | None = field(name="+", default=None)
    losses: WireLosses | None = field(name="-", default=None)


class WireEntities(Struct, gc=False, forbid_unknown_fields=True):
    """What happened. Other events have other keys, and so are none of these."""

    a: dict[str, Raw] = field(default_factory=dict)
    """Still as JSON, for an entity that cannot be read costs no other."""
    c: dict[str, WireDifference] = field(default_factory=dict)
    r: list[str] = field(default_factory=list)


class EntitiesEvent(Struct, tag="event", gc=False):
    """What happened to the entities of subscription `id`."""

    id: int
    event: WireEntities


Message = Answer | EntitiesEvent
Received = Message | OtherEvent | Rendered | Unreadable

decode_frame = Codec[Message](Message).decode
_added = Decoder(WireAdded)
_AMISS = (*NOT_AS_PROMISED, OverflowError, ValueError, OSError)


def decode_added(text: Raw) -> State | Unreadable:
    """Return the state of an entity that is new, or what is wrong with it."""
    try:
        added = _added.decode(text)
        changed = _instant(added.lc)
        return make_state(
            value=added.s,
            attributes=read_attributes(added.a),
            last_changed=changed,
            last_updated=changed if added.lu is None else _instant(added.lu),
            context=_context(added.c, UNKNOWN_CONTEXT),
        )
    except _AMISS as error:
        return Unreadable(reason=f"{type(error).__name__}: {error}", excerpt="")


def apply(difference: WireDifference, state: State) -> State:
    """Return what *state* has become. Raises OverflowError for a time that is none."""
    news, losses = difference.news, difference.losses
    attributes = state.attributes
    if losses is not None or (news is not None and news.a is not None):
        kept, lost = attributes.by_name, losses.a if losses is not None else ()
        new = {} if news is None or news.a is None else news.a
        attributes = Attributes.of({name: kept[name] for name in kept if name not in lost} | new)
    value, context = state.value, state.context
    changed, updated = state.last_changed, state.last_updated
    if news is not None:
        if news.s is not None:
            value = news.s
        if news.lc is not None:
            changed = updated = _instant(news.lc)
        elif news.lu is not None:
            updated = _instant(news.lu)
        if news.c is not None:
            context = _context(news.c, context)
    return make_state(
        value=value,
        attributes=attributes,
        last_changed=changed,
        last_updated=updated,
        context=context,
    )


def make_state(
    *,
    value: str,
    attributes: Attributes,
    last_changed: int,
    last_updated: int,
    context: Context,
) -> State:
    """Return a state as the daemon knows it. All that this feed makes are made here."""
    return State(
        value=value,
        attributes=attributes,
        last_changed=last_changed,
        last_updated=last_updated,
        context=context,
    )


def _context(wire: str | WireContext, before: Context) -> Context:
    if isinstance(wire, str):
        return Context(id=wire, parent_id=before.parent_id, user_id=before.user_id)
    return Context(
        id=before.id if wire.id is UNSET else wire.id,
        parent_id=before.parent_id if wire.parent_id is UNSET else wire.parent_id,
        user_id=before.user_id if wire.user_id is UNSET else wire.user_id,
    )


def _instant(timestamp: float) -> int:
    try:
        return to_microseconds(datetime.fromtimestamp(timestamp, tz=UTC))
    except (ValueError, OSError) as error:
        raise OverflowError(f"{timestamp} is no time") from error
