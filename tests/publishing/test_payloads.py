"""What data-api is told."""

import json

import pytest

from trio_ingest.home_assistant.catalogue import Catalogue
from trio_ingest.publishing.payloads import described, posts_of

DEVICE = {
    "id": "dev1abc",
    "area_id": "living_room",
    "config_entries": ["entry2", "entry1"],
    "config_entry_id": "entry1",
    "identifiers": [["zha", "00:11"]],
    "labels": ["a"],
    "manufacturer": "Aqara",
    "model": "WSDCGQ11LM",
    "name": "Sensor",
    "name_by_user": None,
    "via_device_id": None,
}
ENTITY = {
    "entity_id": "sensor.living_room_temperature",
    "device_id": "dev1abc",
    "platform": "zha",
    "unique_id": "x",
    "options": {"sensor": {"display_precision": 1}},
}
SERVICES = {
    "light": {"turn_on": {"fields": {"transition": {}}, "target": {}}, "turn_off": {"fields": {}}},
    "homeassistant": {"restart": {"fields": {}}},
}


def test_what_is_told() -> None:
    """Entries are Home Assistant's own and whole; devices come first, and are given two keys."""
    devices, entities, services = posts_of(
        Catalogue(devices=[DEVICE], entities=[ENTITY], services=SERVICES)
    )

    assert "/internal/devices/bulk_upsert" == devices.path
    assert [{**DEVICE, "integration": "zha"}] == json.loads(devices.body)
    assert "/internal/entities/bulk_upsert" == entities.path
    assert [ENTITY] == json.loads(entities.body)
    assert "/internal/services/bulk_upsert" == services.path
    assert SERVICES == json.loads(services.body)
    assert (1, 1, 3) == (devices.amount, entities.amount, services.amount)


def test_of_nothing_nothing_is_told() -> None:
    """There is no request with nothing in it."""
    posts = posts_of(Catalogue(devices=[], entities=[ENTITY]))

    assert ["/internal/entities/bulk_upsert"] == [post.path for post in posts]


@pytest.mark.parametrize(
    ("identifiers", "platforms", "expected"),
    [
        ([["hue", "1"]], [], "hue"),
        ([["hue", "1"]], ["template", "hue", "hue"], "hue"),
        ([], ["demo"], "demo"),
        ([], [], None),
        ([["mqtt", "zigbee2mqtt_0x00158d0001"]], ["mqtt"], "zigbee2mqtt"),
        ([["mqtt", "tasmota_1"]], ["mqtt"], "mqtt"),
        ([["three", "parts", "here"], []], [], "three"),
    ],
)
def test_integrations(
    identifiers: list[list[str]], platforms: list[str], expected: str | None
) -> None:
    """A device's integration is that of most of its entities, or the one that made it."""
    device = {"id": "d", "identifiers": identifiers}
    entities = [{"device_id": "d", "platform": platform} for platform in platforms]
    entities += [{"device_id": None, "platform": "other"}, {"device_id": "e", "platform": "other"}]

    [told] = described([device], entities)

    assert expected == told["integration"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"config_entry_id": "a", "primary_config_entry": "b", "config_entries": ["c"]}, "a"),
        ({"primary_config_entry": "b", "config_entries": ["c"]}, "b"),
        ({"config_entries": ["c", "d"]}, "c"),
        ({}, None),
    ],
)
def test_config_entries(keys: dict[str, object], expected: str | None) -> None:
    """Older versions of Home Assistant give several entries, and the first is told."""
    assert expected == described([{"id": "d", **keys}], [])[0]["config_entry_id"]
