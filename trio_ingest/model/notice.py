"""What a connector tells the lanes besides what happened, through the same channels, in order."""

from attrs import frozen

from trio_ingest.model.gap import Gap, Repair
from trio_ingest.model.state_change import Burst


@frozen(kw_only=True)
class GapFound:
    """From here on live changes come again, and `gap` lies before them.

    It is told before the first of them, and a second time when it is known where the gap ends.
    """

    gap: Gap


@frozen(kw_only=True)
class RepairDone:
    """All that was to be fetched for `repair` has been told before."""

    repair: Repair


@frozen(kw_only=True)
class RollCall:
    """The entities that there were in a whole snapshot, whose newest change was at `time`.

    Those that are known and not among them were removed without our hearing of it.
    """

    home: str
    present: frozenset[str]
    time: int


@frozen(kw_only=True)
class StartUp:
    """A Home Assistant is starting, or has come to the end of that.

    Meanwhile it gives its entities back the states that they had, under a new time.
    """

    home: str
    is_over: bool


Notice = GapFound | RepairDone | RollCall | StartUp
Told = Burst | Notice
"""What travels the channel of changes."""
