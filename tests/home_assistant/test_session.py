"""How frames get from the socket to whoever records them."""

import pytest
import trio
import trio.testing

from trio_ingest.home_assistant.errors import SessionLost
from trio_ingest.home_assistant.session import READS_TOGETHER, Session
from trio_ingest.model.state_change import Burst

AT = "2026-11-25T10:00:00.000001+00:00"
CHANGE = """{"id": 1, "type": "event", "event": {"event_type": "state_changed", "time_fired": "%(at)s",
    "context": {"id": "c"}, "data": {"entity_id": "sensor.a", "old_state": null, "new_state": {
    "state": "%(state)s", "attributes": {}, "last_changed": "%(at)s", "last_updated": "%(at)s",
    "context": {"id": "c"}}}}}"""


def frame(state: int) -> bytes:
    return (CHANGE % {"at": AT, "state": state}).encode()


class Frames:
    """A WebSocket that has so many frames, each for itself, and then is lost, or has a late one."""

    def __init__(self, number: int, late: float | None = None) -> None:
        self.number, self.late, self.given = number, late, 0

    async def receive(self) -> list[bytes]:
        await trio.lowlevel.checkpoint()
        self.given += 1
        if self.given <= self.number:
            return [frame(self.given)]
        if self.late is None:
            raise SessionLost("gone")
        with trio.CancelScope(shield=True):  # as one that was read just before the cancellation
            await trio.sleep(self.late)
        return [frame(self.given)]


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


async def test_small_frames_travel_together(autojump_clock: trio.testing.MockClock) -> None:
    """All frames arrive, in their order, in fewer bursts, also those just before the loss."""
    recorder = Recorder(seconds=1.0)

    with pytest.raises(SessionLost, match="gone"):
        await session(Frames(100), recorder).listen()

    states = [each.state for burst in recorder.bursts for each in burst.changes]
    assert [str(number) for number in range(1, 101)] == [each.value for each in states if each]
    assert len(recorder.bursts) <= 100 / READS_TOGETHER + 1


async def test_a_frame_that_comes_with_the_cancellation(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """What is read while the session is being cancelled is no error."""
    frames = Frames(1, late=10.0)

    with trio.move_on_after(5) as scope:
        await session(frames, Recorder()).listen()

    assert scope.cancelled_caught
    assert trio.current_time() >= 10
