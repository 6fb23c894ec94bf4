"""What Home Assistant tells us: an entity has a new state, or is gone, or something else.

These few are msgspec's structs, for there are five of them in each event: a frozen attrs class
takes 2.5 to 3 µs to make, a struct a tenth of that (docs/performance.md). They hold JSON only, in
which nothing leads back to them, so the garbage collector need not look at them.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from attrs import field, frozen
from msgspec import Struct

from trio_ingest.model.attributes import Attributes


class Context(Struct, frozen=True, kw_only=True, gc=False):
    """What brought a state or an event about. `user_id` is a person's, if one was behind it."""

    id: str
    parent_id: str | None = None
    user_id: str | None = None


UNKNOWN_CONTEXT = Context(id="")


class State(Struct, frozen=True, kw_only=True, gc=False):
    """What an entity is said to be: the `state` string and the attributes beside it.

    `value` has at most 255 characters and may be any text, also "" or several lines. Attribute
    values are JSON of any shape; NaN and infinity arrive as None. Times are microseconds since
    1970: `last_changed` is when the value became what it is, `last_updated` also counts attributes.
    """

    value: str
    attributes: Attributes
    last_changed: int = 0
    last_updated: int = 0
    context: Context = UNKNOWN_CONTEXT


class Unread(Struct, frozen=True, gc=False):
    """A state that nobody has asked for yet: JSON, and what reads it."""

    json: bytes
    read: Callable[[bytes], State | None]


class StateChange(Struct, frozen=True, kw_only=True, gc=False):
    """One entity at one instant. Without a state it is a removal, which is recorded like any other.

    `time` is Home Assistant's, in microseconds since the epoch: `last_updated` of the new state,
    or `time_fired` of the event when there is none. It is never the daemon's clock, so the same
    change heard twice is the same point twice. `before` is the old state, or what it is read from
    when somebody asks for it.
    """

    entity_id: str
    time: int
    state: State | None
    before: State | Unread | None = None
    context: Context = UNKNOWN_CONTEXT

    @property
    def is_removal(self) -> bool:
        """Say whether the entity is gone."""
        return self.state is None

    @property
    def old_state(self) -> State | None:
        """Return what the entity was; None if it is new, and where that is not known."""
        before = self.before
        return before.read(before.json) if isinstance(before, Unread) else before


@frozen(kw_only=True)
class HomeEvent:
    """Another event of Home Assistant's bus, such as a service call, at its `time_fired`."""

    event_type: str
    time: int
    data: Mapping[str, Any] = field(factory=dict)
    context: Context = UNKNOWN_CONTEXT


class Source(StrEnum):
    """How we came to know of a change."""

    LIVE = "live"
    SNAPSHOT = "snapshot"
    """The present state of an entity, at the time when it came about."""
    HISTORY = "history"
    """From Home Assistant's recorder, which leaves out some attributes and all contexts."""
    LATE = "late"
    """A removal whose time had to be asked for; the entity may have come back since."""
    HEARTBEAT = "heartbeat"
    """The present state again, at the time when its integration last reported it."""


@frozen(kw_only=True)
class Burst:
    """All that came in one frame of one Home Assistant, in its order."""

    home: str
    changes: Sequence[StateChange]
    events: Sequence[HomeEvent] = ()
    renamed: Mapping[str, str] = field(factory=dict)
    """Entities that were given another id: the new one by the old one."""
    source: Source = Source.LIVE
