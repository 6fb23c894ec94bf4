"""What Home Assistant tells us: an entity has a new state, or is gone."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen


@frozen(kw_only=True)
class State:
    """What an entity is said to be: the `state` string and the attributes beside it.

    `value` has at most 255 characters and may be any text, also "" or several lines.
    Attribute values are JSON of any shape; NaN and infinity arrive as None.
    """

    value: str
    attributes: Mapping[str, Any]


@frozen(kw_only=True)
class StateChange:
    """One entity at one instant. Without a state it is a removal, which is recorded like any other.

    `time` is Home Assistant's, in microseconds since the epoch: `last_updated` of the new state,
    or `time_fired` of the event when there is none. It is never the daemon's clock, so the same
    change heard twice is the same point twice.
    """

    entity_id: str
    time: int
    state: State | None

    @property
    def is_removal(self) -> bool:
        """Say whether the entity is gone."""
        return self.state is None


@frozen(kw_only=True)
class Burst:
    """All the changes that came in one frame of one Home Assistant, in their order."""

    home: str
    changes: Sequence[StateChange]
