"""What the processor needs of an encoder: one state change in, one line out."""

from typing import Protocol

from trio_ingest.model.batch import Encoding
from trio_ingest.model.state_change import StateChange


class Encoder(Protocol):
    """Turns a state change into the line that a kind of sink understands."""

    @property
    def encoding(self) -> Encoding:
        """What the lines are."""

    def encode(self, home: str, change: StateChange) -> str:
        """Return the line of *change*, without a newline. Never raises for any JSON it may hold."""
