"""By its pulse one can tell a stage that is wedged from one that merely waits.

A stage says when it begins and when it ends a piece of work that should take a moment: a look at
the disk, one burst. Waiting is not work, be it for input, for room at a neighbour, for the network
(which has its deadline) or for the next try.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager

import trio
from attrs import define, field


@define(eq=False, repr=False)
class Pulse:
    """The pulse of one stage; `begun` is when its piece of work was begun, on Trio's clock."""

    begun: float | None = field(default=None, init=False)

    @contextmanager
    def at_work(self) -> Generator[None]:
        """Be at work within the block, however that ends."""
        self.begun = trio.current_time()
        try:
            yield
        finally:
            self.begun = None


def wedged(pulses: Mapping[str, Pulse], now: float, longest_seconds: float) -> Sequence[str]:
    """Return the names of the stages that have been in one piece of work for longer than that."""
    return [
        name
        for name, pulse in pulses.items()
        if pulse.begun is not None and now - pulse.begun > longest_seconds
    ]
