"""How frames get from the socket to whoever records them."""

import pytest
import trio
import trio.testing

from trio_ingest.home_assistant.errors import SessionLost
from trio_ingest.home_assistant.session import Session
from trio_ingest.model.state_change import Burst

AT = "2026-11-25T10:00:00.000001+00:00"
CHANGE = """{"id": 1, "type": "event", "event": {"event_type": "state_changed", "time_fired": "%(at)s",
    "context": {"id": "c"}, "data": {"entity_id": "sensor.a", "old_state": null, "new_state": {
    "state": "%(state)s", "attributes": {}, "last_changed": "%(at)s", "last_updated": "%(at)s",
    "context": {"id": "c"}}}}}"""


def frame(state: int) -> bytes:
    return (CHANGE % {"at": AT, "state": state}).encode()


class Frames:
    """A WebSocket that has so many frames at each read, and then is lost."""

    def __init__(self, *at_each_read: int) -> None:
        self.reads, self.given = list(at_each_read), 0

    async def receive(self) -> list[bytes]:
        await trio.lowlevel.checkpoint()
        if not self.reads:
            raise SessionLost("gone")
        first, number = self.given, self.reads.pop(0)
        self.given += number
        return [frame(each) for each in range(first, self.given)]


class Recorder:
    """Takes bursts, each of which keeps it busy."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.bursts: list[Burst] = []

    async def take(self, burst: Burst) -> None:
        self.bursts.append(burst)
        await trio.sleep(self.seconds)


def session(frames: Frames, recorder: Recorder) -> Session:
    ring, _ = trio.open_memory_channel[None](1)
    return Session("2026.11.0", "home", (), frames, 5.0, recorder.take, ring)


async def test_frames_that_came_together_travel_together(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """All frames arrive, in their order, a burst a read, also those just before the loss."""
    recorder = Recorder(seconds=1.0)

    with pytest.raises(SessionLost, match="gone"):
        await session(Frames(1, 60, 1, 38), recorder).listen()

    states = [each.state for burst in recorder.bursts for each in burst.changes]
    assert [str(number) for number in range(100)] == [each.value for each in states if each]
    assert [1, 60, 1, 38] == [len(burst.changes) for burst in recorder.bursts]
