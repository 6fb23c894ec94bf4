"""Events in line protocol."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import changes as some
from tests.support.events import events as some_events
from tests.support.line_parser import parse_strictly
from tests.support.servers import InfluxDB1
from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.model.batch import Encoding
from trio_ingest.model.state_change import Context, HomeEvent
from trio_ingest.processing.event_lines import OWN_FIELDS, EventLineEncoder

TIME = 1_790_000_000_000_042


def make_encoder(
    precision: Precision = Precision.US,
    *,
    tags: Mapping[str, str] | None = None,
    home: bool = False,
) -> EventLineEncoder:
    return EventLineEncoder(tags=tags or {}, precision=precision, home_tag=home)


def event(data: Mapping[str, Any], *, time: int = TIME, **context: str) -> HomeEvent:
    return HomeEvent(
        event_type="call_service", time=time, data=data, context=Context(**{"id": "01", **context})
    )


def test_a_service_call() -> None:
    """Who switched what: domain, service and entity are tags, the person stands in the context."""
    data = {"domain": "light", "service": "turn_on", "service_data": {"entity_id": ["light.x"]}}

    line = make_encoder(tags={"site": "north"}).encode(
        "home", event(data, user_id="anna", parent_id="00")
    )

    assert line == (
        "event_call_service,entity_id=light.x,domain=light,service=turn_on,site=north "
        'context_id="01",context_user_id="anna",context_parent_id="00",'
        r'data="{\"domain\":\"light\",\"service\":\"turn_on\",'
        r'\"service_data\":{\"entity_id\":[\"light.x\"]}}" '
        "1790000000000042"
    )


def test_numbers_are_fields() -> None:
    """Numbers and truth values of the top are floats by their names; others only stand in data."""
    data = {"brightness": 7, "is_on": True, "huge": 10**400, "text": "8", "deep": {"n": 1}}

    fields = parse_strictly(make_encoder().encode("home", event(data))).fields

    assert {name: fields[name] for name in fields if name != "data"} == {
        "context_id": "01",
        "brightness": 7.0,
        "is_on": 1.0,
    }


def test_several_homes() -> None:
    """With several homes each event says whose it is, whatever its data are called."""
    point = parse_strictly(make_encoder(home=True).encode("cabin", event({"home": 5})))

    assert point.tags == {"home": "cabin"}
    assert point.fields["attr_home"] == 5.0


def test_too_long_data_are_left_out() -> None:
    """Data that no string field can hold are left out whole; the rest of the event is there."""
    point = parse_strictly(make_encoder().encode("home", event({"domain": "x", "a": "b" * 65_536})))

    assert (point.tags, point.fields) == ({"domain": "x"}, {"context_id": "01"})


def test_constant_tags_give_way() -> None:
    """A constant tag is there unless the event says otherwise, and is never called like a field."""
    encoder = make_encoder(tags={"domain": "none", "data": "x", "sequence": "y", "empty": ""})
    series = [
        parse_strictly(encoder.encode("home", event(data))).tags
        for data in ({}, {"domain": "light"})
    ]

    assert [tags["domain"] for tags in series] == ["none", "light"]
    assert [sorted(tags) for tags in series] == [["domain", "tag_data", "tag_sequence"]] * 2


@pytest.mark.parametrize(
    ("precision", "timestamp"),
    [
        (Precision.NS, 1_790_000_000_000_042_000),
        (Precision.US, 1_790_000_000_000_042),
        (Precision.MS, 1_790_000_000_000),
        (Precision.S, 1_790_000_000),
    ],
)
def test_precision(precision: Precision, timestamp: int) -> None:
    """The time is when the event was fired, cut to the precision, and the encoding says which."""
    encoder = make_encoder(precision)

    assert parse_strictly(encoder.encode("home", event({}))).time == timestamp
    assert encoder.encoding is Encoding(f"line-protocol/{precision}")


def test_events_of_one_instant_are_different_points() -> None:
    """Where a coarse precision puts events of a series on one time, a tag keeps them apart."""
    encoder = make_encoder(Precision.S)
    told = [event({"domain": "light"}, time=TIME + n) for n in range(3)]
    told.append(event({"domain": "light"}, time=TIME + 1_000_000))

    points = [parse_strictly(encoder.encode("home", each)) for each in told]

    assert [point.tags.get("sequence") for point in points] == [None, "1", "2", None]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(some_events, max_size=12),
    st.dictionaries(some.names, some.texts, max_size=3),
    st.sampled_from(Precision),
)
def test_any_event(told: list[HomeEvent], tags: dict[str, str], precision: Precision) -> None:
    """Whatever the data: valid lines, distinct points, no field of two types, none that is a tag."""
    encoder = make_encoder(precision, tags=tags, home=True)

    points = [parse_strictly(encoder.encode("home", each)) for each in told]

    fields = {name: type(value) for point in points for name, value in point.fields.items()}
    for point in points:
        assert {name: type(value) for name, value in point.fields.items()} == {
            name: fields[name] for name in point.fields
        }
    assert {name for name, kind in fields.items() if kind is str} <= set(OWN_FIELDS)
    assert not fields.keys() & {tag for point in points for tag in point.tags}
    ordered = {(p.measurement, *sorted(p.tags.items()), p.time) for p in points}
    assert len(ordered) == len(points) or has_turned_back(told)


def has_turned_back(told: list[HomeEvent]) -> bool:
    """Say whether the times are such as no Home Assistant tells them: it never goes back."""
    times = [each.time for each in told]
    return times != sorted(times)


@pytest.mark.servers
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(some_events, min_size=10, max_size=30),
    st.dictionaries(some.names, some.texts, max_size=3),
)
def test_influxdb_takes_any_event(
    influxdb: InfluxDB1, told: list[HomeEvent], tags: dict[str, str]
) -> None:
    """InfluxDB 1.6.7 refuses no line of any event, nor for the types of those before it."""
    database = influxdb.create_database("any_event")
    encoder = make_encoder(tags=tags, home=True)

    answer = httpx.post(
        f"{influxdb.url}/write",
        params={"db": database, "precision": "u"},
        content="\n".join(encoder.encode("home", each) for each in told).encode(),
        auth=influxdb.auth,
    )

    assert (answer.status_code, answer.text) == (204, "")
