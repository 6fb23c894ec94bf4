"""Which entities a sink records: what the rules decide, remembered."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from trio_ingest.config.sink_model import EntityPatterns
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.device_classes import DeviceClasses, device_class_of
from trio_ingest.processing.remembered import Remembered
from trio_ingest.processing.selection_rules import Decision, SelectionRules, Subject

_NO_REGISTRIES: Mapping[str, Latest[Registry]] = MappingProxyType({})


class Selection:
    """Admits what is to be recorded. `selection_rules` tells by which rules."""

    def __init__(
        self,
        include: EntityPatterns,
        exclude: EntityPatterns,
        registries: Mapping[str, Latest[Registry]] = _NO_REGISTRIES,
    ) -> None:
        self._rules = SelectionRules(include, exclude)
        self._admits_all = include == exclude == EntityPatterns()
        self._asks_for_classes = bool(include.device_classes or exclude.device_classes)
        self._classes: dict[str, DeviceClasses] = {}
        self._admitted = Remembered(registries, self._decide_entity)

    def decide(self, change: StateChange, entry: Entry) -> Decision:
        """Say whether *change* is recorded and which rule says so. Nothing is remembered."""
        return self._rules.decide(
            Subject(entity_id=change.entity_id, entry=entry, device_class=device_class_of(change))
        )

    def admits(self, home: str, change: StateChange) -> bool:
        """Say whether *change* is recorded."""
        if self._admits_all:
            return True
        device_class = self._classes_of(home).see(change) if self._asks_for_classes else None
        return self._admitted.in_home(home)[change.entity_id, device_class]

    def admitted(self, home: str, changes: Sequence[StateChange]) -> Sequence[StateChange]:
        """Return those of *changes* that are recorded."""
        if self._admits_all:
            return changes
        return [change for change in changes if self.admits(home, change)]

    def admits_entity(self, home: str, entity_id: str) -> bool:
        """Say whether an entity is recorded of which only the id is at hand."""
        device_class = self._classes_of(home).last_of(entity_id) if self._asks_for_classes else None
        return self._admitted.in_home(home)[entity_id, device_class]

    def _classes_of(self, home: str) -> DeviceClasses:
        return self._classes.setdefault(home, DeviceClasses())

    def _decide_entity(self, _: str, known: tuple[str, str | None], registry: Registry) -> bool:
        entity_id, device_class = known
        subject = Subject(
            entity_id=entity_id, entry=registry.entry_of(entity_id), device_class=device_class
        )
        return self._rules.decide(subject).admitted
