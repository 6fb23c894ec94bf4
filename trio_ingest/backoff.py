"""How long to wait before the next try: growing, jittered, and never shorter than was asked."""

from collections.abc import Callable
from random import uniform

from attrs import define


@define(eq=False, repr=False)
class Backoff:
    """Exponential delays with full jitter: each is drawn from 0 up to a bound that doubles.

    Full jitter keeps many clients that lost the same server from coming back in step. `draw` is a
    parameter so that tests can be exact.
    """

    first_seconds: float = 1.0
    longest_seconds: float = 60.0
    draw: Callable[[float, float], float] = uniform
    _tries: int = 0

    def next_delay(self, at_least_seconds: float = 0.0) -> float:
        """Return the seconds to wait now; not less than the server asked for."""
        bound = min(self.longest_seconds, self.first_seconds * 2.0 ** min(self._tries, 32))
        self._tries += 1
        return max(at_least_seconds, self.draw(0.0, bound))

    def reset(self) -> None:
        """Begin again with short delays: things went well for long enough."""
        self._tries = 0
