"""A gap: an interval of a home of which a sink may not have everything."""

from enum import StrEnum

from attrs import evolve, frozen

LONG_AGO = 0
"""Where a gap begins of which nobody knows where it begins."""


class GapReason(StrEnum):
    """Why something may be missing."""

    DISCONNECTED = "disconnected"
    SPOOL_FULL = "spool_full"
    SPOOL_DAMAGED = "spool_damaged"
    PURGED = "purged"
    """Someone wanted it gone: such a gap is never open."""


class GapOutcome(StrEnum):
    """What became of a gap."""

    OPEN = "open"
    REPAIRED = "repaired"
    LOST = "lost"
    """It cannot be repaired; that was said once."""


@frozen(kw_only=True)
class Gap:
    """What lies after the instant `first`, up to and with `last`; both in microseconds.

    `last` is None as long as it is not known where the gap ends. While a gap is repaired its
    `first` moves forward, so that an interrupted repair goes on where it was. A lane has one open
    gap of a reason that begins there.
    """

    home: str
    first: int
    last: int | None
    reason: GapReason = GapReason.DISCONNECTED


@frozen(kw_only=True)
class Repair:
    """What was done about `gap`: all that lies up to `until` has been fetched, or given up.

    None means all of it. The gap is named as it was before this.
    """

    gap: Gap
    until: int | None = None
    outcome: GapOutcome = GapOutcome.REPAIRED
    why: str = ""
    """Why it was given up."""

    @property
    def remainder(self) -> Gap | None:
        """Return what is left of the gap; None for nothing."""
        gap, until = self.gap, self.until
        if until is None or (gap.last is not None and gap.last <= until):
            return None
        return evolve(gap, first=max(gap.first, until))
