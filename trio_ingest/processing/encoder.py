"""What the processor needs of encoders: something that happened in, a line out."""

from collections.abc import Sequence
from typing import Protocol

from trio_ingest.model.batch import Encoding
from trio_ingest.model.state_change import HomeEvent, StateChange
from trio_ingest.model.statistic import StatisticRow


class Encoder(Protocol):
    """Turns state changes into the lines that a kind of sink understands: one schema."""

    encoding: Encoding
    """What the lines are."""

    def encode_all(self, home: str, changes: Sequence[StateChange]) -> Sequence[str | None]:
        """Return a line for each of *changes*, in their order, without newlines.

        None stands where the schema has no point for a change. Never raises for any JSON that a
        change may hold.
        """

    def encode(self, home: str, change: StateChange) -> str | None:
        """Return the line of *change* alone."""
        return self.encode_all(home, (change,))[0]


class EventEncoder(Protocol):
    """Turns events that are no state changes into lines of the same encoding, in every schema."""

    def encode(self, home: str, event: HomeEvent) -> str:
        """Return the line of *event* without a newline; never raises, as above."""


class StatisticEncoder(Protocol):
    """Turns rows of long-term statistics into lines of the same encoding, in every schema."""

    def encode(self, home: str, row: StatisticRow) -> str | None:
        """Return the line of *row* without a newline; None when there is no number in it."""
