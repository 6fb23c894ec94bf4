"""How much history is asked for at once: little at first, then as much as fits the answers."""

from attrs import define, field

from trio_ingest.config.common import KIB, MIB

# Of a busy home even this is some thousand changes, all in memory at once; it doubles soon enough.
FIRST_SECONDS = 1.0
LEAST_SECONDS = 0.1
LONGEST_SECONDS = 24 * 3600.0
MOST_ENTITIES = 100
# Answers of this size neither keep Home Assistant busy nor live changes waiting behind them.
AIM_BYTES = MIB
STRIKES = 3


@define(eq=False, repr=False)
class Pace:
    """A slice of `seconds` is asked for at once, for `entities` at a time.

    Nobody can tell how much there is before it has come; an answer that is larger than a message
    may be ends the session, so the slices begin small and grow.
    """

    max_message_size: int
    longest_seconds: float = LONGEST_SECONDS
    seconds: float = field(default=FIRST_SECONDS, init=False)
    entities: int = field(default=MOST_ENTITIES, init=False)
    _strikes: int = field(default=0, init=False)

    @property
    def aim(self) -> int:
        """Return the size in bytes that the largest answer of a slice should have."""
        return max(KIB, min(AIM_BYTES, self.max_message_size // 16))

    @property
    def is_stuck(self) -> bool:
        """Say whether even the smallest question was in vain, several times."""
        return self._strikes >= STRIKES

    def start(self) -> None:
        """Begin with a gap: how much happened in it need not be what happened in the last one."""
        self.seconds = min(self.seconds, FIRST_SECONDS)

    def adapt(self, largest: int) -> None:
        """Choose the next slice after one whose *largest* answer had so many bytes."""
        self._strikes = 0
        factor = min(2.0, self.aim / max(1, largest))
        self.seconds = min(self.longest_seconds, max(LEAST_SECONDS, self.seconds * factor))

    def ease(self) -> None:
        """Ask for less: the session was lost meanwhile, and nobody knows why."""
        self.seconds = max(LEAST_SECONDS, self.seconds / 2)

    def shrink(self) -> None:
        """Ask for much less: the answer was too large, or there was none."""
        is_least = self.seconds <= LEAST_SECONDS and self.entities == 1
        self._strikes = self._strikes + 1 if is_least else 0
        self.seconds = max(LEAST_SECONDS, self.seconds / 8)
        self.entities = max(1, self.entities // 4)

    def skip(self) -> None:
        """Go on behind what was given up."""
        self._strikes = 0
