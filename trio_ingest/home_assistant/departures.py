"""Who is gone, as long as it is not known since when: `subscribe_entities` does not tell that."""

from collections import deque
from collections.abc import Collection, Sequence

import trio
from attrs import define, field

from trio_ingest.home_assistant.entity_copies import Gone

# What is more at once has its stand-in at once. An integration that is reloaded has hundreds.
MOST_WAITING = 10_000


@define(eq=False, repr=False)
class Departure:
    """One who is gone, since when we wait (Trio's clock), and whether it was asked long enough."""

    gone: Gone
    since: float = field(factory=trio.current_time)
    is_overdue: bool = False


@define(eq=False, repr=False)
class Departures:
    """Those who are gone, the first one first."""

    undated: int = field(default=0, init=False)
    """How many were recorded at a time that stands in for the right one."""
    _waiting: deque[Departure] = field(factory=deque, init=False)
    _came: trio.Event = field(factory=trio.Event, init=False)

    def add(self, gone: Gone) -> bool:
        """Have it asked since when; False: there are too many already."""
        if len(self._waiting) >= MOST_WAITING:
            self.undated += 1
            return False
        self._waiting.append(Departure(gone))
        self._came.set()
        return True

    async def wait(self) -> Sequence[Departure]:
        """Wait until there are some, and return all."""
        while not self._waiting:
            self._came = trio.Event()
            await self._came.wait()
        return tuple(self._waiting)

    def remove(self, told: Collection[Departure]) -> None:
        """Take note that these were told."""
        self._waiting = deque(each for each in self._waiting if each not in told)
