"""The numbers that are configured for words."""

import pytest

from tests.support.strange import deep
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.state_change import State
from trio_ingest.processing.value_map import ValueMap

MAP = ValueMap(
    {
        "person": {"home": 3.0, "Work": 2.0, "unknown": -1.0, "7": 70.0},
        "sensor:enum": {"idle": 0.0, "busy": 1.0},
        "sensor": {"idle": 5.0, "gone": 6.0},
    }
)


def number(entity_id: str, value: str, device_class: object = None) -> float | None:
    return MAP.configured_for(
        entity_id, State(value=value, attributes=Attributes.of({"device_class": device_class}))
    )


@pytest.mark.parametrize(
    ("entity_id", "value", "device_class", "expected"),
    [
        ("person.me", "Work", None, 2.0),
        ("person.me", "home", None, 3.0),
        ("person.me", "not_home", None, None),
        ("person.me", "work", None, None),
        ("person.me", "unknown", None, -1.0),
        ("person.me", "7", None, 70.0),
        ("person.me", "8", None, None),
        ("persons.me", "Work", None, None),
        ("device_tracker.me", "home", None, None),
        ("sensor.x", "idle", None, 5.0),
        ("sensor.x", "idle", "enum", 0.0),
        ("sensor.x", "busy", "enum", 1.0),
        ("sensor.x", "busy", "power", None),
        ("sensor.x", "gone", "enum", 6.0),
    ],
)
def test_words(entity_id: str, value: str, device_class: str, expected: float | None) -> None:
    """A word is looked up in the table of domain and class, then in the domain's."""
    assert number(entity_id, value, device_class) == expected


@pytest.mark.parametrize("device_class", [5, ["enum"], {"a": 1}, deep(3000)])
def test_classes_that_are_none(device_class: object) -> None:
    """A device class that is no text names no table."""
    assert number("sensor.x", "idle", device_class) == 5.0
