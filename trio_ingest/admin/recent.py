"""What has happened within the last minute, told from totals that only grow."""

from collections import deque
from collections.abc import Callable, Mapping

import trio
from attrs import define, field

from trio_ingest.admin.history import History
from trio_ingest.admin.snapshot import Snapshot

WINDOW_SECONDS = 60.0
SECONDS_BETWEEN_MARKS = 5.0
_MARKS = int(WINDOW_SECONDS / SECONDS_BETWEEN_MARKS) + 1


@define(eq=False, repr=False)
class Growth:
    """How much a total has grown within the window; exact to the distance of two marks."""

    _marks: deque[tuple[float, int]] = field(factory=lambda: deque(maxlen=_MARKS), init=False)

    def mark(self, now: float, total: int) -> None:
        """Remember the total as it is now; one that is smaller than before has begun anew."""
        if self._marks and total < self._marks[-1][1]:
            self._marks.clear()
        self._marks.append((now, total))

    def since(self, total: int) -> int:
        """Return how much was added since the oldest mark."""
        return max(0, total - self._marks[0][1]) if self._marks else 0

    def per_second(self, now: float, total: int) -> float:
        """Return how fast it grows; 0.0 at the first moment, when that is not known."""
        seconds = now - self._marks[0][0] if self._marks else 0.0
        return self.since(total) / seconds if seconds > 0 else 0.0


@define(eq=False, repr=False)
class Recent:
    """Marks what was received and what was dropped, while `watch` runs."""

    look: Callable[[], Snapshot]
    history: History = field(factory=History, init=False)
    _received: dict[str, Growth] = field(factory=dict, init=False)
    _dropped: dict[str, Growth] = field(factory=dict, init=False)

    async def watch(self) -> None:
        """Mark all totals again and again, until cancelled."""
        while True:
            self.mark(self.look())
            await trio.sleep(SECONDS_BETWEEN_MARKS)

    def mark(self, snapshot: Snapshot) -> None:
        """Mark the totals of *snapshot*."""
        self.history.mark(snapshot)
        for name, home in snapshot.homes.items():
            growth = self._received.setdefault(name, Growth())
            growth.mark(snapshot.time, home.connector.received)
        for name, sink in snapshot.sinks.items():
            self._dropped.setdefault(name, Growth()).mark(snapshot.time, sink.dropped)

    def events_per_second(self, snapshot: Snapshot) -> Mapping[str, float]:
        """Return how many changes and events a second each home has sent in the last minute."""
        return {
            name: growth.per_second(snapshot.time, snapshot.homes[name].connector.received)
            for name, growth in self._received.items()
            if name in snapshot.homes
        }

    def dropped(self, snapshot: Snapshot) -> Mapping[str, int]:
        """Return how many points had to give way in the last minute, sink by sink."""
        return {
            name: growth.since(snapshot.sinks[name].dropped)
            for name, growth in self._dropped.items()
            if name in snapshot.sinks
        }
