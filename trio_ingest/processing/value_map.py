"""The numbers that the configuration has for the words of states."""

from collections.abc import Mapping
from types import MappingProxyType

from trio_ingest.model.state_change import State
from trio_ingest.processing.device_classes import device_class_in

NO_TABLES: Mapping[str, Mapping[str, float]] = MappingProxyType({})


class ValueMap:
    """Looks a state up in the tables of its domain and device class (`sensor:enum`) and domain.

    The first that has the word counts.
    """

    def __init__(self, tables: Mapping[str, Mapping[str, float]]) -> None:
        self._tables = tables
        self._domains = frozenset(name.partition(":")[0] for name in tables)

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to look up."""
        return not self._tables

    def configured_for(self, entity_id: str, state: State) -> float | None:
        """Return the number that the configuration has for *state*, if it has one."""
        domain = entity_id.partition(".")[0]
        if domain not in self._domains:
            return None
        for name in (f"{domain}:{device_class_in(state.attributes.by_name)}", domain):
            number = self._tables.get(name, {}).get(state.value)
            if number is not None:
                return number
        return None
