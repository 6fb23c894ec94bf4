"""The examples of docs/schemas.md: frames of a real Home Assistant, and what to say of each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from attrs import field, frozen

from trio_ingest.home_assistant.messages import (
    Event,
    OtherEvent,
    decode_frame,
    to_home_event,
    to_state_change,
)
from trio_ingest.model.registry import Entry
from trio_ingest.model.state_change import HomeEvent, StateChange

FRAMES = Path(__file__).parents[1] / "samples" / "entities.jsonl"
HOME = "home"

ENTRIES = {
    "light.bed_light": Entry(
        registry_id="2ed2d9f8c05b269166152923f9a19825",
        area_id="bedroom",
        area="Bedroom",
        floor="Upstairs",
        device_id="60d08bbf537d2e334d350588f87bd302",
        device="Bed Light",
        manufacturer="Lumen & Co",
        model="E27",
        sw_version="1.4.2",
        labels=("Evening", "Holiday"),
        integration="demo",
    ),
    "sensor.energy_total": Entry(
        registry_id="8b65deb2bdbbe4d771918c836c2ca129",
        area_id="cellar",
        area="Cellar",
        device_id="08fee92a8721f6a3d630c53b794b886d",
        device="Energy meter",
        integration="template",
    ),
    "climate.ecobee": Entry(
        registry_id="172b08c6042235af528ff3309e115eff",
        area_id="living_room",
        area="Living room",
        floor="Ground floor",
        device_id="172b08c6042235af528ff3309e115f00",
        device="Ecobee",
        integration="demo",
    ),
    "lock.front_door": Entry(
        registry_id="3d9d3c8da4f95a3a9c2e3c0f5be7c8ab",
        area_id="hall",
        area="Hall",
        integration="demo",
    ),
}
"""What the registries of the example home know. Of all other entities they know nothing."""


@frozen(kw_only=True)
class Option:
    """A line of configuration that changes the line of an example, and the schema it belongs to."""

    schema: Literal["tidy", "home-assistant", "homeiq"]
    toml: str


@frozen(kw_only=True)
class Example:
    """A heading, an event by its type and what it is about, and a remark on its lines."""

    title: str
    about: str
    remark: str
    event_type: str = "state_changed"
    options: Sequence[Option] = field(factory=tuple)


EXAMPLES = (
    Example(
        title="A light, switched on by an automation",
        about="light.bed_light",
        remark="Lists are left out of `tidy` unless they are kept as JSON. `null` is left out, too; "
        'Home Assistant writes the word "None".',
        options=(
            Option(schema="tidy", toml='attributes.nested = "json"'),
            Option(schema="tidy", toml="tag_labels = true"),
            Option(schema="tidy", toml='identity = "registry_id"'),
            Option(schema="tidy", toml='attributes.domain.light.include = ["brightness"]'),
        ),
    ),
    Example(
        title="A climate device",
        about="climate.ecobee",
        remark="What people chart of it are attributes: `current_temperature`, `target_temp_high`.",
    ),
    Example(
        title="The weather",
        about="weather.demo_weather_south",
        remark="The state is a word; the readings are attributes.",
    ),
    Example(
        title="A person comes home",
        about="person.anne",
        remark="`home` and `not_home` are numbers already; the name of another zone is one when you "
        "give it one.",
        options=(
            Option(schema="tidy", toml="value_map.person = { home = 2, Office = 1, not_home = 0 }"),
        ),
    ),
    Example(
        title="An energy meter",
        about="sensor.energy_total",
        remark="Home Assistant's schema names the measurement after the unit, so a change of the "
        "unit moves the series. In `tidy` it does not.",
        options=(
            Option(schema="home-assistant", toml='measurement_attr = "domain__device_class"'),
            Option(schema="home-assistant", toml='tags_attributes = ["friendly_name"]'),
        ),
    ),
    Example(
        title="A media player",
        about="media_player.walkman",
        remark="`entity_picture` is another one with each title and interests no chart: "
        '`attributes.exclude = ["entity_picture"]` leaves it out.',
    ),
    Example(
        title="An update",
        about="update.demo_add_on",
        remark="Versions are text in `tidy`. So are these in Home Assistant's schema, but only for "
        'their second point: there a version "2026.11" is the number 2026.11 beside the text.',
    ),
    Example(
        title="A calendar",
        about="calendar.calendar_2",
        remark='Home Assistant\'s schema makes numbers of dates: "2026-11-23 12:49:53" is '
        "20261123124953. In `tidy` they are text only.",
    ),
    Example(
        title="A motion sensor",
        about="binary_sensor.movement_backyard",
        remark="`value` is 1 for `on` and 0 for `off`.",
    ),
    Example(
        title="A cover on its way",
        about="cover.hall_window",
        remark="`opening` is no number, so `value` is missing; `current_position` is the chart.",
    ),
    Example(
        title="A helper, switched by a person",
        about="input_boolean.guest_mode",
        remark="`context_user_id` says who it was. Only `homeiq` has it in the point of the "
        "change; the others have it in the event `call_service`, below.",
        options=(Option(schema="homeiq", toml='state_format = "legacy"'),),
    ),
    Example(
        title="An automation that runs",
        about="automation.porch_light_at_dusk",
        remark="The state stays `on`, only attributes change: that is a point, too.",
    ),
    Example(
        title='A sensor that says "nan"',
        about="sensor.gateway_status_125",
        remark="No database takes NaN as a number, so it is text and `value` is missing. In Home "
        "Assistant's schema it is a number nevertheless, and so it cannot be written at all; the "
        "attributes are.",
    ),
    Example(
        title="A sensor that says two lines",
        about="sensor.net_energy_0",
        remark="A line break in a string is a blank in each schema, since not every database "
        "takes one; within `homeiq`'s JSON it is kept.",
    ),
    Example(
        title="A device that is not available",
        about="climate.heatpump",
        remark='Home Assistant says "unavailable" (or "unknown") in place of a state, and keeps '
        "some of the attributes.",
    ),
    Example(
        title="A removal",
        about="lock.front_door",
        remark="The entity is gone, and this is the last point of its series: it has the tags "
        "that the others had.",
    ),
    Example(
        title="Another event: a service was called",
        event_type="call_service",
        about="light.bed_light",
        remark="The automation switches the light of the first example. Event and light have the "
        "same `context_id`, and its `context_parent_id` leads on to the last example.",
    ),
    Example(
        title="Another event: an automation was triggered",
        event_type="automation_triggered",
        about="automation.porch_light_at_dusk",
        remark="The automation ran in the context of its service call.",
    ),
    Example(
        title="Another event: who was behind all this",
        event_type="call_service",
        about="input_boolean.guest_mode",
        remark="Its `context_id` is the `context_parent_id` of the two before, and it has a user.",
    ),
)


def happening_of(example: Example) -> StateChange | HomeEvent:
    """Return what the frame of *example* tells."""
    [found] = [
        happening
        for happening in happenings(FRAMES.read_text(encoding="utf-8").splitlines())
        if type_of(happening) == example.event_type and is_about(happening, example.about)
    ]
    return found


def happenings(frames: Sequence[str]) -> list[StateChange | HomeEvent]:
    """Return what *frames* tell, in their order."""
    found: list[StateChange | HomeEvent] = []
    for frame in frames:
        for message in decode_frame(frame):
            match message:
                case Event():
                    found.append(to_state_change(message.event))
                case OtherEvent():
                    found.append(to_home_event(message.event))
                case _:
                    raise ValueError(f"no event: {frame[:200]}")
    return found


def type_of(happening: StateChange | HomeEvent) -> str:
    return "state_changed" if isinstance(happening, StateChange) else happening.event_type


def is_about(happening: StateChange | HomeEvent, entity_id: str) -> bool:
    if isinstance(happening, StateChange):
        return happening.entity_id == entity_id
    return entity_id in str(happening.data)
