"""Schemas `tidy` and `homeiq` never make a point that a database would refuse for its types."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import changes as some
from tests.support.events import events
from tests.support.line_parser import ParsedPoint, parse_strictly
from tests.support.sink_configs import influx_config
from trio_ingest.config.line_protocol_model import Identity, Precision, Schema, StateFormat
from trio_ingest.config.sink_model import AttributesConfig
from trio_ingest.lane_settings import make_encoder, make_event_encoder
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import HomeEvent, State, StateChange

texts = some.names.map(lambda text: text[:40])
maybe = st.none() | texts

# Few names that get into each other's way, so that they meet.
COLLIDING = [
    "a",
    "a_str",
    "a_json",
    "a_str_num",
    "attr_a",
    "state",
    "value",
    "area",
    "time",
    "home",
]
attributes = some.attributes | st.dictionaries(
    st.sampled_from(COLLIDING), st.sampled_from([1, "text", True, [1]]) | some.json_values
)
states = st.builds(
    State, value=some.texts.map(lambda text: text[:255]), attributes=attributes.map(Attributes.of)
)
changes = st.builds(
    StateChange,
    entity_id=st.sampled_from(["sensor.a", "sensor.b"]),
    time=some.times,
    state=states,
    before=st.none() | states,
)
removals = st.builds(StateChange, entity_id=st.just("sensor.a"), time=some.times, state=st.none())
entries = st.builds(
    Entry,
    registry_id=maybe,
    area_id=maybe,
    area=maybe,
    floor=maybe,
    device_id=maybe,
    device=maybe,
    manufacturer=maybe,
    model=maybe,
    sw_version=maybe,
    labels=st.lists(texts, max_size=2).map(tuple),
    entity_category=maybe,
)

settings_of_sinks = st.fixed_dictionaries(
    {
        "schema": st.sampled_from([Schema.TIDY, Schema.HOMEIQ]),
        "attributes": st.sampled_from([AttributesConfig(), AttributesConfig(nested="json")]),
        "identity": st.sampled_from(Identity),
        "tag_labels": st.booleans(),
        "value_map": st.sampled_from([{}, {"sensor": {"on": 7.0, "": 0.0}}]),
        "state_format": st.sampled_from(StateFormat),
        "precision": st.sampled_from(Precision),
        "tags": st.dictionaries(some.names, texts, max_size=3),
    }
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    settings_of_sinks,
    st.lists(st.tuples(changes, entries), min_size=3, max_size=8),
    st.lists(st.tuples(removals | events, entries), max_size=4),
    st.sampled_from([1, 2]),
)
def test_a_field_has_one_type(
    sink_settings: dict[str, Any],
    told: list[tuple[StateChange, Entry]],
    others: list[tuple[StateChange | HomeEvent, Entry]],
    homes: int,
) -> None:
    """Whatever happens, whatever the registries say meanwhile, with whatever options.

    Neither do two points give one field two types, nor is a name a tag's here and a field's there.
    """
    sink = influx_config(**sink_settings)
    registry = Latest(Registry())
    registries = {"home": registry} | ({"cabin": Latest(Registry())} if homes > 1 else {})
    encoder = make_encoder(sink, registries)
    event_encoder = make_event_encoder(sink, registries)

    points = []
    for happening, entry in (*told, *others):
        if isinstance(happening, HomeEvent):
            line: str | None = event_encoder.encode("home", happening)
        else:
            registry.value = Registry(entries={happening.entity_id: entry})
            line = encoder.encode("home", happening)
        assert line is not None
        points.append(parse_strictly(line))

    check_types(points)


def check_types(points: list[ParsedPoint]) -> None:
    """Check within each measurement: a database knows names and types by measurement."""
    for measurement in {point.measurement for point in points}:
        types: dict[str, type] = {}
        tags: set[str] = set()
        for point in points:
            if point.measurement == measurement:
                tags.update(point.tags)
                for field, value in point.fields.items():
                    assert types.setdefault(field, type(value)) is type(value), field
        assert not tags & types.keys()


def test_all_schemas_at_once() -> None:
    """A state that is text, then a number, then gone, beside attributes that change their types."""
    told: list[Any] = ["1", 1, True, None, [1], {"a": 1}, 1.5]
    for schema in (Schema.TIDY, Schema.HOMEIQ):
        encoder = make_encoder(influx_config(schema=schema), {"home": Latest(Registry())})
        happened = [
            StateChange(
                entity_id="sensor.x",
                time=number,
                state=State(
                    value=str(value),
                    attributes=Attributes.of({"a": value, "state": value, "a_str": value}),
                ),
            )
            for number, value in enumerate(told)
        ]
        happened.append(StateChange(entity_id="sensor.x", time=99, state=None))
        lines = [encoder.encode("home", change) for change in happened]

        check_types([parse_strictly(line) for line in lines if line is not None])
        assert None not in lines
