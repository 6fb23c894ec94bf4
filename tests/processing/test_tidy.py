"""The schema `tidy`, by example and by law."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import changes as some
from tests.support.line_parser import ParsedPoint, parse_strictly
from tests.support.strange import deep, strange_changes
from trio_ingest.config.line_protocol_model import Identity, Precision
from trio_ingest.config.sink_model import AttributePatterns, AttributesConfig
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.batch import Encoding
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import State, StateChange
from trio_ingest.processing.field_names import FieldNames
from trio_ingest.processing.series import Series
from trio_ingest.processing.tidy import TidyEncoder
from trio_ingest.processing.values import number_of

TIME = 1_767_225_600_123_456
PLACE = Entry(area="Kitchen", device="Meter", floor="Ground")
KEEP_NESTED = AttributesConfig(nested="json")


def make_encoder(
    attributes: AttributesConfig | None = None,
    tags: dict[str, str] | None = None,
    precision: Precision = Precision.US,
    *,
    entries: Mapping[str, Entry] | None = None,
    identity: Identity = Identity.ENTITY_ID,
    tag_labels: bool = False,
    value_map: Mapping[str, Mapping[str, float]] | None = None,
) -> TidyEncoder:
    return TidyEncoder(
        registries={"home": Latest(Registry(entries=entries or {"sensor.known": PLACE}))},
        attributes=attributes or AttributesConfig(),
        tags=tags or {},
        precision=precision,
        home_tag=False,
        identity=identity,
        tag_labels=tag_labels,
        value_map=value_map or {},
    )


def encode(
    value: str,
    attributes: dict[str, Any] | None = None,
    config: AttributesConfig | None = None,
) -> str:
    """Return the fields of a state as they are written."""
    state = State(value=value, attributes=Attributes.of(attributes or {}))
    change = StateChange(entity_id="sensor.x", time=TIME, state=state)
    line = make_encoder(config).encode("home", change)
    return line.removeprefix("sensor,entity_id=sensor.x ").removesuffix(f" {TIME}")


def test_a_whole_line() -> None:
    """Domain, entity and place, the state as text and as a number, the attributes, the time."""
    state = State(
        value="21.50",
        attributes=Attributes.of({"unit_of_measurement": "°C", "level": 3, "restored": True}),
    )
    change = StateChange(entity_id="sensor.known", time=TIME, state=state)

    line = make_encoder(tags={"site": "north"}).encode("home", change)

    assert line == (
        "sensor,entity_id=sensor.known,area=Kitchen,device=Meter,floor=Ground,site=north "
        'state="21.50",value=21.5,unit_of_measurement_str="°C",level=3.0,restored=1.0 '
        "1767225600123456"
    )


@pytest.mark.parametrize(
    ("state", "fields"),
    [
        ("on", 'state="on",value=1.0'),
        ("not_home", 'state="not_home",value=0.0'),
        ("-0", 'state="-0",value=-0.0'),
        ("unavailable", 'state="unavailable"'),
        ("unknown", 'state="unknown"'),
        ("1e400", 'state="1e400"'),
        ("", 'state=""'),
        ("ü" * 300, f'state="{"ü" * 255}"'),
        ("a\nb", 'state="a b"'),
    ],
)
def test_states(state: str, fields: str) -> None:
    """The state is always written as text, and as a number where it is one."""
    assert encode(state) == fields


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, ""),
        (True, ",a=1.0"),
        (False, ",a=0.0"),
        (0, ",a=0.0"),
        (-0.0, ",a=-0.0"),
        (2**53 + 1, ",a=9007199254740992.0"),
        (2**64 - 1, ",a=1.8446744073709552e+19"),
        (1e308, ",a=1e+308"),
        (1e-320, ",a=1e-320"),
        (10**400, ""),
        (float("nan"), ""),
        (float("inf"), ""),
        ("", ',a_str=""'),
        ("1", ',a_str="1"'),
        ("nan", ',a_str="nan"'),
        ("x" * 257, f',a_str="{"x" * 257}"'),
        ([], ""),
        ({"b": 1}, ""),
    ],
)
def test_each_type_of_json(value: Any, field: str) -> None:
    """Numbers and booleans are floats, text is text, null and what does not fit is left out."""
    assert encode("idle", {"a": value}) == f'state="idle"{field}'


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ([], ',a_json="[]"'),
        ({"b": [1, 2.5, None, True]}, r',a_json="{\"b\":[1,2.5,null,true]}"'),
        (["é\n\\"], r',a_json="[\"é\\n\\\\\"]"'),
        (["x" * 65_532], f',a_json="[\\"{"x" * 65_532}\\"]"'),
        (["x" * 65_533], ""),
        ([float("nan")], ""),
        (deep(3000), ""),
    ],
    ids=["empty", "object", "escapes", "fits", "too long", "no JSON", "too deep"],
)
def test_nested_values(value: Any, field: str) -> None:
    """Lists and objects are JSON where the configuration wants them, whole or not at all."""
    assert encode("idle", {"a": value}, KEEP_NESTED) == f'state="idle"{field}'


def test_names_that_are_taken() -> None:
    """Attributes never write the state, its number, a tag or a time."""
    attributes = {"state": 1, "value": 2, "time": 3, "area": 4, "home": 5, "state_str": 6}

    assert encode("idle", attributes) == (
        'state="idle",attr_state=1.0,attr_value=2.0,attr_time=3.0,attr_area=4.0,attr_home=5.0,'
        "state_str_num=6.0"
    )


def test_chosen_attributes() -> None:
    """An attribute that the configuration turns away is not written, whatever its type."""
    config = AttributesConfig(exclude=("a*",), nested="json")

    assert encode("1", {"a": 1, "a2": "x", "a3": [], "b": "y"}, config) == (
        'state="1",value=1.0,b_str="y"'
    )


@pytest.mark.parametrize(
    ("patterns", "fields"),
    [
        (AttributePatterns(include=("icon_str", "color_json")), 'icon_str="x",color_json="[1]"'),
        (AttributePatterns(exclude=("icon_str", "*_json", "attr_*")), "level=2.0"),
        (AttributePatterns(include=("attr_state",)), "attr_state=3.0"),
        (AttributePatterns(include=("state", "level_str")), "attr_state=3.0"),
        (AttributePatterns(include=()), ""),
        (AttributePatterns(exclude=("*",)), ""),
    ],
)
def test_attributes_by_the_names_of_their_fields(patterns: AttributePatterns, fields: str) -> None:
    """A glob may mean the name in Home Assistant, or the one that is seen in the database."""
    config = AttributesConfig(include=patterns.include, exclude=patterns.exclude, nested="json")
    attributes = {"icon": "x", "level": 2, "color": [1], "state": 3}

    assert encode("idle", attributes, config) == f'state="idle",{fields}'.rstrip(",")


def test_a_name_that_ends_like_a_string() -> None:
    """The name with which an attribute is seen depends on what it holds now."""
    config = AttributesConfig(include=("icon_str",))

    assert encode("idle", {"icon": 5, "icon_str": 6}, config) == 'state="idle",icon_str_num=6.0'


def test_attributes_of_a_domain() -> None:
    """The patterns of a domain stand in place of the sink's, for its entities alone."""
    config = AttributesConfig(
        exclude=("b",), domain={"light": AttributePatterns(include=("b", "c"), exclude=("c",))}
    )
    encoder = make_encoder(config)
    state = State(value="idle", attributes=Attributes.of({"a": 1, "b": 2, "c": 3}))

    lines = [
        encoder.encode("home", StateChange(entity_id=entity_id, time=1, state=state))
        for entity_id in ("light.x", "lights.x")
    ]

    assert [line.split(" ")[1] for line in lines] == [
        'state="idle",b=2.0',
        'state="idle",a=1.0,c=3.0',
    ]


def test_identity_that_survives_a_rename() -> None:
    """With the registry's id as the identity each point has the present entity id as a field."""
    encoder = make_encoder(
        entries={"light.a": Entry(registry_id="77")}, identity=Identity.REGISTRY_ID
    )
    state = State(
        value="on", attributes=Attributes.of({"entity_id": "x", "registry_id": 5, "labels": "y"})
    )
    changes = [
        StateChange(entity_id="light.a", time=1, state=state),
        StateChange(entity_id="light.a", time=2, state=None),
        StateChange(entity_id="light.b", time=3, state=None),
    ]

    assert [encoder.encode("home", change) for change in changes] == [
        (
            'light,registry_id=77 state="on",value=1.0,entity_id_str="light.a",'
            'attr_entity_id_str="x",attr_registry_id=5.0,labels_str="y" 1'
        ),
        'light,registry_id=77 state="removed",entity_id_str="light.a" 2',
        'light,entity_id=light.b state="removed",entity_id_str="light.b" 3',
    ]


def test_names_do_not_depend_on_options() -> None:
    """An attribute is written to the same field before and after the identity is changed."""
    assert encode("idle", {"entity_id": "x", "labels": 1, "registry_id": 2}) == (
        'state="idle",attr_entity_id_str="x",attr_labels=1.0,attr_registry_id=2.0'
    )


def test_words_that_stand_for_numbers() -> None:
    """Words get the numbers that are configured for their domain and device class."""
    encoder = make_encoder(
        value_map={"sensor": {"idle": 1.0, "on": 7.0}, "sensor:enum": {"idle": 2.0}}
    )

    def fields(entity_id: str, value: str, device_class: str | None = None) -> str:
        state = State(value=value, attributes=Attributes.of({"device_class": device_class}))
        line = encoder.encode("home", StateChange(entity_id=entity_id, time=1, state=state))
        return line.split(" ")[1].partition(",device_class_str")[0]

    assert fields("sensor.x", "idle") == 'state="idle",value=1.0'
    assert fields("sensor.x", "idle", "enum") == 'state="idle",value=2.0'
    assert fields("sensor.x", "on", "enum") == 'state="on",value=7.0'
    assert fields("light.x", "on") == 'state="on",value=1.0'
    assert fields("light.x", "idle", "enum") == 'state="idle"'


def test_removal() -> None:
    """A removal is recorded as a state of its own, in the series of the entity."""
    change = StateChange(entity_id="sensor.known", time=TIME, state=None)

    assert make_encoder().encode("home", change) == (
        "sensor,entity_id=sensor.known,area=Kitchen,device=Meter,floor=Ground "
        f'state="removed" {TIME}'
    )


@pytest.mark.parametrize(
    ("precision", "encoding", "time"),
    [
        (Precision.NS, Encoding.LINE_PROTOCOL_NS, "1767225600999999000"),
        (Precision.US, Encoding.LINE_PROTOCOL_US, "1767225600999999"),
        (Precision.MS, Encoding.LINE_PROTOCOL_MS, "1767225600999"),
        (Precision.S, Encoding.LINE_PROTOCOL_S, "1767225600"),
    ],
)
def test_precision(precision: Precision, encoding: Encoding, time: str) -> None:
    """The time is cut to the precision, exactly, and the encoding says which it is."""
    encoder = make_encoder(precision=precision)
    change = StateChange(entity_id="light.x", time=1_767_225_600_999_999, state=None)

    assert encoder.encoding == encoding
    assert encoder.encode("home", change).split(" ")[-1] == time


def test_zero_keeps_its_sign_next_to_equal_values() -> None:
    """Values that are equal to Python, and are not to JSON, are not mistaken for each other."""
    assert encode("x", {"a": 0.0}) == 'state="x",a=0.0'
    assert encode("x", {"a": -0.0}) == 'state="x",a=-0.0'
    assert encode("x", {"a": [1]}, KEEP_NESTED) == 'state="x",a_json="[1]"'
    assert encode("x", {"a": [True]}, KEEP_NESTED) == 'state="x",a_json="[true]"'


constant_tags = st.dictionaries(some.names, some.texts, max_size=4)

patterns = st.builds(
    AttributePatterns,
    include=st.lists(st.sampled_from(("*", "a*", "*_str", "*_json", "attr_*")), max_size=3),
    exclude=st.lists(some.names.filter(bool), max_size=2),
)

entries = st.builds(
    Entry,
    registry_id=st.none() | some.texts,
    area=st.none() | some.texts,
    labels=st.lists(some.texts, max_size=2).map(tuple),
)


@st.composite
def encoders(draw: st.DrawFn) -> TidyEncoder:
    """Draw an encoder with any options."""
    chosen = draw(patterns)
    return make_encoder(
        AttributesConfig(
            include=chosen.include,
            exclude=chosen.exclude,
            nested=draw(st.sampled_from(("drop", "json"))),
            domain=draw(st.dictionaries(st.sampled_from(("sensor", "light")), patterns)),
        ),
        draw(constant_tags),
        entries=draw(st.dictionaries(some.entity_ids, entries, max_size=3)),
        identity=draw(st.sampled_from(Identity)),
        tag_labels=draw(st.booleans()),
        value_map=draw(
            st.dictionaries(
                st.sampled_from(("sensor", "light:a", "lock:None")),
                st.dictionaries(some.texts, st.floats(allow_nan=False, allow_infinity=False)),
                max_size=2,
            )
        ),
    )


@settings(max_examples=300, deadline=None)
@given(some.changes, constant_tags, st.booleans())
def test_any_change_is_a_line(change: StateChange, tags: dict[str, str], nested: bool) -> None:
    """Whatever a change holds, its line reads back as just the fields that belong to it."""
    config = AttributesConfig(nested="json" if nested else "drop")
    names = FieldNames({*Series(tags, home_tag=False).tags, "state", "value", "entity_id_str"})

    point = parse_strictly(make_encoder(config, tags).encode("home", change))

    assert point.measurement == change.entity_id.split(".")[0]
    assert point.tags["entity_id"] == change.entity_id
    assert point.time == change.time
    assert point.fields == expected_fields(change.state, names, nested=nested)


@settings(max_examples=100, deadline=None)
@given(some.any_text, some.any_text, some.texts, some.texts)
def test_any_entity_is_a_line(entity_id: str, home: str, area: str, tag: str) -> None:
    """Entities, homes, places and tags may be called anything."""
    registry = Registry(entries={entity_id: Entry(area=area, device=tag)})
    encoder = TidyEncoder(
        registries={home: Latest(registry)},
        attributes=AttributesConfig(),
        tags={tag: area},
        precision=Precision.US,
        home_tag=True,
    )

    point = parse_strictly(
        encoder.encode(home, StateChange(entity_id=entity_id, time=TIME, state=None))
    )

    assert point.fields == {"state": "removed"}


def expected_fields(
    state: State | None, names: FieldNames, *, nested: bool
) -> dict[str, float | str]:
    """Say what is to be written, the slow way; test_values has the rule of numbers."""
    if state is None:
        return {"state": "removed"}
    fields: dict[str, float | str] = {"state": kept(state.value)}
    number = number_of(state.value)
    if number is not None:
        fields["value"] = number
    for attribute, value in state.attributes.by_name.items():
        if isinstance(value, str):
            fields[names.text(attribute)] = kept(value)
        elif isinstance(value, list | dict):
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            if nested and len(text.encode(errors="surrogatepass")) <= 65_536:
                fields[names.nested(attribute)] = kept(text)
        elif value is not None and abs(value) < 2**1024:
            fields[names.number(attribute)] = float(value)
    return fields


def kept(text: str) -> str:
    """Return the part of *text* that a string field can keep."""
    clean = "".join(
        " " if char < " " or char == "\x7f" else "\ufffd" if "\ud800" <= char <= "\udfff" else char
        for char in text
    )
    while len(clean.encode()) > 65_536:
        clean = clean[:-1]
    return clean


@settings(max_examples=200, deadline=None)
@given(encoders(), st.lists(some.changes, min_size=2, max_size=8))
def test_a_field_has_one_type(encoder: TidyEncoder, changes: list[StateChange]) -> None:
    """No two changes give one field two types, or one name to a tag and a field.

    So no database ever refuses a point for that, or answers a query with the wrong one.
    """
    points = [parse_strictly(encoder.encode("home", change)) for change in changes]

    assert_types_are_stable(points)
    tags = {tag for point in points for tag in point.tags}
    assert not tags & {field for point in points for field in point.fields}


def test_strange_changes() -> None:
    """The strange ones are lines as well, with fields of one type."""
    for config in (AttributesConfig(), KEEP_NESTED):
        encoder = make_encoder(config)
        points = [parse_strictly(encoder.encode("home", change)) for change in strange_changes()]
        assert_types_are_stable(points)


def assert_types_are_stable(points: list[ParsedPoint]) -> None:
    types: dict[str, type] = {}
    for point in points:
        for field, value in point.fields.items():
            assert types.setdefault(field, type(value)) is type(value), field
