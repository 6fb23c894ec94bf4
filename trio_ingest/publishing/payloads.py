"""What HomeIQ's data-api is told of a home: three requests, in the order that it needs.

It forgets the device of an entity that it has not heard of yet, so devices come first. Entries are
Home Assistant's own; data-api reads the keys that it knows. Two keys are filled in that it reads
and Home Assistant does not give, or not any more.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from attrs import field, frozen

from trio_ingest.home_assistant.catalogue import Catalogue, Entry

ZIGBEE2MQTT = "zigbee2mqtt"


@frozen(kw_only=True)
class Post:
    """A request: `body` holds `amount` of what `noun` says."""

    path: str
    noun: str
    amount: int
    body: bytes = field(repr=False)


def posts_of(catalogue: Catalogue) -> Sequence[Post]:
    """Return the requests; there is none of what there is nothing of."""
    devices = described(catalogue.devices, catalogue.entities)
    services = catalogue.services
    posts = (
        post("device", len(devices), devices),
        post("entity", len(catalogue.entities), catalogue.entities),
        post("service", sum(len(each) for each in services.values()), services),
    )
    return [each for each in posts if each.amount]


def post(noun: str, amount: int, content: object) -> Post:
    """Return the request that tells of *content*."""
    plural = {"device": "devices", "entity": "entities", "service": "services"}[noun]
    return Post(
        path=f"/internal/{plural}/bulk_upsert",
        noun=noun,
        amount=amount,
        body=msgspec.json.encode(content),
    )


def described(devices: Iterable[Entry], entities: Iterable[Entry]) -> Sequence[Entry]:
    """Return the devices, each with the `integration` and the `config_entry_id` that it has."""
    platforms: dict[str, Counter[str]] = {}
    for entity in entities:
        if entity.get("device_id") and entity.get("platform"):
            platforms.setdefault(entity["device_id"], Counter())[entity["platform"]] += 1
    return [
        {
            **device,
            "integration": integration_of(device, platforms.get(device["id"], Counter())),
            "config_entry_id": config_entry_of(device),
        }
        for device in devices
    ]


def integration_of(device: Entry, platforms: Counter[str]) -> str | None:
    """Return the integration that most entities of *device* come from, else that which made it.

    A device of Zigbee2MQTT comes by MQTT, and is known by its identifier.
    """
    identifiers = [each for each in device.get("identifiers") or () if each]
    if any(str(part).startswith(ZIGBEE2MQTT) for each in identifiers for part in each):
        return ZIGBEE2MQTT
    if platforms:
        return platforms.most_common(1)[0][0]
    return str(identifiers[0][0]) if identifiers else None


def config_entry_of(device: Mapping[str, Any]) -> str | None:
    """Return the config entry of *device*, which older versions only have among several."""
    entries = device.get("config_entries") or ()
    first = entries[0] if entries else None
    return device.get("config_entry_id") or device.get("primary_config_entry") or first
