"""The lists of Home Assistant's registries, and how they are joined into one `Registry`."""

from collections.abc import Sequence

from msgspec import Struct

from trio_ingest.model.registry import Entry, Registry


class AreaEntry(Struct):
    """An entry of `config/area_registry/list`."""

    area_id: str
    name: str
    floor_id: str | None = None


class FloorEntry(Struct):
    """An entry of `config/floor_registry/list`."""

    floor_id: str
    name: str


class LabelEntry(Struct):
    """An entry of `config/label_registry/list`."""

    label_id: str
    name: str


class DeviceEntry(Struct):
    """An entry of `config/device_registry/list`."""

    id: str
    area_id: str | None = None
    name: str | None = None
    name_by_user: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    sw_version: str | None = None


class EntityEntry(Struct):
    """An entry of `config/entity_registry/list`."""

    entity_id: str
    id: str | None = None
    area_id: str | None = None
    device_id: str | None = None
    platform: str | None = None
    entity_category: str | None = None
    hidden_by: str | None = None
    disabled_by: str | None = None
    labels: tuple[str, ...] = ()


class Lists(Struct, kw_only=True):
    """The lists as Home Assistant gave them; one that it would not give is empty."""

    areas: Sequence[AreaEntry] = ()
    floors: Sequence[FloorEntry] = ()
    labels: Sequence[LabelEntry] = ()
    devices: Sequence[DeviceEntry] = ()
    entities: Sequence[EntityEntry] = ()


NO_DEVICE = DeviceEntry(id="")
NO_AREA = AreaEntry(area_id="", name="")


def join(lists: Lists) -> Registry:
    """Say of each registered entity where it belongs and what it is.

    What refers to an entry that is gone refers to nothing.
    """
    areas = {area.area_id: area for area in lists.areas}
    floors = {floor.floor_id: floor.name for floor in lists.floors}
    labels = {label.label_id: label.name for label in lists.labels}
    devices = {device.id: device for device in lists.devices}

    def entry_of(entity: EntityEntry) -> Entry:
        device = devices.get(entity.device_id or "", NO_DEVICE)
        area = areas.get(entity.area_id or device.area_id or "", NO_AREA)
        return Entry(
            registry_id=entity.id,
            area_id=area.area_id or None,
            area=area.name or None,
            floor=floors.get(area.floor_id or ""),
            device_id=device.id or None,
            device=device.name_by_user or device.name,
            manufacturer=device.manufacturer,
            model=device.model,
            sw_version=device.sw_version,
            labels=tuple(sorted(labels[label] for label in entity.labels if label in labels)),
            integration=entity.platform,
            entity_category=entity.entity_category,
            is_hidden=entity.hidden_by is not None,
            is_disabled=entity.disabled_by is not None,
        )

    return Registry(entries={entity.entity_id: entry_of(entity) for entity in lists.entities})
