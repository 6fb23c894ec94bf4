"""Keeps account of one batch while it is delivered: what the sink did not take, and of what."""

from attrs import define, field

from trio_ingest.delivery.narrowing import Narrowed
from trio_ingest.model.spooled import RefusedLine


@define(eq=False, repr=False, kw_only=True)
class Delivered:
    """What the sink has refused of a batch, as it goes to the quarantine.

    Once all is delivered, `quarantined_points` have not been written at all, and `stripped_fields`
    are missing from points that have.
    """

    lines: list[RefusedLine] = field(factory=list)
    """Points of which nothing was taken, or nothing more."""
    fields: list[RefusedLine] = field(factory=list)
    """Single fields, each as a line."""
    quarantined_points: int = 0
    stripped_fields: int = 0
    is_damaged: bool = False
    """The batch could not be read: it is missing, until it was fetched again."""
    _of_this_line: int = field(default=0, init=False)
    """Fields taken out of a line that the sink has not decided on yet."""

    @property
    def refused(self) -> list[RefusedLine]:
        """All of it."""
        return [*self.lines, *self.fields]

    def narrowed(self, narrowed: Narrowed) -> None:
        """Note what a refusal has cost."""
        self.lines += narrowed.quarantine
        self.quarantined_points += len(narrowed.quarantine)
        if narrowed.stripped is None:
            self._of_this_line = 0
        else:
            self.fields.append(narrowed.stripped)
            self._of_this_line += 1

    def accepted(self) -> None:
        """Note that the sink has taken what was sent last."""
        self.stripped_fields += self._of_this_line
        self._of_this_line = 0
