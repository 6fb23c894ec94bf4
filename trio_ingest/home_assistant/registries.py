"""Reads Home Assistant's registries into one `Registry`, and keeps reading when they change."""

from collections.abc import Sequence

import trio
from msgspec import Struct
from msgspec.json import Decoder

from trio_ingest.home_assistant.session import Session
from trio_ingest.model.registry import Latest, Place, Registry

# Renaming an area or reloading an integration fires these events by the dozen.
SETTLE_SECONDS = 0.5
UPDATE_EVENTS = (
    "area_registry_updated",
    "floor_registry_updated",
    "device_registry_updated",
    "entity_registry_updated",
)


class AreaEntry(Struct):
    """An entry of `config/area_registry/list`."""

    area_id: str
    name: str
    floor_id: str | None = None


class FloorEntry(Struct):
    """An entry of `config/floor_registry/list`."""

    floor_id: str
    name: str


class DeviceEntry(Struct):
    """An entry of `config/device_registry/list`."""

    id: str
    area_id: str | None = None
    name: str | None = None
    name_by_user: str | None = None


class EntityEntry(Struct):
    """An entry of `config/entity_registry/list`."""

    entity_id: str
    area_id: str | None = None
    device_id: str | None = None


_areas: Decoder[Sequence[AreaEntry]] = Decoder(Sequence[AreaEntry])
_floors: Decoder[Sequence[FloorEntry]] = Decoder(Sequence[FloorEntry])
_devices: Decoder[Sequence[DeviceEntry]] = Decoder(Sequence[DeviceEntry])
_entities: Decoder[Sequence[EntityEntry]] = Decoder(Sequence[EntityEntry])


async def fetch_registry(session: Session) -> Registry:
    """Ask for the four lists and join them."""
    return join(
        areas=await session.request("config/area_registry/list", _areas),
        floors=await session.request("config/floor_registry/list", _floors),
        devices=await session.request("config/device_registry/list", _devices),
        entities=await session.request("config/entity_registry/list", _entities),
    )


def join(
    *,
    areas: Sequence[AreaEntry],
    floors: Sequence[FloorEntry],
    devices: Sequence[DeviceEntry],
    entities: Sequence[EntityEntry],
) -> Registry:
    """Say for each registered entity where it belongs. Its own area counts before its device's."""
    area_by_id = {area.area_id: area for area in areas}
    floor_by_id = {floor.floor_id: floor.name for floor in floors}
    device_by_id = {device.id: device for device in devices}

    def place(entity: EntityEntry) -> Place:
        device = device_by_id.get(entity.device_id or "")
        area_id = entity.area_id or (device.area_id if device else None)
        area = area_by_id.get(area_id or "")
        return Place(
            area=area.name if area else None,
            device=(device.name_by_user or device.name) if device else None,
            floor=floor_by_id.get(area.floor_id or "") if area else None,
        )

    return Registry(places={entity.entity_id: place(entity) for entity in entities})


async def follow_registries(
    session: Session, updated: trio.MemoryReceiveChannel[None], latest: Latest[Registry]
) -> None:
    """Read the registries anew each time that *updated* rings, once things have settled.

    The events carry ids and old values, never the new ones, so the lists are what we need anyway.
    """
    async for _ in updated:
        await trio.sleep(SETTLE_SECONDS)
        latest.value = await fetch_registry(session)
