"""Events as rows for the embedded database."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.events import events as some_events
from trio_ingest.model.batch import Encoding
from trio_ingest.model.state_change import Context, HomeEvent
from trio_ingest.processing.event_rows import EventRowEncoder
from trio_ingest.sinks.sqlite_rows import read_rows

TIME = 1_790_000_000_000_001
CALL = HomeEvent(
    event_type="call_service",
    time=TIME,
    data={"domain": "light", "service": "turn_on", "entity_id": ["light.b", "light.a"]},
    context=Context(id="01", user_id="anna"),
)


def test_row():
    """A line is a compact object that names its columns, with all data in it."""
    encoder = EventRowEncoder({"site": "north"})

    assert Encoding.ROWS is encoder.encoding
    assert encoder.encode("home", CALL) == (
        '{"home":"home","event_type":"call_service","time_us":1790000000000001,"sequence":0,'
        '"entity_id":"light.a,light.b","domain":"light","service":"turn_on",'
        '"context_id":"01","context_user_id":"anna","context_parent_id":null,'
        '"data":{"domain":"light","service":"turn_on","entity_id":["light.b","light.a"]},'
        '"tags":{"site":"north"}}'
    )


def test_events_of_one_microsecond_are_different_rows():
    """The second event of a type within a microsecond is another row."""
    encoder = EventRowEncoder({})

    rows = [json.loads(encoder.encode("home", CALL)) for _ in range(3)]

    assert [0, 1, 2] == [row["sequence"] for row in rows]


@settings(max_examples=150, deadline=None)
@given(st.lists(some_events, max_size=5))
def test_any_event(told):
    """Whatever the data, a line is one line of UTF-8 that the sink reads."""
    encoder = EventRowEncoder({})

    lines = [encoder.encode("home", each) for each in told]

    assert not any("\n" in line for line in lines)
    rows, bad_lines = read_rows([line.encode() for line in lines])
    assert {} == bad_lines
    assert len(told) == len(rows.events)
