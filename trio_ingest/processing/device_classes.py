"""The device class of an entity: what its attributes say, or said when it was last seen."""

from collections.abc import Mapping
from typing import Any

from attrs import define, field

from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.remembered import REMEMBERED_ENTITIES


def device_class_in(attributes: Mapping[str, Any]) -> str | None:
    """Return the device class that *attributes* name."""
    found = attributes.get("device_class")
    return found if isinstance(found, str) else None


def device_class_of(change: StateChange) -> str | None:
    """Return the class that *change* itself tells: a removal that of the state before it."""
    state = change.state or change.old_state
    return None if state is None else device_class_in(state.attributes.by_name)


@define
class DeviceClasses:
    """Remembers the classes of a home's entities: not all that names an entity tells its class.

    An entity is forgotten when it is gone; of too many, the one that was silent for longest.
    """

    _last: dict[str, str] = field(factory=dict)

    def see(self, change: StateChange) -> str | None:
        """Return the device class for *change*, and keep it for what comes after."""
        told = device_class_of(change)
        last = self._last.pop(change.entity_id, None)
        if change.state is None:
            return told or last
        if told is not None:
            if len(self._last) == REMEMBERED_ENTITIES:
                del self._last[next(iter(self._last))]
            self._last[change.entity_id] = told
        return told

    def last_of(self, entity_id: str) -> str | None:
        """Return the device class that an entity had when it was last seen."""
        return self._last.get(entity_id)
