"""Frames that no Home Assistant should send, for Hypothesis to choose from."""

import json
from typing import Any

from hypothesis import strategies as st

from tests.home_assistant.peer import change_of

GOOD = change_of("sensor.good", "1")
ids = st.none() | st.integers(-2, 12) | st.integers() | st.text(max_size=3) | st.booleans()
times = st.sampled_from(
    [
        "2026-11-23T10:00:00",  # of no time zone
        "0001-01-01T00:00:00+23:59",  # before the calendar
        "9999-12-31T23:59:59-23:59",  # after it
        "yesterday",
        0,
        None,
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every place in a message where something else could stand."""
    inner = value.items() if isinstance(value, dict) else ()
    here = [(value, key) for key, _ in inner]
    return here + [place for _, each in inner for place in _places(each)]


@st.composite
def bent_changes(draw: st.DrawFn) -> Any:
    """Return a state change of which something is missing or something else."""
    message = json.loads(json.dumps(GOOD))
    for _ in range(draw(st.integers(1, 2))):
        places = _places(message)
        timed = [place for place in places if place[1] in {"last_updated", "time_fired"}]
        value, key = draw(st.sampled_from(places) | st.sampled_from(timed or places))
        if draw(st.booleans()):
            value.pop(key)
        else:
            value[key] = draw(times | json_values)
    return message


results = st.fixed_dictionaries(
    {"type": st.just("result"), "id": ids, "success": st.booleans() | json_values},
    optional={
        "result": json_values,
        "error": json_values | st.just({"code": "unknown_error", "message": "Invalid JSON"}),
    },
)
others = st.fixed_dictionaries(
    {"type": st.sampled_from(["pong", "auth_required", "auth_ok", "auth_invalid", "event", "?"])},
    optional={"id": ids, "event": json_values, "message": json_values},
)
messages = bent_changes() | json_values | results | others
arrays = st.lists(messages, max_size=4)


@st.composite
def arrays_around_good(draw: st.DrawFn) -> str:
    """Return a coalesced array that has a good change somewhere."""
    frame: list[Any] = draw(arrays)
    frame.insert(draw(st.integers(0, len(frame))), GOOD)
    return json.dumps(frame)


@st.composite
def torn(draw: st.DrawFn) -> str:
    whole = draw(arrays_around_good())
    return whole[: draw(st.integers(0, len(whole)))]


@st.composite
def defaced(draw: st.DrawFn) -> bytes:
    """Return a frame, as bytes, in which some are others and mostly no UTF-8."""
    whole = bytearray(draw(arrays_around_good()).encode())
    for _ in range(draw(st.integers(1, 3))):
        whole[draw(st.integers(0, len(whole) - 1))] = draw(st.integers(0, 255))
    return bytes(whole)


frames = (
    bent_changes().map(json.dumps)
    | messages.map(json.dumps)
    | arrays_around_good()
    | torn()
    | defaced()
    | st.binary()
)


@st.composite
def websocket_frames(draw: st.DrawFn) -> bytes:
    """Return a WebSocket frame of any kind: reserved bits and opcodes, cut short, not in order."""
    if draw(st.booleans()):  # a close, a ping, a pong: in no order that makes sense
        return draw(st.sampled_from([b"\x88\x02\x03\xe8", b"\x88\x00", b"\x89\x00", b"\x8a\x00"]))
    payload = draw(
        st.binary(max_size=125) | st.sampled_from([b"\x03\xe8", b"\x03\xf1", b"\x00", b"\xff\xff"])
    )
    flags = draw(
        st.sampled_from([0x80, 0x80, 0x80, 0x00]) | st.integers(0, 15).map(lambda n: n << 4)
    )
    opcode = draw(st.sampled_from([1, 2, 0, 8, 9, 10]) | st.integers(0, 15))
    length = draw(st.just(len(payload)) | st.integers(0, 255))
    return bytes([flags | opcode, length]) + payload
