"""Which entities change most, counted over the last minutes in memory that is bounded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from heapq import nlargest
from operator import itemgetter

import trio
from attrs import define, field

from trio_ingest.model.state_change import StateChange

WINDOW_SECONDS = 150.0
COUNTED_ENTITIES = 4096
KEPT_ENTITIES = 1024
"""So many of them, those that change most, stay once there are more; the others begin anew. To keep
half of them costs nearly twice as much in a home of 20,000: 0.9 µs a change."""


@define
class Busiest:
    """Counts in two windows, the present one and the one before it: 2.5 to 5 minutes."""

    _present: dict[str, int] = field(factory=dict, init=False)
    _before: dict[str, int] = field(factory=dict, init=False)
    _began: float | None = field(default=None, init=False)
    _has_before: bool = field(default=False, init=False)

    def count(self, changes: Sequence[StateChange]) -> None:
        """Count changes. This is on the hot path, so it does no more than that."""
        self._turn()
        counts = self._present
        for change in changes:
            entity_id = change.entity_id
            counts[entity_id] = counts.get(entity_id, 0) + 1
        if len(counts) > COUNTED_ENTITIES:
            self._present = dict(most(counts, KEPT_ENTITIES))

    def top(self, number: int) -> Mapping[str, float]:
        """Return those with the most changes a minute, the busiest first. Takes a millisecond."""
        if self._began is None:
            return {}
        self._turn()
        seconds = trio.current_time() - self._began
        minutes = max(1.0, seconds + (WINDOW_SECONDS if self._has_before else 0.0)) / 60
        both = Counter(self._before)
        both.update(self._present)
        return {entity_id: count / minutes for entity_id, count in most(both, number)}

    def _turn(self) -> None:
        """Begin a new window when it is time."""
        now = trio.current_time()
        if self._began is None:
            self._began = now
        elif now - self._began >= WINDOW_SECONDS:
            passed = int((now - self._began) / WINDOW_SECONDS)
            self._before = self._present if passed == 1 else {}
            self._has_before = True
            self._present = {}
            self._began += passed * WINDOW_SECONDS


def most(counts: Mapping[str, int], number: int) -> Sequence[tuple[str, int]]:
    """Return so many of those with the highest counts."""
    return nlargest(number, counts.items(), key=itemgetter(1))
