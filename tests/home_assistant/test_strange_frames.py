"""What becomes of any frame whatever: pure, and in a whole session in virtual time."""

import json
from contextlib import suppress
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import DecodeError

from tests.home_assistant.peer import change_of, in_virtual_time, session_with_peer
from tests.home_assistant.strange_frames import (
    GOOD,
    arrays,
    arrays_around_good,
    frames,
    torn,
    websocket_frames,
)
from trio_ingest.home_assistant.errors import SessionLost
from trio_ingest.home_assistant.frames import Unreadable
from trio_ingest.home_assistant.messages import Event, decode_frame, to_state_change

good = json.dumps(GOOD)


def good_ones(frame: str | bytes) -> int:
    (as_expected,) = told_by(good)
    return told_by(frame).count(as_expected)


def told_by(frame: str | bytes) -> list[Any]:
    told = []
    for message in decode_frame(frame):
        if isinstance(message, Event):
            with suppress(DecodeError, OverflowError):
                change = to_state_change(message.event)
                told.append((change.entity_id, change.time, change.state, change.old_state))
    return told


@settings(max_examples=400, deadline=None)
@given(frames | st.text(st.characters()))
def test_no_frame_makes_the_codec_raise(frame: str | bytes) -> None:
    """Everything comes back as messages, and what is said of the unreadable can be logged."""
    for message in decode_frame(frame):
        if isinstance(message, Unreadable):
            assert message.reason
            (message.reason + message.excerpt).encode()


@settings(max_examples=300, deadline=None)
@given(arrays_around_good())
def test_a_good_message_survives_its_neighbours(frame: str) -> None:
    """Whatever else is in a coalesced frame, the good message of it is read."""
    assert good_ones(frame) >= json.loads(frame).count(GOOD) >= 1


@settings(max_examples=300, deadline=None)
@given(arrays, st.binary(max_size=10))
def test_what_comes_before_a_break_is_read(before: list[Any], rubbish: bytes) -> None:
    """A frame that breaks off is read up to there, and the break is unreadable."""
    frame = json.dumps([*before, GOOD]).encode()[:-1] + b"\xff" + rubbish

    *read, last = decode_frame(frame)

    assert good_ones(frame) >= 1
    assert len(read) >= len(before)
    assert isinstance(last, Unreadable)


@settings(max_examples=200, deadline=None)
@given(torn())
def test_a_torn_frame_is_not_taken_for_a_whole_one(frame: str) -> None:
    """A frame that lacks its end is never read without a complaint."""
    messages = decode_frame(frame)

    try:
        json.loads(frame)
    except ValueError:
        assert any(isinstance(message, Unreadable) for message in messages)


@settings(max_examples=150, deadline=None)
@given(st.lists(frames, max_size=4))
def test_a_session_outlives_any_frames(sent: list[str | bytes]) -> None:
    """No frames end a session: it hears what comes later, and what is unreadable is counted."""

    async def main() -> None:
        async with session_with_peer() as (session, heard):
            await session.subscribe("state_changed")
            await heard.peer.speak(sent)
            await heard.ended.wait()
            await session.ping()
            decoded = [message for frame in sent for message in decode_frame(frame)]
            unreadable = sum(isinstance(message, Unreadable) for message in decoded)
            assert session.unreadable >= unreadable
            changes = sum(isinstance(message, Event) for message in decoded)
            assert len(heard.changes) + session.unreadable >= changes + 1
            assert session._waiting == {}

    in_virtual_time(main)


@settings(max_examples=300, deadline=None)
@given(st.lists(websocket_frames() | st.binary(min_size=1), min_size=1, max_size=4), st.booleans())
def test_any_bytes_after_the_upgrade_are_weather(pieces: list[bytes], at_once: bool) -> None:
    """Bytes that are no proper WebSocket end a session as a lost one, or leave it standing."""

    async def main() -> None:
        async with session_with_peer(ping_interval=5, ping_timeout=5) as (_, heard):
            await heard.peer.speak([good])
            for piece in [b"".join(pieces)] if at_once else pieces:
                await heard.peer.theirs.send_all(piece)
                await trio.sleep(0 if at_once else 1)
            await trio.sleep(60)

    try:
        in_virtual_time(main)
    except* SessionLost:
        pass


@pytest.mark.parametrize("frame_type", [str, bytes])
def test_a_very_large_frame(frame_type: type[str] | type[bytes]) -> None:
    """A frame of 60 MB, text or binary, is read, and the good message in it is heard."""
    frame: Any = f'[{good}, {{"type": "???", "x": "{"y" * 60_000_000}"}}]'
    frame = frame if frame_type is str else frame.encode()

    async def main() -> None:
        async with session_with_peer() as (session, heard):
            await heard.peer.speak([frame])
            await heard.ended.wait()
            assert heard.entities() == ["sensor.good", "sensor.last"]
            assert session.unreadable == 1

    in_virtual_time(main)


def test_change_of_is_good() -> None:
    """The good message of these tests is one."""
    assert isinstance(decode_frame(json.dumps(change_of("a.b", "c")))[0], Event)
