"""Where in time something of an entity may be missing while a gap is repaired."""

from math import inf

from attrs import define

from trio_ingest.model.progress import Known
from trio_ingest.model.state_change import StateChange


@define
class Window:
    """What lies after `after` and before `before` is missing; all else of the entity is known.

    Home Assistant's history comes in the order of time, so `after` moves on with it. `known` is
    what was known before the gap.
    """

    after: int
    known: Known | None
    before: float = inf
    """When it was heard again for the first time; infinity as long as it was not."""
    has_written: bool = False
    left_out: StateChange | None = None
    """The present state, left out as a repetition, for as long as nothing came before it."""
    held: StateChange | None = None
    """A placeholder of a starting Home Assistant: it counts when nothing comes after it."""

    @property
    def is_open_ended(self) -> bool:
        """Say whether the entity was not heard again."""
        return self.before == inf

    def end_at(self, time: int) -> None:
        """Take note that the entity was heard again, at *time*."""
        self.before = min(self.before, time)

    def rewind(self, time: int) -> None:
        """Take note that what lies after *time* is missing, too."""
        if time < self.after:
            self.after = time
            self.known = None  # it may be from after that

    def admits(self, time: int) -> bool:
        """Say whether what history has for *time* is missing, and move on to there."""
        if not self.after < time < self.before:
            return False
        self.after = time
        return True
