"""What Home Assistant's registries know of an entity: where it belongs and what it is."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from attrs import define, field, frozen

T = TypeVar("T")


@frozen(kw_only=True)
class Entry:
    """An entry of the entity registry, joined with its device, its area and its floor.

    `area`, `floor`, `device` and `labels` are the names that people gave, `…_id` what Home
    Assistant calls them for itself. An entity's own area counts before its device's, the floor is
    the area's, labels are the entity's own. `registry_id` stays when the entity is renamed.
    `integration` is what the registry calls `platform`.
    """

    registry_id: str | None = None
    area_id: str | None = None
    area: str | None = None
    floor: str | None = None
    device_id: str | None = None
    device: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    sw_version: str | None = None
    labels: tuple[str, ...] = ()
    integration: str | None = None
    entity_category: str | None = None
    is_hidden: bool = False
    is_disabled: bool = False


UNREGISTERED = Entry()


@frozen(kw_only=True)
class Registry:
    """One reading of the registries, never changed: a newer reading is another object."""

    entries: Mapping[str, Entry] = field(factory=dict)

    def enabled(self) -> frozenset[str]:
        """Return the entities that Home Assistant has a state of, be it only "unavailable"."""
        return frozenset(each for each, entry in self.entries.items() if not entry.is_disabled)

    def entry_of(self, entity_id: str) -> Entry:
        """Return what is known of *entity_id*; `UNREGISTERED` when nothing is."""
        return self.entries.get(entity_id, UNREGISTERED)


@define(eq=False, repr=False)
class Latest(Generic[T]):
    """The newest value of something: one task writes it, others read it without awaiting."""

    value: T
