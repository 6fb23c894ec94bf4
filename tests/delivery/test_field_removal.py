"""One field is taken out of a line: the rest stays, byte for byte."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import changes as some
from tests.support.integration_cases import Luck, change_of, encoder_for
from tests.support.line_parser import parse_strictly
from trio_ingest.config.line_protocol_model import InfluxApi, Precision
from trio_ingest.config.sink_model import AttributesConfig
from trio_ingest.delivery.field_removal import Parted, without_field
from trio_ingest.model.attributes import NO_ATTRIBUTES, Attributes
from trio_ingest.model.state_change import State, StateChange
from trio_ingest.processing.tidy import TidyEncoder

CONFIGURATIONS = 100
CHANGES_EACH = 20


@pytest.mark.parametrize(
    ("line", "name", "rest", "removed"),
    [
        (b"m a=1,b=2 7", "a", b"m b=2 7", b"m a=1 7"),
        (b"m a=1,b=2", "b", b"m a=1", b"m b=2"),
        (
            rb"m\ x,t\ 1=a\,b\=c a=1,b=2 7",
            "b",
            rb"m\ x,t\ 1=a\,b\=c a=1 7",
            rb"m\ x,t\ 1=a\,b\=c b=2 7",
        ),
        (rb"m\\,t=a\\ ,u=b a=1,b=2i 7", "a", rb"m\\,t=a\\ ,u=b b=2i 7", rb"m\\,t=a\\ ,u=b a=1 7"),
        (rb'm a="x, b=1 \" \\",b=2 7', "a", b"m b=2 7", rb'm a="x, b=1 \" \\" 7'),
        (rb'm a="x, b=1 \" \\",b=2 7', "b", rb'm a="x, b=1 \" \\" 7', b"m b=2 7"),
        (rb'm q"r=1,b\ c\,d\=e=2,f=t 7', "b c,d=e", rb'm q"r=1,f=t 7', rb"m b\ c\,d\=e=2 7"),
        (rb'm q"r="x",b=2 7', 'q"r', b"m b=2 7", rb'm q"r="x" 7'),
        (rb'm q\"r="x",b=2 7', 'q"r', b"m b=2 7", rb'm q\"r="x" 7'),
        (rb"m a\\b=1,c=2 7", r"a\\b", b"m c=2 7", rb"m a\\b=1 7"),
        (rb"m a\\b=1,c=2 7", r"a\b", b"m c=2 7", rb"m a\\b=1 7"),
        ("m é🌡=1,c=2 7".encode(), "é🌡", b"m c=2 7", "m é🌡=1 7".encode()),
        (b'm a=1,b=2,a="x" 7', "a", b"m b=2 7", b'm a=1,a="x" 7'),
    ],
)
def test_a_field_is_found(line: bytes, name: str, rest: bytes, removed: bytes) -> None:
    """By its name without escapes, wherever it stands and whatever stands around it."""
    assert without_field(line, name) == Parted(rest=rest, removed=removed)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"m a=1 7", "a"),
        (b"m a=1,b=2 7", "c"),
        (b'm a="b=1,c=2",d=3 7', "b"),
        (b"m,b=1 a=1,c=2 7", "b"),
        (b'm a="open,b=2 7', "b"),
        (b"m a=1,b=2,  7", "b"),
        (b"m a=1,b", "a"),
        (b"m", "a"),
        (b"", "a"),
        (b"{}", "a"),
    ],
)
def test_what_is_in_doubt_is_left_alone(line: bytes, name: str) -> None:
    """The only field, none of that name, text that looks like one, and what is no line."""
    assert without_field(line, name) is None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.builds(StateChange, entity_id=some.entity_ids, time=some.times, state=some.states))
def test_any_point_is_parted(change: StateChange) -> None:
    """Whatever a point holds: two lines that every engine takes, and together they say the same."""
    encoder = TidyEncoder(
        registries={},
        attributes=AttributesConfig(nested="json"),
        tags={"site": "a, b=c d"},
        precision=Precision.US,
        home_tag=True,
    )
    line = encoder.encode("home", change)
    whole = parse_strictly(line)

    for name in whole.fields:
        parted = without_field(line.encode(), name)

        if len(whole.fields) == 1:
            assert parted is None
            continue
        assert parted is not None
        rest, removed = (parse_strictly(part.decode()) for part in (parted.rest, parted.removed))
        assert {name: whole.fields[name]} == removed.fields
        assert {**rest.fields, **removed.fields} == whole.fields
        assert name not in rest.fields
        for part in (rest, removed):
            assert (whole.measurement, whole.tags, whole.time) == (
                part.measurement,
                part.tags,
                part.time,
            )


@pytest.mark.parametrize("api", [InfluxApi.V1, InfluxApi.V2])
def test_the_names_of_home_assistant(api: InfluxApi) -> None:
    """Every field of the schema `home-assistant` is found, with names made to confuse."""
    luck = Luck(7)
    found = 0
    for _ in range(CONFIGURATIONS):
        encoder = encoder_for(luck.config(), api, Precision.NS)
        for _ in range(CHANGES_EACH):
            change = change_of(luck.change())
            added = State(
                value="text",
                attributes=Attributes.of(
                    {
                        **(
                            change.state or State(value="", attributes=NO_ATTRIBUTES)
                        ).attributes.by_name,
                        "mark": 1,
                    }
                ),
            )
            line = encoder.encode(
                "home", StateChange(entity_id=change.entity_id, time=1, state=added)
            )
            if line is None:
                continue
            parted = without_field(line.encode(), "state")

            assert parted is not None, line
            assert parted.removed.endswith(b' state="text" 1000')
            assert len(parted.rest) + len(b'state="text",') == len(line.encode())
            found += 1
    assert found > CONFIGURATIONS
