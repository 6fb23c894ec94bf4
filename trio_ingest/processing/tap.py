"""Tells whoever listens of each line, without ever waiting for them."""

from collections.abc import Callable, Sequence

from attrs import define, field

from trio_ingest.model.state_change import HomeEvent, StateChange
from trio_ingest.processing.home_events import entities_of

MOST_BYTES = 1024 * 1024
OVERHEAD_BYTES = 100
"""About what a line costs besides its own bytes."""

Wants = Callable[[str, Sequence[str]], bool]
"""Whether somebody cares for a line of that sink about those entities."""


def wants_all(_sink: str, _entities: Sequence[str]) -> bool:
    """Care for everything."""
    return True


@define(eq=False)
class Listener:
    """The lines that somebody has not taken yet: so many bytes, the rest is only counted."""

    wants: Wants = wants_all
    most_bytes: int = MOST_BYTES
    _heard: list[tuple[str, bytes]] = field(factory=list, init=False)
    _bytes: int = field(default=0, init=False)
    _missed: int = field(default=0, init=False)

    def hear(self, sink: str, entities: Sequence[str], line: bytes) -> None:
        """Keep the line, if it is wanted and there is room."""
        if not self.wants(sink, entities):
            return
        size = len(line) + OVERHEAD_BYTES
        if self._missed or self._bytes + size > self.most_bytes:
            self._missed += 1  # until it is taken: what is told has no holes before the last
        else:
            self._bytes += size
            self._heard.append((sink, line))

    def take(self) -> tuple[Sequence[tuple[str, bytes]], int]:
        """Return the lines, each with its sink, and how many more there were after them."""
        taken = self._heard, self._missed
        self._heard, self._bytes, self._missed = [], 0, 0
        return taken


@define(eq=False)
class Tap:
    """Where a lane is listened to. *listeners* are those of all lanes: nearly always none."""

    sink: str = ""
    listeners: list[Listener] = field(factory=list)

    def tell(self, happening: StateChange | HomeEvent, line: bytes) -> None:
        """Tell everybody of a line that was made of what has happened."""
        if isinstance(happening, StateChange):
            entities: Sequence[str] = (happening.entity_id,)
        else:
            entities = entities_of(happening)
        for each in self.listeners:
            each.hear(self.sink, entities, line)
