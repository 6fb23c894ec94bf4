"""The registries of a simulated Home Assistant: floors, areas, devices, entities, labels.

The rows have the keys of the real ones, in their order (2026.11). Each change returns the event
that tells of it: `changes` holds the *old* values, areas and floors do not say what changed.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import define, field, frozen

from trio_ingest.simulator.home import Entity, Room

Row = dict[str, Any]


@frozen
class RegistryEvent:
    """An event to fire."""

    event_type: str
    data: Mapping[str, Any]


@define
class Registries:
    """All rows, each by its id."""

    floors: dict[str, Row] = field(factory=dict)
    areas: dict[str, Row] = field(factory=dict)
    devices: dict[str, Row] = field(factory=dict)
    entities: dict[str, Row] = field(factory=dict)
    labels: dict[str, Row] = field(factory=dict)

    def furnish(self, entities: Iterable[Entity], timestamp: float) -> None:
        """Enter the entities of a home, and the devices, areas and floors that they need."""
        for entity in entities:
            if entity.room is not None:
                self.floors.setdefault(
                    _slug(entity.room.floor), _floor(entity.room.floor, timestamp)
                )
                self.areas.setdefault(entity.room.area_id, _area(entity.room, timestamp))
            device_id = _identity(entity.device)
            self.devices.setdefault(device_id, _device(entity, timestamp))
            self.entities[entity.entity_id] = _entity(entity, device_id, timestamp)

    def rename_area(self, area_id: str, name: str, timestamp: float) -> RegistryEvent:
        """Give an area another name. KeyError: there is no such area."""
        self.areas[area_id].update(name=name, modified_at=timestamp)
        return RegistryEvent("area_registry_updated", {"action": "update", "area_id": area_id})

    def update_device(self, device_id: str, timestamp: float, **new: Any) -> RegistryEvent:
        """Change keys of a device. KeyError: there is no such device, or no such key."""
        changes = _update(self.devices[device_id], new, timestamp)
        data = {"action": "update", "device_id": device_id, "changes": changes}
        return RegistryEvent("device_registry_updated", data)

    def update_entity(self, entity_id: str, timestamp: float, **new: Any) -> RegistryEvent:
        """Change keys of an entity. KeyError: there is no such entity, or no such key."""
        changes = _update(self.entities[entity_id], new, timestamp)
        data = {"action": "update", "entity_id": entity_id, "changes": changes}
        return RegistryEvent("entity_registry_updated", data)

    def rename_entity(self, entity_id: str, new_id: str, timestamp: float) -> RegistryEvent:
        """Give an entity another id. KeyError: there is no such entity."""
        row = self.entities[new_id] = self.entities.pop(entity_id)
        changes = _update(row, {"entity_id": new_id}, timestamp)
        data = {"action": "update", "entity_id": new_id, "changes": changes}
        return RegistryEvent("entity_registry_updated", {**data, "old_entity_id": entity_id})

    def delete_entity(self, entity_id: str) -> RegistryEvent:
        """Forget an entity. KeyError: there is no such entity."""
        del self.entities[entity_id]
        data = {"action": "remove", "entity_id": entity_id}
        return RegistryEvent("entity_registry_updated", data)

    def create_label(self, name: str, timestamp: float) -> RegistryEvent:
        """Add a label, or begin one of that name anew."""
        row = _label(name, timestamp)
        self.labels[row["label_id"]] = row
        data = {"action": "create", "label_id": row["label_id"]}
        return RegistryEvent("label_registry_updated", data)

    def label_named(self, name: str) -> str:
        """Return the id of a label by its name. KeyError: there is none."""
        return str(self.labels[_slug(name)]["label_id"])

    def device_named(self, name: str) -> str:
        """Return the id of a device by its name. KeyError: there is none."""
        return str(self.devices[_identity(name)]["id"])


def _update(row: Row, new: Mapping[str, Any], timestamp: float) -> Row:
    old = {key: row[key] for key in new}
    row.update(new, modified_at=timestamp)
    return old


def _slug(name: str) -> str:
    return name.lower().replace(" ", "_")


def _identity(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _floor(name: str, timestamp: float) -> Row:
    return {
        "aliases": [],
        "created_at": timestamp,
        "floor_id": _slug(name),
        "icon": None,
        "level": None,
        "name": name,
        "modified_at": timestamp,
    }


def _label(name: str, timestamp: float) -> Row:
    return {
        "color": None,
        "created_at": timestamp,
        "description": None,
        "icon": None,
        "label_id": _slug(name),
        "name": name,
        "modified_at": timestamp,
    }


def _area(room: Room, timestamp: float) -> Row:
    return {
        "aliases": [],
        "area_id": room.area_id,
        "floor_id": _slug(room.floor),
        "humidity_entity_id": None,
        "icon": None,
        "labels": [],
        "name": room.name,
        "picture": None,
        "temperature_entity_id": None,
        "created_at": timestamp,
        "modified_at": timestamp,
    }


CONFIG_ENTRY = "01M845FSAX91MC4V7KFEASERHC"


def _device(entity: Entity, timestamp: float) -> Row:
    return {
        "area_id": entity.room.area_id if entity.room else None,
        "configuration_url": None,
        "config_entries": [CONFIG_ENTRY],
        "config_entries_subentries": {CONFIG_ENTRY: [None]},
        "config_entry_id": CONFIG_ENTRY,
        "config_subentry_id": None,
        "connections": [],
        "created_at": timestamp,
        "disabled_by": None,
        "entry_type": None,
        "hw_version": None,
        "id": _identity(entity.device),
        "identifiers": [["simulator", _identity(entity.device)]],
        "labels": [],
        "manufacturer": "Simulated",
        "model": entity.kind.device,
        "model_id": None,
        "modified_at": timestamp,
        "name_by_user": None,
        "name": entity.device,
        "next_name_part": None,
        "parent_device_id": None,
        "primary_config_entry": CONFIG_ENTRY,
        "serial_number": None,
        "sw_version": None,
        "via_device_id": None,
    }


def _entity(entity: Entity, device_id: str, timestamp: float) -> Row:
    return {
        "area_id": None,
        "categories": {},
        "config_entry_id": CONFIG_ENTRY,
        "config_subentry_id": None,
        "created_at": timestamp,
        "device_id": device_id,
        "disabled_by": None,
        "entity_category": None,
        "entity_id": entity.entity_id,
        "hidden_by": None,
        "icon": None,
        "id": _identity(entity.entity_id),
        "labels": [],
        "modified_at": timestamp,
        "name": None,
        "next_name_part": None,
        "options": {"conversation": {"should_expose": False}},
        "original_name": entity.name,
        "platform": "simulator",
        "translation_key": None,
        "unique_id": entity.entity_id,
    }
