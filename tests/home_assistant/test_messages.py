"""The codec, held against frames of a real Home Assistant and against everything else."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw, ValidationError
from msgspec.structs import asdict

from trio_ingest.home_assistant.frames import Unreadable
from trio_ingest.home_assistant.messages import (
    AuthInvalid,
    AuthRequired,
    Event,
    OtherEvent,
    Pong,
    Result,
    decode_frame,
    to_home_event,
    to_state_change,
)
from trio_ingest.home_assistant.snapshot import decode_snapshot
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.instant import to_datetime
from trio_ingest.model.state_change import Context, HomeEvent, State, StateChange

SAMPLES = Path(__file__).parent.parent / "samples"


def event_frame(**data: Any) -> dict[str, Any]:
    """Return a state_changed event as Home Assistant sends it."""
    return {
        "type": "event",
        "event": {
            "event_type": "state_changed",
            "data": {"entity_id": "light.kitchen", "old_state": None, "new_state": None, **data},
            "origin": "LOCAL",
            "time_fired": "2026-11-23T10:00:00.000002+00:00",
            "context": {"id": "01", "parent_id": None, "user_id": None},
        },
        "id": 1,
    }


STATE = {
    "entity_id": "light.kitchen",
    "state": "on",
    "attributes": {"brightness": 12},
    "last_changed": "2026-11-23T09:00:00.000001+00:00",
    "last_reported": "2026-11-23T10:00:00.000001+00:00",
    "last_updated": "2026-11-23T10:00:00.000001+00:00",
    "context": {"id": "01", "parent_id": None, "user_id": None},
}


def state_changes(frame: str) -> list[StateChange]:
    return [to_state_change(m.event) for m in decode_frame(frame) if isinstance(m, Event)]


def test_a_change_carries_the_time_of_its_state() -> None:
    """The instant of a change is the new state's last_updated, to the microsecond."""
    (change,) = state_changes(json.dumps(event_frame(new_state=STATE)))

    assert change == StateChange(
        entity_id="light.kitchen",
        time=1_795_428_000_000_001,
        state=State(
            value="on",
            attributes=Attributes.of({"brightness": 12}),
            last_changed=1_795_424_400_000_001,
            last_updated=1_795_428_000_000_001,
            context=Context(id="01"),
        ),
        context=Context(id="01"),
    )


def test_a_removal_is_a_change() -> None:
    """A removal (new_state is null) is a change of its own kind, at the time it was fired."""
    (change,) = state_changes(json.dumps(event_frame(old_state=STATE)))

    assert change.is_removal
    assert to_datetime(change.time).isoformat() == "2026-11-23T10:00:00.000002+00:00"


def test_a_coalesced_frame_keeps_its_order() -> None:
    """A frame may be an array that mixes results, pongs and events; their order is kept."""
    frame = [
        {"id": 1, "type": "result", "success": True, "result": None},
        event_frame(new_state=STATE),
        {"id": 2, "type": "pong"},
        event_frame(old_state=STATE),
    ]

    messages = decode_frame(json.dumps(frame))

    assert [type(message) for message in messages] == [Result, Event, Pong, Event]


def other_frame(event_type: str, data: Any) -> dict[str, Any]:
    """Return an event that is no state change as Home Assistant sends it."""
    event = event_frame()["event"]
    return {"type": "event", "event": {**event, "event_type": event_type, "data": data}, "id": 2}


@pytest.mark.parametrize(
    "data",
    [{}, {"new_state": "on", "old_state": 7}, {"entity_id": ["light.a"], "a": [{"b": None}]}],
)
@pytest.mark.parametrize("coalesced", [False, True])
def test_other_events_may_hold_anything(data: dict[str, Any], coalesced: bool) -> None:
    """An event that is no state change is read whole, also with data that look like a state's."""
    frame: Any = other_frame("my_event", data)
    if coalesced:
        frame = [event_frame(new_state=STATE), frame, event_frame(old_state=STATE)]

    messages = decode_frame(json.dumps(frame))

    (told,) = (to_home_event(m.event) for m in messages if isinstance(m, OtherEvent))
    assert told == HomeEvent(
        event_type="my_event", time=1_795_428_000_000_002, data=data, context=Context(id="01")
    )
    assert len(messages) == (3 if coalesced else 1)


@pytest.mark.parametrize("change", [{"entity_id": 7}, {"new_state": "on"}, {"new_state": {}}])
def test_an_odd_state_change_is_no_other_event(change: dict[str, Any]) -> None:
    """A state change that is not as promised is unreadable, and never taken for something else."""
    messages = decode_frame(json.dumps([event_frame(**change), other_frame("x", {})]))

    assert [type(message) for message in messages] == [Unreadable, OtherEvent]


@pytest.mark.parametrize(
    ("old_state", "value"), [(STATE, "on"), (None, None), ({}, None), ("on", None)]
)
def test_the_old_state_is_read_when_somebody_asks(old_state: Any, value: str | None) -> None:
    """One that cannot be read is like none: the change itself is good."""
    (change,) = state_changes(json.dumps(event_frame(new_state=STATE, old_state=old_state)))

    assert (change.old_state and change.old_state.value) == value


@pytest.mark.parametrize(
    "odd", [{"new_state": {**STATE, "attributes": ["x"]}}, {"old_state": STATE, "new_state": None}]
)
def test_what_turns_out_odd_later(odd: dict[str, Any]) -> None:
    """Attributes that are no object, and a removal at no time, are said to be unreadable."""
    frame = event_frame(**odd)
    frame["event"]["time_fired"] = "yesterday"
    (message,) = decode_frame(json.dumps(frame))
    assert isinstance(message, Event)

    with pytest.raises(ValidationError):
        to_state_change(message.event)


def test_one_odd_message_does_not_cost_its_frame() -> None:
    """What cannot be read is named, and its neighbours are read."""
    frame = [{"type": "event", "id": "x"}, event_frame(new_state=STATE), 7, {"type": "???"}]

    messages = decode_frame(json.dumps(frame))

    assert [type(message) for message in messages] == [Unreadable, Event, Unreadable, Unreadable]


@pytest.mark.parametrize("frame", ["", "{", "[", "null", '"x"', b"\xff\xfe", "[[]]", "[" * 100_000])
def test_no_frame_is_a_crash(frame: str | bytes) -> None:
    """Text that is not the API's is one unreadable message."""
    (message,) = decode_frame(frame)

    assert isinstance(message, Unreadable)


def test_numbers_that_json_cannot_hold() -> None:
    """NaN and numbers beyond float64 are read leniently; they are not worth a lost event."""
    text = json.dumps(event_frame(new_state=STATE)).replace("12", "NaN").replace('"01"', '"1"')

    (change,) = state_changes(text)

    assert change.state is not None
    assert change.state.attributes.by_name == {"brightness": None}


def test_auth_messages() -> None:
    """The three words of the authentication phase are told apart."""
    assert decode_frame('{"type":"auth_required","ha_version":"2026.11.0"}') == [
        AuthRequired(ha_version="2026.11.0")
    ]
    assert decode_frame('{"type":"auth_invalid","message":"no"}') == [AuthInvalid(message="no")]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(
    value=st.text(st.characters(codec="utf-8"), max_size=255),
    attributes=st.dictionaries(st.text(st.characters(codec="utf-8")), json_values, max_size=5),
    time=st.integers(0, 4_102_444_800_000_000),
)
def test_decode_is_the_inverse_of_encode(value: str, attributes: dict[str, Any], time: int) -> None:
    """Whatever the state and its attributes are, they come out as they went in."""
    new_state = {**STATE, "state": value, "attributes": attributes}
    new_state["last_updated"] = to_datetime(time).isoformat()

    (change,) = state_changes(json.dumps(event_frame(new_state=new_state)))

    assert change.time == time
    assert change.state is not None
    assert (change.state.value, change.state.attributes.by_name) == (value, attributes)


@settings(max_examples=200, deadline=None)
@given(st.text() | st.binary() | json_values.map(json.dumps))
def test_decode_never_raises(frame: str | bytes) -> None:
    """No frame whatever makes the codec raise."""
    decode_frame(frame)


def test_the_recorded_corpus() -> None:
    """Every frame that a real Home Assistant 2026.11 sent is read, and agrees with its JSON."""
    with gzip.open(SAMPLES / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            (message,) = decode_frame(line)
            raw = json.loads(line)["event"]
            if raw["event_type"] != "state_changed":
                assert isinstance(message, OtherEvent)
                told = to_home_event(message.event)
                assert (told.event_type, told.data) == (raw["event_type"], raw["data"])
                assert asdict(told.context) == raw["context"]
                when = to_datetime(told.time).isoformat(timespec="microseconds")
                assert when == raw["time_fired"]
                continue
            assert isinstance(message, Event)
            change = to_state_change(message.event)
            new = raw["data"]["new_state"]
            when = raw["time_fired"] if new is None else new["last_updated"]
            assert to_datetime(change.time).isoformat(timespec="microseconds") == when
            assert (change.state and change.state.value) == (new and new["state"])
            assert (change.state and change.state.attributes.by_name) == (new and new["attributes"])


def test_an_odd_entity_does_not_cost_the_snapshot(caplog: pytest.LogCaptureFixture) -> None:
    """An entry of get_states that cannot be read is left out and said."""
    changes = decode_snapshot([Raw(json.dumps(STATE).encode()), Raw(b'{"entity_id": 1}')])

    assert [change.entity_id for change in changes] == ["light.kitchen"]
    assert "skipped" in caplog.text
