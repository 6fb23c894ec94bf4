"""The state machine: what every entity is said to be, under the rules of the real one.

Writing what is there already changes nothing and fires nothing (1, 1.0 and true are the same);
only other attributes keep `last_changed`; a forced write renews everything.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from attrs import define, field

from trio_ingest.simulator import wire
from trio_ingest.simulator.ticker import Tick


class _StateDocument(msgspec.Struct):
    entity_id: str
    state: str
    attributes: Mapping[str, Any]
    last_changed: str
    last_reported: str
    last_updated: str
    context: wire.Context


@define(eq=False)
class State:
    """What one entity is said to be, since when, and why."""

    entity_id: str
    value: str
    attributes: Mapping[str, Any]
    changed: Tick
    updated: Tick
    reported: Tick
    context: wire.Context
    _json: bytes | None = None

    @property
    def json(self) -> bytes:
        """The state as JSON, made once: later reports do not show, as in the real one."""
        if self._json is None:
            self._json = wire.encode(
                _StateDocument(
                    self.entity_id,
                    self.value,
                    self.attributes,
                    self.changed.moment.isoformat(),
                    self.reported.moment.isoformat(),
                    self.updated.moment.isoformat(),
                    self.context,
                )
            )
        return self._json


@define(eq=False)
class Change:
    """One entity got a state, another one, or none."""

    entity_id: str
    old: State | None
    new: State | None


@define
class StateMachine:
    """The states of a home by entity, in the order of their creation."""

    _states: dict[str, State] = field(factory=dict)

    def set(
        self,
        entity_id: str,
        value: str,
        attributes: Mapping[str, Any],
        *,
        tick: Tick,
        context: wire.Context,
        force: bool = False,
    ) -> Change | None:
        """Write a state; return the change, or None when nothing is different."""
        old = self._states.get(entity_id)
        same_value = old is not None and old.value == value and not force
        if old is not None and same_value and old.attributes == attributes:
            old.reported = tick
            return None
        changed = old.changed if old is not None and same_value else tick
        new = State(entity_id, value, attributes, changed, tick, tick, context)
        self._states[entity_id] = new
        return Change(entity_id, old, new)

    def remove(self, entity_id: str) -> Change | None:
        """Forget an entity; return the change, or None when there is no such entity."""
        old = self._states.pop(entity_id, None)
        return Change(entity_id, old, None) if old else None

    def get(self, entity_id: str) -> State | None:
        """Return the state of an entity; None when there is no such entity."""
        return self._states.get(entity_id)

    def all(self) -> Iterable[State]:
        """Return the states of all entities."""
        return self._states.values()
