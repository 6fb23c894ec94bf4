"""What belongs to the schema of a sink."""

import pytest
from attrs import fields

from tests.config.bad_files import HOME, INFLUX1, INFLUX2
from tests.config.support import load_text, problems_of
from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.line_protocol_model import (
    ComponentConfig,
    HomeAssistantSchemaConfig,
    MeasurementAttr,
    Schema,
)
from trio_ingest.config.schema_rules import KEYS_OF_SCHEMAS, TAKEN
from trio_ingest.config.sink_model import AttributePatterns, SqliteSinkConfig

LIKE_THE_INTEGRATION = f'{HOME}{INFLUX1}schema = "home-assistant"\n'


def influx_of(directory, text: str) -> InfluxSinkConfig:
    """Return the only sink of a file with *text*."""
    (sink,) = load_text(directory, text).sinks
    assert isinstance(sink, InfluxSinkConfig)
    return sink


def test_options_of_the_integration(tmp_path):
    """The options of the integration are keys of the sink, in the order of the file."""
    text = f"""{LIKE_THE_INTEGRATION}
measurement_attr = "domain__device_class"
default_measurement = "units"
override_measurement = "all"
tags_attributes = ["friendly_name"]
ignore_attributes = ["icon", "", "a\\nb"]
component_config_domain.sun.override_measurement = ""
[sink.influx.component_config_glob]
"*_b" = {{}}
"*_a" = {{ ignore_attributes = [] }}
[sink.influx.component_config."sun.sun"]
override_measurement = "sky"
ignore_attributes = ["rising"]
"""

    sink = influx_of(tmp_path, text)

    assert MeasurementAttr.DOMAIN_DEVICE_CLASS is sink.measurement_attr
    assert ("units", "all") == (sink.default_measurement, sink.override_measurement)
    assert (("friendly_name",), ("icon", "", "a\nb")) == (
        sink.tags_attributes,
        sink.ignore_attributes,
    )
    assert {"sun": ComponentConfig(override_measurement="")} == sink.component_config_domain
    assert [
        ("*_b", ComponentConfig()),
        ("*_a", ComponentConfig(ignore_attributes=())),
    ] == list(sink.component_config_glob.items())
    assert {
        "sun.sun": ComponentConfig(override_measurement="sky", ignore_attributes=("rising",))
    } == sink.component_config


def test_defaults_of_the_integration(tmp_path):
    """Without options it is what the integration does without them; times stay exact."""
    sink = influx_of(tmp_path, LIKE_THE_INTEGRATION)

    defaults = HomeAssistantSchemaConfig()
    for each in fields(HomeAssistantSchemaConfig):
        assert getattr(defaults, each.name) == getattr(sink, each.name)
    assert "us" == sink.precision


def test_attributes_by_domain(tmp_path):
    """Patterns of a domain stand beside those of the sink; an empty list turns all off."""
    text = f"{HOME}{INFLUX2}attributes = {{ include = [], domain.light.exclude = ['icon'] }}"

    attributes = influx_of(tmp_path, text).attributes

    assert () == attributes.include
    assert {"light": AttributePatterns(exclude=("icon",))} == attributes.domain


def test_value_map(tmp_path):
    """Words have numbers, by domain and by device class; whole numbers become floats."""
    maps = 'value_map = { person = { home = 1, "" = -0.5 }, "sensor:enum" = {} }'
    expected = {"person": {"home": 1.0, "": -0.5}, "sensor:enum": {}}

    (sink,) = load_text(tmp_path, f'{HOME}[sink.s]\nkind = "sqlite"\n{maps}').sinks

    assert isinstance(sink, SqliteSinkConfig)
    assert expected == sink.value_map
    assert expected == influx_of(tmp_path, f"{HOME}{INFLUX2}{maps}").value_map


@pytest.mark.parametrize("number", ["nan", "-inf", "1" + 400 * "0"])
def test_no_number(tmp_path, number: str):
    """What no database takes as a number is refused."""
    (problem,) = problems_of(tmp_path, f"{HOME}{INFLUX2}value_map.person.home = {number}")

    assert 'value_map: "home" of "person" has no number' in problem


def test_tags_replace(tmp_path):
    """Tags may have the names that the integration's points have: there they replace those."""
    sink = influx_of(tmp_path, f'{LIKE_THE_INTEGRATION}tags = {{ domain = "x", _a = "y" }}')

    assert {"domain": "x", "_a": "y"} == sink.tags


def test_every_schema_has_rules():
    """No schema is forgotten, and the keys of one are keys that a sink has."""
    keys = [key for each in Schema for key in KEYS_OF_SCHEMAS[each]]

    assert set(Schema) == TAKEN.keys()
    assert len(keys) == len(set(keys))
    assert set(keys) <= {each.name for each in fields(InfluxSinkConfig)}


def test_events(tmp_path):
    """Types of events are taken as integrations spell them."""
    text = f'{HOME}events = ["call_service", "ios.action_fired", "KNX-event"]'

    (home,) = load_text(tmp_path, text).home_assistants

    assert ("call_service", "ios.action_fired", "KNX-event") == home.events
