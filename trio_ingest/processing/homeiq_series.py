"""Measurement and tags of the schema `homeiq`, and what the registries say of the device."""

import re
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from trio_ingest.model.registry import Latest, Registry
from trio_ingest.processing import line_protocol
from trio_ingest.processing.line_protocol import string_value, tag_name, tag_value
from trio_ingest.processing.remembered import Remembered

MEASUREMENT = "home_assistant_events"
EVENT_TYPE = "state_changed"

_DEVICE_CLASS = re.compile("[a-zA-Z0-9_]+")
_SECURITY = ("door", "window", "motion", "lock")
FIELDS = frozenset(
    {
        "attributes",
        "context_id",
        "context_parent_id",
        "context_user_id",
        "duration_in_state_seconds",
        "manufacturer",
        "model",
        "normalized_value",
        "old_state",
        "previous_state",
        "state",
        "state_text",
        "state_value",
        "sw_version",
    }
)


@frozen
class EventSeries:
    """What stands before the fields, and the fields that say which device it is."""

    head: str
    device: str
    """Each with the comma before it."""


class HomeiqSeries:
    """Tells measurement and tags of an entity, put together and escaped once, then remembered.

    With several homes each has the tag `home`. Constant tags come last, in the order of the
    configuration, and give way to an entity's own; one that is called like a field gets `tag_`.
    """

    def __init__(self, registries: Mapping[str, Latest[Registry]], tags: Mapping[str, str]) -> None:
        self._home_tag = len(registries) > 1
        self._constant = {tag_name(name, FIELDS): value for name, value in tags.items()}
        self._remembered = Remembered(registries, self._make)

    def in_home(self, home: str) -> Mapping[tuple[str, str | None], EventSeries]:
        """Return the series by entity id and device class, after *home*'s latest registries."""
        return self._remembered.in_home(home)

    def _make(self, home: str, key: tuple[str, str | None], registry: Registry) -> EventSeries:
        entity_id, device_class = key
        entry = registry.entry_of(entity_id)
        domain = entity_id.partition(".")[0]
        own = {
            "entity_id": entity_id,
            "domain": domain,
            "event_type": EVENT_TYPE,
            "device_id": entry.device_id,
            "area_id": entry.area_id,
            "device_class": device_class,
            "event_category": category_of(domain, device_class),
            "entity_category": entry.entity_category,
            "home": home if self._home_tag else None,
        }
        own = {name: value for name, value in own.items() if value}
        tags = own | {name: value for name, value in self._constant.items() if name not in own}
        pairs = [
            f",{line_protocol.key(name)}={tag_value(value)}"
            for name, value in tags.items()
            if value
        ]
        device = {
            "manufacturer": entry.manufacturer,
            "model": entry.model,
            "sw_version": entry.sw_version,
        }
        return EventSeries(
            head=MEASUREMENT + "".join(pairs),
            device="".join(
                f",{name}={string_value(value)}" for name, value in device.items() if value
            ),
        )


def device_class_of(attributes: Mapping[str, Any]) -> str | None:
    """Return the device class that *attributes* name, or None when it cannot be one."""
    device_class = attributes.get("device_class")
    if isinstance(device_class, str) and _DEVICE_CLASS.fullmatch(device_class):
        return device_class
    return None


def category_of(domain: str, device_class: str | None) -> str:
    """Return the `event_category`: the first of the old service's rules that holds."""
    if domain in ("alarm_control_panel", "lock") or device_class in _SECURITY:
        return "security"
    if domain == "climate" or device_class in ("temperature", "humidity"):
        return "climate"
    if domain == "light" or device_class == "light":
        return "lighting"
    if domain in ("switch", "fan", "vacuum") or device_class in ("power", "energy"):
        return "appliance"
    return "monitoring" if domain == "sensor" else "general"
