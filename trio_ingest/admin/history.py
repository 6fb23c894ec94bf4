"""The last ten minutes as rows of numbers, for the small charts of the status page."""

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import pairwise

from attrs import define, field

from trio_ingest.admin.snapshot import Snapshot

KEPT_MARKS = 121


@define(eq=False, repr=False)
class History:
    """What was received, home by home, and what waits, sink by sink, mark by mark."""

    _received: dict[str, deque[tuple[float, int]]] = field(factory=dict, init=False)
    _waiting: dict[str, deque[int]] = field(factory=dict, init=False)

    def mark(self, snapshot: Snapshot) -> None:
        """Remember the totals of *snapshot*, and forget what is not in it."""
        self._received = {
            name: self._received[name] for name in self._received.keys() & snapshot.homes.keys()
        }
        self._waiting = {
            name: self._waiting[name] for name in self._waiting.keys() & snapshot.sinks.keys()
        }
        for name, home in snapshot.homes.items():
            marks = self._received.setdefault(name, deque(maxlen=KEPT_MARKS))
            marks.append((snapshot.time, home.connector.received))
        for name, sink in snapshot.sinks.items():
            waiting = self._waiting.setdefault(name, deque(maxlen=KEPT_MARKS))
            waiting.append(sink.spool.points)

    def per_second(self) -> Mapping[str, Sequence[float]]:
        """Return how much came in a second, between each two marks."""
        return {name: rates(marks) for name, marks in self._received.items()}

    def waiting(self) -> Mapping[str, Sequence[int]]:
        """Return how many points waited on the disk at each mark."""
        return {name: [*marks] for name, marks in self._waiting.items()}


def rates(marks: Sequence[tuple[float, int]]) -> Sequence[float]:
    """Return how fast the totals grew from one mark to the next; a total that begins anew: 0."""
    return [
        round(max(0, total - before) / (time - earlier), 2)
        for (earlier, before), (time, total) in pairwise(marks)
        if time > earlier
    ]
