"""What an encoder remembers of what it has written makes no other lines of what comes."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import changes as some
from tests.support.sink_configs import influx_config
from trio_ingest.config.line_protocol_model import InfluxApi, Schema, StateFormat
from trio_ingest.config.sink_model import AttributesConfig, SqliteSinkConfig
from trio_ingest.lane_settings import make_encoder
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import Context, State, StateChange

HOME = "home"
NAMES = ["brightness", "color_mode", "a,b", "state", "value_", "friendly_name", "device_class"]
NAMES += ["unit_of_measurement", "percent % s"]

values = some.json_values | st.sampled_from(["12 V", "100%", "kWh", "door", 1, 1.0, True, -0.0])
steps = st.lists(
    st.tuples(st.sampled_from(["light.a", "sensor.b"]), st.sampled_from(NAMES), values),
    min_size=1,
    max_size=12,
)
sinks = st.sampled_from(
    [
        influx_config(schema=Schema.TIDY, attributes=AttributesConfig(nested="json")),
        influx_config(schema=Schema.HOME_ASSISTANT),
        influx_config(
            schema=Schema.HOME_ASSISTANT, api=InfluxApi.V1, tags_attributes=("a,b", "color_mode")
        ),
        influx_config(schema=Schema.HOMEIQ),
        influx_config(schema=Schema.HOMEIQ, state_format=StateFormat.LEGACY),
        SqliteSinkConfig(name="embedded", path=Path("home.db")),
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sinks, steps, st.lists(st.sampled_from(["on", "off", "1", "nan"]), min_size=1))
def test_lines_are_as_of_a_new_encoder(
    sink: Any, steps: list[tuple[str, str, Any]], states: list[str]
) -> None:
    """Attribute by attribute changes, and some come back; each line is as if it were the first."""
    registries = {HOME: Latest(Registry())}
    encoder = make_encoder(sink, registries)
    attributes: dict[str, dict[str, Any]] = {"light.a": {}, "sensor.b": {}}
    last: dict[str, State] = {}
    told: list[tuple[StateChange, str | None]] = []

    for number, (entity_id, name, value) in enumerate(steps):
        attributes[entity_id] |= {name: value}
        state = State(
            value=states[number % len(states)],
            attributes=Attributes.of(attributes[entity_id]),
            last_updated=number,
            context=Context(id=f"{number}"),
        )
        change = StateChange(
            entity_id=entity_id,
            time=number,
            state=state,
            before=last.get(entity_id),
            context=state.context,
        )
        last[entity_id] = state
        line = encoder.encode(HOME, change)
        assert make_encoder(sink, registries).encode(HOME, change) == line
        told.append((change, line))

    changes, lines = zip(*told, strict=True)
    assert [*lines] == [*make_encoder(sink, registries).encode_all(HOME, changes)]


@pytest.mark.parametrize(
    "sink",
    [
        influx_config(schema=Schema.TIDY),
        influx_config(schema=Schema.HOMEIQ),
        SqliteSinkConfig(name="embedded", path=Path("home.db")),
    ],
)
def test_registries_that_are_read_between_two_bursts(sink: Any) -> None:
    """The very next change says what they say now, and not what was said of its entity before."""
    attic, cellar = (
        Registry(entries={"light.a": Entry(area=name, area_id=name)})
        for name in ("attic", "cellar")
    )
    latest = Latest(attic)
    encoder = make_encoder(sink, {HOME: latest})
    state = State(value="on", attributes=Attributes.of({}))
    changes = [StateChange(entity_id="light.a", time=time, state=state) for time in (1, 2)]

    before = encoder.encode_all(HOME, changes)
    latest.value = cellar
    after = encoder.encode_all(HOME, changes)

    assert [True] * 2 == ["attic" in str(line) for line in before]
    assert [str(line).replace("attic", "cellar") for line in before] == [*after]


def test_two_zeros() -> None:
    """0.0 and -0.0 are equal in Python, and each is written as itself."""
    encoder = make_encoder(influx_config(schema=Schema.TIDY), {HOME: Latest(Registry())})

    lines = [
        encoder.encode(
            HOME,
            StateChange(
                entity_id="sensor.b",
                time=1,
                state=State(value="x", attributes=Attributes.of({"a": zero})),
            ),
        )
        for zero in (0.0, -0.0, 0.0)
    ]

    assert ["a=0.0", "a=-0.0", "a=0.0"] == [str(line).split()[1].split(",")[1] for line in lines]
