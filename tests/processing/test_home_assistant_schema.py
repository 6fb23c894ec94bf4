"""The rules of the schema `home-assistant`, one by one."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import changes as some
from trio_ingest.config.line_protocol_model import (
    ComponentConfig,
    HomeAssistantSchemaConfig,
    InfluxApi,
    MeasurementAttr,
    Precision,
)
from trio_ingest.model.attributes import NO_ATTRIBUTES, Attributes
from trio_ingest.model.state_change import State, StateChange
from trio_ingest.processing.home_assistant_schema import HomeAssistantEncoder

TIME = 1_795_438_574_268_848
V1, V2, V3 = InfluxApi.V1, InfluxApi.V2, InfluxApi.V3
NO_OPTIONS = HomeAssistantSchemaConfig()


def line_of(
    state: str = "x",
    attributes: Mapping[str, Any] | None = None,
    *,
    entity_id: str = "light.a",
    options: HomeAssistantSchemaConfig = NO_OPTIONS,
    tags: Mapping[str, str] | None = None,
    api: InfluxApi = V1,
    home_tag: bool = False,
) -> str | None:
    encoder = HomeAssistantEncoder(
        options, tags=tags or {}, api=api, precision=Precision.NS, home_tag=home_tag
    )
    change = StateChange(
        entity_id=entity_id,
        time=TIME,
        state=State(value=state, attributes=Attributes.of(attributes or {})),
    )
    return encoder.encode("north", change)


def fields_of(
    state: str = "x", attributes: Mapping[str, Any] | None = None, *, api: InfluxApi = V1
) -> str:
    """Return what stands between the tags and the time."""
    line = line_of(state, attributes, api=api)
    assert line is not None
    return line.removeprefix("light.a,domain=light,entity_id=a ").removesuffix(f" {TIME}000")


def series_of(
    attributes: Mapping[str, Any] | None = None,
    *,
    options: HomeAssistantSchemaConfig = NO_OPTIONS,
    tags: Mapping[str, str] | None = None,
    api: InfluxApi = V1,
    home_tag: bool = False,
) -> str:
    """Return what stands before the fields."""
    line = line_of("7", attributes, options=options, tags=tags, api=api, home_tag=home_tag)
    assert line is not None
    scanned = line.replace("\\ ", "\0")
    return scanned.split(" ")[0].replace("\0", "\\ ")


def test_a_line() -> None:
    """The unit is the measurement, the id is without its domain, numbers are floats."""
    attributes = {"unit_of_measurement": "W", "device_class": "power", "editable": False, "max": 5}

    line = line_of("1118.9", attributes, entity_id="sensor.power_now")

    assert line == (
        "W,domain=sensor,entity_id=power_now "
        'device_class_str="power",editable=0.0,max=5.0,value=1118.9 1795438574268848000'
    )


@pytest.mark.parametrize("state", ["", "unknown", "unavailable", None])
def test_no_line(state: str | None) -> None:
    """Removals and states that say nothing have none."""
    encoder = HomeAssistantEncoder(NO_OPTIONS, tags={}, api=V1, precision=Precision.NS)
    present = None if state is None else State(value=state, attributes=Attributes.of({"a": 1}))

    line = encoder.encode("home", StateChange(entity_id="light.a", time=TIME, state=present))

    assert line is None


@pytest.mark.parametrize(
    ("state", "fields"),
    [
        ("21.50", "value=21.5"),
        (" 7 ", "value=7.0"),
        ("1_0", "value=10.0"),
        ("1e5", "value=100000.0"),
        ("１２", "value=12.0"),  # noqa: RUF001 - full-width digits are the point
        ("on", 'state="on",value=1.0'),
        ("unlocked", 'state="unlocked",value=0.0'),
        ("above_horizon", 'state="above_horizon",value=1.0'),
        ("On", 'state="On"'),
        ("12,5", 'state="12,5"'),
        ("12 V", 'state="12 V"'),
        ("two\nlines\u2028three\n", 'state="two lines three"'),
        ('a "b" \\', 'state="a \\"b\\" \\\\"'),
    ],
)
def test_state(state: str, fields: str) -> None:
    """A state is what Python's float() takes for a number, or text; some words are both."""
    assert fields_of(state) == fields


@pytest.mark.parametrize("state", ["nan", "-inf", "Infinity", "1e400"])
@pytest.mark.parametrize("api", [V1, V2])
def test_state_that_is_no_finite_number(state: str, api: InfluxApi) -> None:
    """Such a state is left out; without another field there is no line."""
    assert line_of(state, api=api) is None
    assert fields_of(state, {"a": 0.5, "value": 1.5}, api=api) == "a=0.5,value_=1.5"


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (True, "a=1.0"),
        (-0.0, "a=-0.0"),
        (2**64 - 1, "a=1.8446744073709552e+19"),
        (" 7 ", "a=7.0"),
        ("12 V", 'a=12.0,a_str="12 V"'),
        ("12,5", 'a=125.0,a_str="12,5"'),
        ("5 V", 'a_str="5 V"'),
        ("1.5 V", 'a=1.5,a_str="1.5 V"'),
        ("v.5", 'a_str="v.5"'),
        ("1.2.3", 'a_str="1.2.3"'),
        ("2026-11-23T12:00:00.25", 'a=20261123120000.25,a_str="2026-11-23T12:00:00.25"'),
        ("9" * 400 + " V", f'a_str="{"9" * 400} V"'),
        ("nan", None),
        (float("inf"), None),
        (None, 'a_str="None"'),
        ("", 'a_str=""'),
        ([1, 2], 'a_str="[1, 2]"'),
        ([255, 64], 'a=25564.0,a_str="[255, 64]"'),
        (["it's", None, True], 'a_str="[\\"it\'s\\", None, True]"'),
        ({"k": ["a\n"]}, "a_str=\"{'k': ['a\\\\n']}\""),
    ],
)
def test_attribute(value: Any, fields: str | None) -> None:
    """An attribute is a number, or its Python text with the digits in that beside it."""
    expected = 'state="x"' if fields is None else f'{fields},state="x"'

    assert fields_of("x", {"a": value}) == expected


def test_attributes_that_cannot_be_written() -> None:
    """An integer beyond all floats, and what is nested too deep, are left out."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]

    assert fields_of("x", {"huge": 10**400, "deep": deep, "a": 1}) == 'a=1.0,state="x"'


@pytest.mark.parametrize(
    ("state", "attributes", "fields"),
    [
        ("5", {"value": 7}, "value=5.0,value_=7.0"),
        ("on", {"state": 1, "value": "x"}, 'state="on",state_=1.0,value=1.0,value__str="x"'),
        ("5", {"state": 1}, "state=1.0,value=5.0"),
        ("5", {"a": "x", "a_str": "y"}, 'a_str="x",a_str__str="y",value=5.0'),
        ("5", {"a_str": 1, "a": "x"}, 'a_str="x",value=5.0'),
        ("5", {"a_str_": 1, "a": "x", "a_str": 2}, 'a_str="x",a_str_=2.0,value=5.0'),
        ("5", {"a_str_": 1, "a": "x", "a_str": "nan"}, 'a_str="x",value=5.0'),
        ("5", {"time": 1}, "time_=1.0,value=5.0"),
        ("5", {"time": 1, "time_": 2}, "time_=2.0,time__=1.0,value=5.0"),
        ("5", {"time": "x"}, 'time_str="x",value=5.0'),
    ],
)
def test_names_that_are_taken(state: str, attributes: Mapping[str, Any], fields: str) -> None:
    """A name that is taken gets one `_`, and then may overwrite; `time` gets as many as needed."""
    assert fields_of(state, attributes) == fields


@pytest.mark.parametrize(
    ("attributes", "options", "series", "made_of"),
    [
        ({"unit_of_measurement": "W"}, {}, "W", "unit_of_measurement"),
        ({}, {}, "light.a", None),
        ({"unit_of_measurement": ""}, {}, "light.a", None),
        ({"unit_of_measurement": 0}, {}, "0", "unit_of_measurement"),
        ({"unit_of_measurement": "m\n2"}, {}, "m\\ 2", "unit_of_measurement"),
        ({}, {"default_measurement": "units"}, "units", None),
        ({"unit_of_measurement": "W"}, {"override_measurement": "all"}, "all", None),
        ({"unit_of_measurement": "W"}, {"override_measurement": ""}, "W", "unit_of_measurement"),
        ({"unit_of_measurement": "W"}, {"measurement_attr": "entity_id"}, "light.a", None),
        (
            {"device_class": "power"},
            {"measurement_attr": "domain__device_class"},
            "light__power",
            "device_class",
        ),
        ({}, {"measurement_attr": "domain__device_class"}, "light", None),
        ({"unit_of_measurement": "#"}, {}, "light.a", None),
        ({"unit_of_measurement": "\n"}, {"default_measurement": "units"}, "units", None),
        ({}, {"default_measurement": "#"}, "light.a", None),
        (
            {"unit_of_measurement": "W"},
            {"override_measurement": "#all"},
            "W",
            "unit_of_measurement",
        ),
        ({"unit_of_measurement": "W" * 70_000}, {}, "light.a", None),
    ],
)
def test_measurement(
    attributes: Mapping[str, Any], options: Mapping[str, Any], series: str, made_of: str | None
) -> None:
    """It is the first one given that a server takes; an attribute that makes it is no field."""
    if "measurement_attr" in options:
        options = {**options, "measurement_attr": MeasurementAttr(options["measurement_attr"])}

    line = line_of("x", attributes, options=HomeAssistantSchemaConfig(**options))

    assert line is not None
    assert line.startswith(f"{series},domain=light,entity_id=a ")
    assert [name for name in attributes if f"{name}_str=" not in line] == (
        [made_of] if made_of else []
    )


def component(
    measurement: str | None = None, ignore: tuple[str, ...] | None = None
) -> ComponentConfig:
    return ComponentConfig(override_measurement=measurement, ignore_attributes=ignore)


@pytest.mark.parametrize(
    ("entity_id", "line"),
    [
        ("sensor.a", "own,domain=sensor,entity_id=a b=2.0,c=3.0,value=7.0"),
        ("sensor.b", "glob 2,domain=sensor,entity_id=b a=1.0,c=3.0,value=7.0"),
        ("sensor.cb", "glob 1,domain=sensor,entity_id=cb a=1.0,c=3.0,value=7.0"),
        ("sensor.c", "domain,domain=sensor,entity_id=c a=1.0,b=2.0,value=7.0"),
        ("sensor.d", "all,domain=sensor,entity_id=d a=1.0,b=2.0,value=7.0"),
        ("light.b", "glob 2,domain=light,entity_id=b a=1.0,b=2.0,c=3.0,value=7.0"),
    ],
)
def test_component_config(entity_id: str, line: str) -> None:
    """The entity's own options win over globs, a later glob over an earlier, those over domains.

    They win key by key, and an empty measurement wins, too: it makes the one for all count again.
    """
    options = HomeAssistantSchemaConfig(
        component_config_domain={"sensor": component("domain", ("c",))},
        component_config_glob={
            "sensor.*b": component("glob 1", ("b",)),
            "*.b": component("glob 2"),
        },
        component_config={
            "sensor.a": component("own", ("a",)),
            "sensor.d": component(""),
        },
        ignore_attributes=("always",),
        override_measurement="all",
    )
    attributes = {"a": 1, "b": 2, "c": 3, "always": 4}

    written = line_of("7", attributes, entity_id=entity_id, options=options)

    assert written is not None
    assert written.replace("\\ ", " ").removesuffix(f" {TIME}000") == line


def test_tags() -> None:
    """They are sorted; attributes win over the integration's own, configured ones over those."""
    options = HomeAssistantSchemaConfig(
        tags_attributes=("room", "domain", "empty", "none", "several", "entity_id")
    )
    attributes = {
        "room": "Salon d'été",
        "domain": 5,
        "empty": "",
        "none": None,
        "several": ["a", 1],
        "entity_id": "two\nlines",
        "state": "not a tag",
    }

    line = line_of("7", attributes, options=options, tags={"room": "x\ny", "z": "", "B": "b=,"})

    assert line == (
        "light.a,B=b\\=\\,,domain=5,entity_id=two\\ lines,room=x\\ y,several=['a'\\,\\ 1] "
        f'state_str="not a tag",value=7.0 {TIME}000'
    )


def test_home_tag() -> None:
    """Beside another home each point says where it is from, whatever the attributes say."""
    options = HomeAssistantSchemaConfig(tags_attributes=("home",))

    assert series_of({"home": "x"}, options=options, home_tag=True) == (
        "light.a,domain=light,entity_id=a,home=north"
    )


@pytest.mark.parametrize(
    ("api", "series", "fields"),
    [
        (
            V1,
            r"a\\\,\=b\\\ c,domain=light,entity_id=a,k\\\ \n=v\\\ \,\=\\ ",
            r'a\\b=1.0,a\\c\n_str="\"\\",value=1e+16',
        ),
        (
            V2,
            r"a\\,=b\\ c,domain=light,entity_id=a,k\\ \n=v\\ \,\=\ ",
            r'a\b=1,a\c\n_str="\"\\",value=1e+16',
        ),
    ],
)
def test_escapes(api: InfluxApi, series: str, fields: str) -> None:
    """Each client has its own: the older doubles backslashes, the newer trims `.0`."""
    written = line_of(
        "1e16",
        {"unit_of_measurement": "a\\,=b\\ c", "a\\b": 1, "a\\c\n": '"\\'},
        tags={"k\\ \n": "v\\ ,=\\"},
        api=api,
    )

    assert written == f"{series} {fields} {TIME}000"


@pytest.mark.parametrize("api", [V1, V2])
@pytest.mark.parametrize("name", ["", "a\\", "a" * 70_000])
def test_names_that_no_server_takes(name: str, api: InfluxApi) -> None:
    """Fields and tags with such names are left out, and the tag `time` is."""
    tags = {name: "x", "time": "x"}

    assert fields_of("x", {name: 1, "b": 0.5}, api=api) == 'b=0.5,state="x"'
    assert series_of(tags=tags, api=api) == "light.a,domain=light,entity_id=a"


def test_names_that_the_newer_client_breaks() -> None:
    """It does not escape a backslash, which then escapes the escape: that field is left out."""
    attributes = {"a\\ b": 0.5, "a\\,b": 0.5, "a\\=b": 0.5, "a\\b": 0.5}

    assert fields_of("x", attributes, api=V2) == r'a\b=0.5,state="x"'
    assert fields_of("x", attributes, api=V1).count("0.5") == len(attributes)


def test_tags_that_are_spelled_the_same() -> None:
    """No point has a tag twice, though the newer client spells these two alike."""
    assert series_of(tags={"\n": "1", "\\n": "2"}, api=V2) == (
        r"light.a,\n=2,domain=light,entity_id=a"
    )


def test_strings_that_no_server_takes() -> None:
    """A string beyond a mebibyte is left out, whole."""
    assert fields_of("x", {"a": "é" * 524_288, "b": "é" * 524_289}).startswith('a_str="éé')
    assert "b_str" not in fields_of("x", {"a": "é" * 524_288, "b": "é" * 524_289})


def test_version_3() -> None:
    """No table of version 3 has a tag and a field of one name: the field gets a `_`."""
    options = HomeAssistantSchemaConfig(tags_attributes=("state",))
    attributes = {"domain": 1, "domain_": 2, "entity_id": "x"}

    line = line_of("x", attributes, options=options, tags={"state_": "n"}, api=V3)

    assert line == (
        "light.a,domain=light,entity_id=a,state_=n "
        f'domain_=2,domain__=1,entity_id_str="x",state__="x" {TIME}000'
    )


@pytest.mark.parametrize(
    ("api", "precision", "instant", "timestamp"),
    [
        (V1, Precision.NS, TIME, "1795438574268848000"),
        (V1, Precision.US, TIME, "1795438574268848"),
        (V1, Precision.MS, TIME + 999, "1795438574269"),
        (V1, Precision.S, TIME + 700_000, "1795438574"),
        (V2, Precision.NS, TIME, "1795438574268848000"),
        (V2, Precision.US, 1795438574268848, "1795438574268848"),
        (V2, Precision.US, 1795438574268880, "1795438574268879"),
        (V2, Precision.MS, 1795438574002000, "1795438574001"),
        (V2, Precision.S, TIME + 731_151, "1795438574"),
        (V2, Precision.S, TIME + 731_152, "1795438575"),
    ],
)
def test_timestamps(api: InfluxApi, precision: Precision, instant: int, timestamp: str) -> None:
    """They are cut, not rounded; the newer client's come out one too low at times."""
    encoder = HomeAssistantEncoder(NO_OPTIONS, tags={}, api=api, precision=precision)
    change = StateChange(
        entity_id="light.a", time=instant, state=State(value="x", attributes=NO_ATTRIBUTES)
    )

    line = encoder.encode("home", change)

    assert line is not None
    assert line.rpartition(" ")[2] == timestamp
    assert encoder.encoding.value == f"line-protocol/{precision}"


@settings(max_examples=150, deadline=None)
@given(some.changes, st.sampled_from([V1, V2, V3]))
def test_any_change(change: StateChange, api: InfluxApi) -> None:
    """Whatever JSON a change holds, there is no line or one line, and it can be encoded."""
    encoder = HomeAssistantEncoder(NO_OPTIONS, tags={}, api=api, precision=Precision.US)

    line = encoder.encode("home", change)

    assert line is None or "\n" not in line.encode().decode()
