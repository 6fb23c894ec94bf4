"""Lines of HomeIQ's old service beside ours for the same events, in its own format.

The lines are what its code made of four made-up events. What may differ is said in each test.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.line_parser import ParsedPoint, parse_strictly
from trio_ingest.config.line_protocol_model import Precision, StateFormat
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.instant import to_microseconds
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import Context, State, StateChange
from trio_ingest.processing.homeiq import HomeiqEncoder

OLD_LINES = Path(__file__).parent.parent / "samples" / "homeiq" / "old_lines.txt"
SENSOR, LIGHT, DOOR, PLUG = range(4)

REGISTRY = Registry(
    entries={
        "sensor.living_room_temperature": Entry(
            device_id="dev1abc",
            area_id="living_room",
            manufacturer="Aqara",
            model="WSDCGQ11LM",
            sw_version="3000-0001",
        ),
        "light.kitchen": Entry(area_id="kitchen"),
    }
)
EARLIER = Context(id="01JABCDEF0123456789ABCDEFG")
BY_A_USER = Context(
    id="01JABCDEF0123456789ABCDEFH",
    parent_id="01JPARENT0123456789ABCDEFX",
    user_id="0123456789abcdef0123456789abcdef",
)
TEMPERATURE = {
    "unit_of_measurement": "°C",
    "device_class": "temperature",
    "friendly_name": "Living Room Temperature",
}


def at(moment: str) -> int:
    return to_microseconds(datetime.fromisoformat(f"2025-11-15T{moment}+00:00"))


def state(value: str, attributes: Mapping[str, Any], moment: str, context: Context) -> State:
    return State(
        value=value,
        attributes=Attributes.of(attributes),
        last_changed=at(moment),
        last_updated=at(moment),
        context=context,
    )


CHANGES = [
    StateChange(
        entity_id="sensor.living_room_temperature",
        time=at("10:05:00.123456"),
        state=state("22.5", TEMPERATURE, "10:05:00.123456", EARLIER),
        before=state("22.3", TEMPERATURE, "10:00:00", EARLIER),
        context=EARLIER,
    ),
    StateChange(
        entity_id="light.kitchen",
        time=at("10:06:00.500000"),
        state=state(
            "on",
            {"brightness": 128, "friendly_name": 'Kitchen "main"'},
            "10:06:00",
            BY_A_USER,
        ),
        before=state("off", {"friendly_name": "Kitchen"}, "10:00:00", EARLIER),
        context=BY_A_USER,
    ),
    StateChange(
        entity_id="binary_sensor.front_door",
        time=at("10:07:00"),
        state=state("on", {"device_class": "door"}, "10:07:00", EARLIER),
        context=EARLIER,
    ),
    StateChange(
        entity_id="switch.old_plug",
        time=at("10:08:00"),
        state=None,
        before=state("off", {}, "10:00:00", EARLIER),
        context=EARLIER,
    ),
]


def theirs(number: int) -> ParsedPoint:
    """Return a point of the old service, with whole seconds as Home Assistant writes them."""
    line = OLD_LINES.read_text("utf-8").splitlines()[number]
    return parse_strictly(line.replace(":00.000000+00:00", ":00+00:00"))


def ours(number: int, state_format: StateFormat = StateFormat.LEGACY) -> ParsedPoint:
    encoder = HomeiqEncoder(
        registries={"home": Latest(REGISTRY)},
        tags={},
        precision=Precision.MS,
        state_format=state_format,
    )
    return parse_strictly(encoder.encode("home", CHANGES[number]))


@pytest.mark.parametrize("number", [SENSOR, LIGHT, DOOR, PLUG])
def test_the_same_point(number: int) -> None:
    """Ours is the point that the old service wrote: measurement, tags and time are the same."""
    old, new = theirs(number), ours(number)

    assert (new.measurement, new.tags, new.time) == (old.measurement, old.tags, old.time)


@pytest.mark.parametrize(
    ("number", "more"),
    [
        (SENSOR, {"normalized_value", "state", "old_state"}),
        (LIGHT, {"normalized_value", "state", "old_state", "context_parent_id"}),
        (DOOR, {"normalized_value", "state"}),
        (PLUG, {"state_value", "old_state"}),
    ],
)
def test_the_same_fields(number: int, more: set[str]) -> None:
    """Each field of the old service stands in ours, to the letter; ours has some more.

    The old service built the point of the plug, which is gone, and then threw it away.
    """
    old, new = theirs(number), ours(number)

    assert {name: new.fields[name] for name in old.fields} == old.fields
    assert new.fields.keys() - old.fields.keys() == more


@pytest.mark.parametrize("number", [SENSOR, LIGHT, DOOR, PLUG])
def test_plain_states_differ_in_nothing_else(number: int) -> None:
    """The format changes the two texts of the states, and only them."""
    legacy, plain = ours(number), ours(number, StateFormat.PLAIN)
    old, new = CHANGES[number].old_state, CHANGES[number].state

    assert plain.tags == legacy.tags
    assert plain.fields == {
        **legacy.fields,
        "state_value": "" if new is None else new.value,
        **({} if old is None else {"previous_state": old.value}),
    }
