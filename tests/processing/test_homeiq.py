"""The schema `homeiq`, by example and by law."""

import ast
import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support import changes as some
from tests.support.line_parser import ParsedPoint, parse_strictly
from tests.support.strange import START, deep, strange_changes
from trio_ingest.config.line_protocol_model import Precision, StateFormat
from trio_ingest.model.attributes import NO_ATTRIBUTES, Attributes
from trio_ingest.model.batch import Encoding
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import Context, State, StateChange
from trio_ingest.processing.homeiq import HomeiqEncoder
from trio_ingest.processing.homeiq_series import category_of
from trio_ingest.processing.remembered import REMEMBERED_ENTITIES
from trio_ingest.processing.values import number_of

KNOWN = Entry(
    registry_id="0123",
    device_id="dev1",
    area_id="kitchen",
    entity_category="diagnostic",
    manufacturer='Nor"dic, Inc.',
    model="M 1",
    sw_version="1.0",
)
CONTEXT = Context(id="01AB", parent_id="01AA", user_id="cd")
SECOND = 1_000_000


def make_encoder(
    tags: dict[str, str] | None = None,
    precision: Precision = Precision.US,
    state_format: StateFormat = StateFormat.PLAIN,
) -> HomeiqEncoder:
    return HomeiqEncoder(
        registries={"home": Latest(Registry(entries={"sensor.known": KNOWN}))},
        tags=tags or {},
        precision=precision,
        state_format=state_format,
    )


def make_state(value: str, attributes: dict[str, Any] | None = None, at: int = START) -> State:
    return State(
        value=value,
        attributes=Attributes.of(attributes or {}),
        last_changed=at,
        last_updated=at,
        context=CONTEXT,
    )


def make_change(
    state: State | None, old_state: State | None = None, entity_id: str = "sensor.x"
) -> StateChange:
    return StateChange(
        entity_id=entity_id, time=START, state=state, before=old_state, context=CONTEXT
    )


def point_of(change: StateChange, encoder: HomeiqEncoder | None = None) -> ParsedPoint:
    return parse_strictly((encoder or make_encoder()).encode("home", change))


def test_a_whole_line() -> None:
    """Tags say what and where, fields say what was and is, and who did it."""
    new = make_state("21.5", {"device_class": "power", "unit": "°C"})
    old = make_state("20", at=START - 1_500_000)

    line = make_encoder({"site": "north"}).encode("home", make_change(new, old, "sensor.known"))

    assert line == (
        "home_assistant_events,entity_id=sensor.known,domain=sensor,event_type=state_changed,"
        "device_id=dev1,area_id=kitchen,device_class=power,event_category=appliance,"
        "entity_category=diagnostic,site=north "
        'context_id="01AB",context_parent_id="01AA",context_user_id="cd",'
        'state_value="21.5",normalized_value=21.5,'
        r'attributes="{\"device_class\": \"power\", \"unit\": \"\\u00b0C\"}",'
        r'state="{\"entity_id\": \"sensor.known\", \"state\": \"21.5\", '
        r"\"attributes\": {\"device_class\": \"power\", \"unit\": \"\\u00b0C\"}, "
        r"\"last_changed\": \"2026-01-01T00:00:00+00:00\", "
        r"\"last_reported\": \"2026-01-01T00:00:00+00:00\", "
        r"\"last_updated\": \"2026-01-01T00:00:00+00:00\", "
        r'\"context\": {\"id\": \"01AB\", \"parent_id\": \"01AA\", \"user_id\": \"cd\"}}",'
        'previous_state="20",'
        r'old_state="{\"entity_id\": \"sensor.known\", \"state\": \"20\", '
        r"\"attributes\": {}, "
        r"\"last_changed\": \"2025-12-31T23:59:58.500000+00:00\", "
        r"\"last_reported\": \"2025-12-31T23:59:58.500000+00:00\", "
        r"\"last_updated\": \"2025-12-31T23:59:58.500000+00:00\", "
        r'\"context\": {\"id\": \"01AB\", \"parent_id\": \"01AA\", \"user_id\": \"cd\"}}",'
        r'duration_in_state_seconds=1.5,manufacturer="Nor\"dic, Inc.",model="M 1",sw_version="1.0"'
        f" {START}"
    )


@pytest.mark.parametrize("state_format", list(StateFormat))
def test_a_removal(state_format: StateFormat) -> None:
    """An entity that is gone has the empty state, and is still where and what it was."""
    old = make_state("off", {"device_class": "door"})
    encoder = make_encoder(state_format=state_format)

    gone = point_of(make_change(None, old, "sensor.known"), encoder)

    assert gone.tags == point_of(make_change(old, old, "sensor.known"), encoder).tags
    assert gone.tags["device_class"] == "door"
    assert gone.fields["state_value"] == ""
    assert gone.fields["context_id"] == "01AB"
    before = gone.fields["previous_state"]
    assert isinstance(before, str)
    if state_format is StateFormat.PLAIN:
        assert before == "off"
    else:
        assert ast.literal_eval(before)["state"] == "off"
    assert not gone.fields.keys() & {"state", "attributes", "duration_in_state_seconds"}


def test_a_removal_of_what_nobody_knew() -> None:
    """Without an old state there is still a point, with its context."""
    assert point_of(make_change(None)).fields == {
        "context_id": "01AB",
        "context_parent_id": "01AA",
        "context_user_id": "cd",
        "state_value": "",
    }


@pytest.mark.parametrize(
    ("state_format", "expected"),
    [
        (StateFormat.PLAIN, {"state_value": "1", "previous_state": "0"}),
        (StateFormat.LEGACY, {"state_text": "1"}),
    ],
)
def test_a_reading_of_the_history(state_format: StateFormat, expected: dict[str, str]) -> None:
    """It has no context, and nothing that would say less than what may be there already."""
    change = StateChange(
        entity_id="sensor.x",
        time=START,
        state=State(value="1", attributes=Attributes.of({"device_class": "power"})),
        before=State(value="0", attributes=NO_ATTRIBUTES),
    )

    point = point_of(change, make_encoder(state_format=state_format))

    assert point.tags["device_class"] == "power"
    assert point.fields == {
        **expected,
        "normalized_value": 1.0,
        "duration_in_state_seconds": 0.0,
    }


@pytest.mark.parametrize("state_format", list(StateFormat))
def test_a_snapshot_is_the_same_point(state_format: StateFormat) -> None:
    """What a snapshot tells is what the event told, less what only the old state can say."""
    new = make_state("unavailable")
    old = make_state("1", {"device_class": "power"}, at=START - SECOND)
    encoder = make_encoder(state_format=state_format)

    heard = point_of(make_change(new, old, "sensor.known"), encoder)
    seen = point_of(make_change(new, None, "sensor.known"), encoder)

    assert (seen.measurement, seen.tags, seen.time) == (heard.measurement, heard.tags, heard.time)
    assert seen.fields.items() <= heard.fields.items()
    assert heard.fields.keys() - seen.fields.keys() == {
        "previous_state",
        "old_state",
        "duration_in_state_seconds",
    }


@pytest.mark.parametrize(
    ("last_changed", "seconds"),
    [(5 * SECOND // 2, 2.5), (0, 0.0), (-1, 0.0), (300_123_456, 300.123456)],
)
def test_duration(last_changed: int, seconds: float) -> None:
    """The old value lasted until the new one came; attributes alone change none; no time is negative."""
    change = make_change(make_state("b", at=START + last_changed), make_state("a", at=START))

    assert point_of(change).fields["duration_in_state_seconds"] == seconds


@pytest.mark.parametrize(
    ("state", "number"),
    [("22.5", 22.5), ("on", 1.0), ("closed", 0.0), ("12,5", None), ("nan", None), ("", None)],
)
def test_numbers(state: str, number: float | None) -> None:
    """`normalized_value` is the state as a number, where it is one; `state_value` is always text."""
    point = point_of(make_change(make_state(state)))

    assert point.fields["state_value"] == state
    assert point.fields.get("normalized_value") == number


@pytest.mark.parametrize(
    ("domain", "device_class", "category"),
    [
        ("alarm_control_panel", None, "security"),
        ("lock", "power", "security"),
        ("binary_sensor", "window", "security"),
        ("light", "motion", "security"),
        ("climate", None, "climate"),
        ("sensor", "humidity", "climate"),
        ("switch", "temperature", "climate"),
        ("light", "power", "lighting"),
        ("binary_sensor", "light", "lighting"),
        ("vacuum", None, "appliance"),
        ("sensor", "energy", "appliance"),
        ("sensor", "pressure", "monitoring"),
        ("sensor", None, "monitoring"),
        ("binary_sensor", None, "general"),
        ("person", None, "general"),
    ],
)
def test_categories(domain: str, device_class: str | None, category: str) -> None:
    """The first rule that holds names the category."""
    assert category_of(domain, device_class) == category


@pytest.mark.parametrize(
    "device_class", [None, "", "a b", "a-b", "é", "power\n", 1, True, ["power"], {}]
)
def test_what_is_no_device_class(device_class: Any) -> None:
    """A class that the old service took for invalid is no tag; the point is written without it."""
    point = point_of(make_change(make_state("1", {"device_class": device_class})))

    assert "device_class" not in point.tags
    assert point.tags["event_category"] == "monitoring"


def test_a_class_counts_for_the_state_that_names_it() -> None:
    """An entity that changes its device class changes its series with it, and comes back to it."""
    encoder = make_encoder()
    attributes: list[dict[str, Any]] = [{}, {"device_class": "power"}, {}]

    points = [point_of(make_change(make_state("1", each)), encoder) for each in attributes]

    assert [point.tags.get("device_class") for point in points] == [None, "power", None]
    assert ["attributes" in point.fields for point in points] == [False, True, False]


def test_a_newer_registry_counts_at_once() -> None:
    """The next point after a change in the registries has the new area and firmware."""
    latest = Latest(Registry(entries={"sensor.known": KNOWN}))
    encoder = HomeiqEncoder(
        registries={"home": latest},
        tags={},
        precision=Precision.US,
        state_format=StateFormat.PLAIN,
    )
    change = make_change(make_state("1"), entity_id="sensor.known")
    before = point_of(change, encoder)

    latest.value = Registry(entries={"sensor.known": evolve(KNOWN, area_id="hall", sw_version="2")})

    after = point_of(change, encoder)
    assert (before.tags["area_id"], before.fields["sw_version"]) == ("kitchen", "1.0")
    assert (after.tags["area_id"], after.fields["sw_version"]) == ("hall", "2")


def test_the_memory_has_an_end() -> None:
    """More entities than any home has do not fill the memory, and are still told apart."""
    encoder = make_encoder()

    for number in range(REMEMBERED_ENTITIES + 2):
        point = point_of(make_change(None, entity_id=f"sensor.n{number}"), encoder)
        assert point.tags["entity_id"] == f"sensor.n{number}"

    assert len(encoder._series.in_home("home")) == 2


def test_several_homes() -> None:
    """With more than one home, entities of the same id are kept apart by the tag `home`."""
    encoder = HomeiqEncoder(
        registries={"home": Latest(Registry()), "cabin": Latest(Registry())},
        tags={"home": "constant"},
        precision=Precision.US,
        state_format=StateFormat.PLAIN,
    )
    change = make_change(make_state("1"))

    tags = [parse_strictly(encoder.encode(home, change)).tags for home in ("home", "cabin")]

    assert [each["home"] for each in tags] == ["home", "cabin"]


def test_constant_tags_give_way() -> None:
    """A constant tag is never an entity's own and never has the name of a field."""
    tags = {"domain": "x", "area_id": "yard", "state": "y", "time": "z", "_a": "b", "empty": ""}

    point = point_of(make_change(make_state("1")), make_encoder(tags))

    assert point.tags == {
        "entity_id": "sensor.x",
        "domain": "sensor",
        "event_type": "state_changed",
        "event_category": "monitoring",
        "area_id": "yard",
        "tag_state": "y",
        "tag_time": "z",
        "tag__a": "b",
    }


def test_constant_tags_are_no_fields() -> None:
    """A constant tag that is called like a field has another name."""
    tags = dict.fromkeys(FIELD_TYPES, "x")

    point = point_of(make_change(make_state("1")), make_encoder(tags))

    assert point.tags.keys() >= {f"tag_{name}" for name in FIELD_TYPES}
    assert not point.tags.keys() & FIELD_TYPES.keys()


@pytest.mark.parametrize(
    ("precision", "encoding", "time"),
    [
        (Precision.NS, Encoding.LINE_PROTOCOL_NS, START * 1000 + 1_999_000),
        (Precision.US, Encoding.LINE_PROTOCOL_US, START + 1999),
        (Precision.MS, Encoding.LINE_PROTOCOL_MS, START // 1000 + 1),
        (Precision.S, Encoding.LINE_PROTOCOL_S, START // SECOND),
    ],
)
def test_precision(precision: Precision, encoding: Encoding, time: int) -> None:
    """The time is cut to the precision, and the encoding says which it is."""
    encoder = make_encoder(precision=precision)
    change = replace(make_change(None), time=START + 1999)

    assert encoder.encoding == encoding
    assert point_of(change, encoder).time == time


@pytest.mark.parametrize(
    "attributes",
    [{"x": "y" * 65_536}, {"x": deep(3000)}, {"x": "°" * 12_000}],
    ids=["too long", "too deep", "too long in ASCII"],
)
def test_attributes_that_are_too_much(attributes: dict[str, Any]) -> None:
    """JSON that no string field can hold is left out whole; the state is always there."""
    change = make_change(make_state("1", attributes), make_state("0", attributes))

    point = point_of(change)

    assert not point.fields.keys() & {"attributes", "state", "old_state"}
    assert (point.fields["state_value"], point.fields["previous_state"]) == ("1", "0")


@pytest.mark.parametrize(
    "attributes", [{"x": "y" * 65_536}, {"x": deep(3000)}], ids=["too long", "too deep"]
)
def test_legacy_states_that_are_too_much(attributes: dict[str, Any]) -> None:
    """A state in the old format that is too long loses its attributes, and is still a dict."""
    change = make_change(make_state("1", attributes), make_state("0", attributes))

    point = point_of(change, make_encoder(state_format=StateFormat.LEGACY))

    for field, value in (("state_value", "1"), ("previous_state", "0")):
        text = point.fields[field]
        assert isinstance(text, str)
        told = ast.literal_eval(text)
        assert (told["state"], told["attributes"]) == (value, {})


def test_what_just_fits() -> None:
    """Attributes of 64 KiB are written, though the whole state is too long then."""
    attributes = {"x": "y" * (65_536 - len('{"x": ""}'))}

    point = point_of(make_change(make_state("1", attributes)))

    assert json.loads(str(point.fields["attributes"])) == attributes
    assert "state" not in point.fields


changes = st.builds(
    StateChange,
    entity_id=some.entity_ids,
    time=some.times,
    state=st.none() | some.states,
    before=st.none() | some.states,
    context=st.builds(
        Context, id=some.texts, parent_id=st.none() | some.texts, user_id=st.none() | some.texts
    ),
)
constant_tags = st.dictionaries(
    some.names | st.sampled_from(["context_id", "state_value", "domain"]), some.texts, max_size=4
)
FIELD_TYPES = {
    "context_id": str,
    "context_parent_id": str,
    "context_user_id": str,
    "state_value": str,
    "state_text": str,
    "previous_state": str,
    "attributes": str,
    "state": str,
    "old_state": str,
    "manufacturer": str,
    "model": str,
    "sw_version": str,
    "duration_in_state_seconds": float,
    "normalized_value": float,
}


def assert_types_are_fixed(point: ParsedPoint) -> None:
    """Names and types of fields do not depend on any JSON, and no tag has the name of one."""
    assert {name: FIELD_TYPES[name] for name in point.fields} == {
        name: type(value) for name, value in point.fields.items()
    }
    assert point.fields.keys() & {"state_value", "state_text"}
    assert not point.tags.keys() & FIELD_TYPES.keys()


@settings(max_examples=200, deadline=None)
@given(changes, constant_tags, st.sampled_from(StateFormat))
def test_any_change_is_a_line(
    change: StateChange, tags: dict[str, str], state_format: StateFormat
) -> None:
    """Whatever a change holds, its line can be read, and each field has the one type it may have."""
    point = point_of(change, make_encoder(tags, state_format=state_format))

    assert point.measurement == "home_assistant_events"
    assert point.tags["entity_id"] == change.entity_id
    assert point.time == change.time
    assert ("context_id" in point.fields) == bool(change.context.id)
    assert_types_are_fixed(point)


@settings(max_examples=200, deadline=None)
@given(some.states)
def test_states_read_back(state: State) -> None:
    """What readers parse gives back each attribute as it was, from JSON and from the old format."""
    plain = point_of(make_change(state, state)).fields
    legacy = point_of(
        make_change(state, state), make_encoder(state_format=StateFormat.LEGACY)
    ).fields
    text = json.dumps(state.attributes.by_name)
    kept = json.loads(text)

    assert plain.get("normalized_value") == number_of(state.value)
    if len(text) <= 65_536 and state.attributes.by_name:
        assert json.loads(str(plain["attributes"])) == kept
    for field in ("state", "old_state"):
        if len(text) < 60_000:
            told = json.loads(str(plain[field]))
            assert (told["state"], told["attributes"]) == (
                json.loads(json.dumps(state.value)),
                kept,
            )
    for field in ("state_value", "previous_state"):
        told = ast.literal_eval(str(legacy[field]))
        assert told["state"] == state.value
        assert told["attributes"] in ({}, state.attributes.by_name)
        if len(text) < 10_000:
            assert told["attributes"] == state.attributes.by_name


@settings(max_examples=100, deadline=None)
@given(some.any_text, some.any_text, some.texts, some.texts)
def test_any_entity_is_a_line(entity_id: str, home: str, area: str, text: str) -> None:
    """Entities, homes, areas and devices may be called anything."""
    entry = Entry(area_id=area, device_id=text, entity_category=area, manufacturer=text, model=area)
    encoder = HomeiqEncoder(
        registries={
            home: Latest(Registry(entries={entity_id: entry})),
            "other": Latest(Registry()),
        },
        tags={text: area},
        precision=Precision.US,
        state_format=StateFormat.PLAIN,
    )

    assert_types_are_fixed(
        parse_strictly(encoder.encode(home, make_change(None, entity_id=entity_id)))
    )


@pytest.mark.parametrize("state_format", list(StateFormat))
def test_strange_changes(state_format: StateFormat) -> None:
    """The strange ones are lines as well."""
    encoder = make_encoder(state_format=state_format)

    for change in strange_changes():
        assert_types_are_fixed(point_of(replace(change, before=change.state), encoder))


def test_old_states_are_told_from_new_ones() -> None:
    """Attributes that Python takes for equal are written as what they are."""
    encoder = make_encoder()
    states = [
        State(value="on", attributes=Attributes(each), last_updated=START, context=CONTEXT)
        for each in (b'{"a":1}', b'{"a":true}', b'{"a":1.0}', b'{"a":1}')
    ]

    told = [
        json.loads(point_of(make_change(state), encoder).fields["state"])["attributes"]
        for state in states
    ]

    assert [repr(each["a"]) for each in told] == ["1", "True", "1.0", "1"]
