"""What Home Assistant should not say, case by case: what is counted, what is said, what goes on."""

import json
import logging
from typing import Any

import pytest
import trio
import trio.testing
from msgspec.json import Decoder

from tests.home_assistant.peer import change_of, session_with_peer
from trio_ingest.home_assistant.complaints import QUIET_SECONDS
from trio_ingest.home_assistant.errors import CommandFailed, MessageTooLarge, SessionLost, leaves

SUBSCRIPTION = 1
TOO_BIG = 1009
INVALID_JSON = {"code": "unknown_error", "message": "Invalid JSON in response"}


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def result(number: int | None, *, error: Any = None, value: Any = None) -> dict[str, Any]:
    return {
        "id": number,
        "type": "result",
        "success": error is None,
        "result": value,
        "error": error,
    }


async def test_a_change_that_cannot_be_sent(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """An error on a subscription that stands is counted, said once, and nothing else is harmed."""
    async with session_with_peer() as (session, heard):
        await session.subscribe("state_changed")
        error = result(SUBSCRIPTION, error=INVALID_JSON)
        await heard.peer.speak([json.dumps([change_of("a.b", "1"), error]), json.dumps(error)])
        await heard.ended.wait()

        assert (session.unserialized, session.unreadable) == (2, 0)
        assert heard.entities() == ["a.b", "sensor.last"]

    (warning,) = warnings(caplog)
    assert "home: Home Assistant could not send a change (Invalid JSON in response)" in warning


async def test_an_error_for_nobody_is_noise(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The late answer to a command that is no subscription is no lost change."""
    async with session_with_peer() as (session, heard):
        await session.coalesce_messages()
        late = [result(number, error=INVALID_JSON) for number in (1, 77, None)]
        await heard.peer.speak([json.dumps(late)])
        await heard.ended.wait()

        assert (session.unserialized, session.unreadable) == (0, 0)

    assert warnings(caplog) == []


async def test_two_answers_to_one_request(autojump_clock: trio.testing.MockClock) -> None:
    """The first answer counts, and the second one, in the same frame, is noise."""
    async with session_with_peer() as (session, heard), trio.open_nursery() as nursery:
        heard.peer.answers = False
        answers = [result(1, value=5), result(1, value=6), {"id": 1, "type": "pong"}]
        nursery.start_soon(say_when_asked, heard, answers)
        assert await session.request("get_something", Decoder(int)) == 5
        await session.ping()


async def say_when_asked(heard: Any, message: object) -> None:
    await trio.testing.wait_all_tasks_blocked()
    await heard.peer.say(message)


async def test_a_pong_for_a_request(autojump_clock: trio.testing.MockClock) -> None:
    """Who answers a request with a pong is no longer believed: the session is lost."""
    with pytest.RaisesGroup(SessionLost, flatten_subgroups=True) as lost:
        async with session_with_peer() as (session, heard), trio.open_nursery() as nursery:
            heard.peer.answers = False
            nursery.start_soon(say_when_asked, heard, {"id": 1, "type": "pong"})
            await session.request("get_something", Decoder(int))

    assert "with a pong" in str(leaves(lost.value)[0])


async def test_an_answer_that_is_no_text(autojump_clock: trio.testing.MockClock) -> None:
    """An answer with invalid UTF-8, which only a binary frame can hold, fails its command alone."""
    async with session_with_peer() as (session, heard), trio.open_nursery() as nursery:
        heard.peer.answers = False
        frame = json.dumps(result(1, value="?")).encode().replace(b"?", b"\xff")
        nursery.start_soon(heard.peer.speak, [frame])
        with pytest.raises(CommandFailed, match="unreadable_answer"):
            await session.request("get_something", Decoder(str))
        await heard.ended.wait()


async def test_a_flood_is_said_now_and_then(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """A thousand unreadable messages are counted one by one, and said at most once a minute."""
    rubbish = json.dumps([{"type": "???"}] * 500)
    async with session_with_peer() as (session, heard):
        await heard.peer.speak([rubbish, b"\xff\xff", rubbish])
        await heard.ended.wait()
        assert session.unreadable == 1001
        assert len(warnings(caplog)) == 1
        await trio.sleep(QUIET_SECONDS)
        await heard.peer.speak([json.dumps({"type": "auth_ok"})])
        await session.ping()

    assert session.unreadable == 1002
    first, second = warnings(caplog)
    assert "(1 in this session so far)" in first
    assert "(1002 in this session so far)" in second
    assert "AuthOk in the middle of a session" in second


@pytest.mark.parametrize("when", ["2026-11-23T10:00:00", "0001-01-01T00:00:00+23:59"])
async def test_a_time_of_nowhere(autojump_clock: trio.testing.MockClock, when: str) -> None:
    """A time without a zone, or out of the calendar, makes its message unreadable and no other."""
    odd = change_of("sensor.odd", "1")
    odd["event"]["data"]["new_state"]["last_updated"] = when
    async with session_with_peer() as (session, heard):
        await heard.peer.speak([json.dumps([change_of("a.b", "1"), odd, change_of("a.c", "1")])])
        await heard.ended.wait()

        assert heard.entities() == ["a.b", "a.c", "sensor.last"]
        assert session.unreadable == 1


async def test_a_message_beyond_the_limit(autojump_clock: trio.testing.MockClock) -> None:
    """It ends the session with an error of its own, that says what to do; the peer hears 1009."""
    with pytest.RaisesGroup(MessageTooLarge, flatten_subgroups=True) as lost:
        async with session_with_peer(max_message_size=100_000) as (_, heard):
            await heard.peer.speak(["x" * 100_001])
            await trio.sleep_forever()

    (error,) = leaves(lost.value)
    assert "larger than max_message_size" in str(error)
    assert "100000 bytes" in str(error)
    assert "raise max_message_size" in str(error)
    assert heard.peer.close_code == TOO_BIG


async def test_what_is_asked_for_when_a_message_is_too_large(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Whoever waits for the answer that was too large need not wait until it is overdue."""
    start = trio.current_time()
    with pytest.RaisesGroup(MessageTooLarge, flatten_subgroups=True):
        async with (
            session_with_peer(max_message_size=100_000) as (session, heard),
            trio.open_nursery() as nursery,
        ):
            heard.peer.answers = False
            nursery.start_soon(say_when_asked, heard, result(1, value="x" * 100_000))
            await session.request("get_states", Decoder(list[int]))

    assert trio.current_time() == start


async def test_a_peer_that_finds_us_too_large(autojump_clock: trio.testing.MockClock) -> None:
    """The same code from the other side is a lost session, and not our limit's fault."""
    with pytest.RaisesGroup(SessionLost, flatten_subgroups=True) as lost:
        async with session_with_peer() as (_, heard):
            await heard.peer.websocket.aclose(TOO_BIG, "Message size 5 exceeds limit 4")
            await trio.sleep_forever()

    (error,) = leaves(lost.value)
    assert type(error) is SessionLost
    assert "1009 (message too big) Message size 5 exceeds limit 4" in str(error)


async def test_text_that_is_no_text(autojump_clock: trio.testing.MockClock) -> None:
    """A text frame that is no UTF-8 is a message that nobody can read, and harms no other."""
    async with session_with_peer() as (session, heard):
        await heard.peer.theirs.send_all(b"\x81\x02\xff\xff")
        await heard.peer.speak([json.dumps(change_of("a.b", "1"))])
        await heard.ended.wait()

        assert ["a.b", "sensor.last"] == heard.entities()
        assert session.unreadable == 1
