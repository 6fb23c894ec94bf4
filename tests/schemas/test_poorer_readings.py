"""A change that is told again, but not as fully, takes nothing away from what is stored."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support import changes as some
from tests.support.influx_lines import parse_line
from tests.support.sink_configs import influx_config
from trio_ingest.config.line_protocol_model import (
    Identity,
    InfluxApi,
    Precision,
    Schema,
    StateFormat,
)
from trio_ingest.config.sink_model import AttributesConfig
from trio_ingest.lane_settings import make_encoder
from trio_ingest.model.attributes import NO_ATTRIBUTES, Attributes
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import UNKNOWN_CONTEXT, Context, State, StateChange

CONTEXT = Context(id="01AB", parent_id="01AA", user_id="cd")
ALWAYS_RECORDED = {"device_class": "power", "unit_of_measurement": "W"}
# No two of them are after the same field in the schema `home-assistant`.
APART = ["brightness", "effect", "a b", "温度", "time", "home", "icon", "options"]

texts = some.texts.map(lambda text: text[:255])


@frozen(kw_only=True)
class Told:
    """One change as the event has told it, and as others do."""

    rich: StateChange
    snapshot: StateChange
    history: StateChange


@st.composite
def told_twice(draw: st.DrawFn, names: st.SearchStrategy[str]) -> Told:
    attributes = draw(st.dictionaries(names, some.json_values, max_size=6)) | draw(
        st.sampled_from([{}, ALWAYS_RECORDED])
    )
    kept = draw(st.permutations(sorted(attributes, key=repr)))
    kept = kept[: draw(st.integers(0, len(kept)))]
    recorded = {name: attributes[name] for name in {*kept, *ALWAYS_RECORDED} & attributes.keys()}
    time = draw(some.times)
    state = State(
        value=draw(texts),
        attributes=Attributes.of(attributes),
        last_changed=time,
        last_updated=time,
        context=CONTEXT,
    )
    old = State(
        value=draw(texts),
        attributes=Attributes.of(attributes),
        last_changed=time - 5,
        context=CONTEXT,
    )
    rich = StateChange(entity_id="sensor.x", time=time, state=state, before=old, context=CONTEXT)
    history = replace(
        rich,
        state=replace(state, attributes=Attributes.of(recorded), context=UNKNOWN_CONTEXT),
        before=draw(
            st.sampled_from([None, replace(old, attributes=NO_ATTRIBUTES, context=UNKNOWN_CONTEXT)])
        ),
        context=UNKNOWN_CONTEXT,
    )
    return Told(rich=rich, snapshot=replace(rich, before=None), history=history)


def encoder_for(**options: Any) -> Any:
    entries = {"sensor.x": Entry(registry_id="12", area="Kitchen", device_id="d", model="M 1")}
    return make_encoder(influx_config(**options), {"home": Latest(Registry(entries=entries))})


def check(told: Told, encoder: Any, *, besides: str = "") -> None:
    """Check that what the poorer lines say the rich one says as well; *besides* it may lack."""
    rich = parse_line(encoder.encode("home", told.rich))
    for poorer in (told.snapshot, told.history):
        line = encoder.encode("home", poorer)
        if line is None:  # NaN or too large, in the schema home-assistant, without the attributes
            assert not isfinite(float(poorer.state.value))
            continue
        poor = parse_line(line)
        assert (rich.series, rich.time) == (poor.series, poor.time)
        fields: Mapping[str, Any] = {
            name: value for name, value in poor.fields.items() if name != besides
        }
        assert fields == {name: rich.fields[name] for name in fields}
        assert besides not in rich.fields


ANY_NAME = told_twice(some.names)
SETTINGS = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@SETTINGS
@given(
    ANY_NAME,
    st.sampled_from(Identity),
    st.sampled_from(Precision),
    st.sampled_from([{}, {"sensor:power": {"on": 7.0}, "sensor": {"on": 8.0}}]),
)
def test_tidy(
    told: Told, identity: Identity, precision: Precision, value_map: Mapping[str, Any]
) -> None:
    """Every field of the poorer line is in the rich one, with the same value, in the same point."""
    check(
        told,
        encoder_for(
            identity=identity,
            precision=precision,
            value_map=value_map,
            attributes=AttributesConfig(nested="json"),
        ),
    )


@SETTINGS
@given(ANY_NAME, st.sampled_from(StateFormat))
def test_homeiq(told: Told, state_format: StateFormat) -> None:
    """So it is here. In the old format the history has a field of its own, which no other has."""
    check(
        told,
        encoder_for(schema=Schema.HOMEIQ, state_format=state_format),
        besides="state_text",
    )


@SETTINGS
@given(told_twice(st.sampled_from(APART)), st.sampled_from([InfluxApi.V1, InfluxApi.V2]))
def test_home_assistant(told: Told, api: InfluxApi) -> None:
    """So it is here, as long as no two attributes are after the same field."""
    encoder = encoder_for(schema=Schema.HOME_ASSISTANT, api=api)

    if encoder.encode("home", told.rich) is None:
        assert encoder.encode("home", told.history) is None
    else:
        check(told, encoder)


@pytest.mark.parametrize("schema", Schema)
def test_a_removal(schema: Schema) -> None:
    """So it is with a removal, which the history knows without what was before."""
    removal = StateChange(
        entity_id="sensor.x",
        time=7,
        state=None,
        before=State(value="1", attributes=NO_ATTRIBUTES),
        context=CONTEXT,
    )
    told = Told(
        rich=removal,
        snapshot=replace(removal, before=None),
        history=replace(removal, before=None, context=UNKNOWN_CONTEXT),
    )
    encoder = encoder_for(schema=schema)

    if schema is Schema.HOME_ASSISTANT:
        assert encoder.encode("home", told.rich) is None
    else:
        check(told, encoder)
