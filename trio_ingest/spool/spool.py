"""What the stages know of the spool."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from attrs import field, frozen

from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.model.batch import Batch
from trio_ingest.model.gap import Gap
from trio_ingest.model.progress import Progress, Recollection
from trio_ingest.model.spooled import RefusedLine, SpooledBatch


@frozen(kw_only=True)
class SpoolStatistics:
    """A snapshot of a spool; points and bytes (of compressed bodies) are those on disk now."""

    batches: int = 0
    points: int = 0
    size_bytes: int = 0
    oldest: int | None = None
    """The oldest instant that waits, in microseconds; None when nothing waits."""
    appended_points: int = 0
    dropped_points: Mapping[str, int] = field(factory=dict)
    """Points that gave way, by reason, since the daemon started."""
    quarantined_lines: int = 0
    """Lines in the quarantine now."""
    forgotten_lines: int = 0
    """Lines that left the quarantine because it is bounded, since the daemon started."""
    retried_points: int = 0
    """Points that commands have put in since the daemon started: quarantined or imported ones."""
    open_gaps: int = 0
    """Gaps that are not repaired yet."""
    write_problem: str | None = None
    """What the disk said when it was last written to; None when it took what it was given."""


class Deliveries(Protocol):
    """What a writer needs of the place where its batches wait: a spool, or a relay's hand.

    One task takes them. Each stays until it is settled.
    """

    async def oldest(self) -> SpooledBatch:
        """Wait for the oldest batch and return it; it stays. EndOfChannel: there are no more.

        That is a spool which is sealed and empty.
        """

    async def settle(
        self, number: int, refused: Sequence[RefusedLine] = (), *, is_damaged: bool = False
    ) -> None:
        """Let batch *number* go and quarantine its *refused* lines, in one transaction.

        One that *is_damaged* leaves a gap behind. Raises OSError or sqlite3.OperationalError when
        the disk fails, and nothing has changed then.
        """

    async def followers(
        self, first: SpooledBatch, most_points: int, most_bytes: int
    ) -> Sequence[SpooledBatch]:
        """Return the batches right behind *first* that may travel with it, without waiting.

        All are of its encoding, and together have no more than so many points and raw bytes. They
        are not in hand: meanwhile they may give way.
        """

    async def settle_all(self, numbers: Sequence[int]) -> int:
        """Let these batches go in one transaction; return how many points were still there."""

    async def compact(self, most_points: int, most_bytes: int) -> None:
        """Make few large batches, well compressed, of what waits behind the one in hand.

        The lines and their order stay. What is joined is known by the number of its last part, so
        only who takes batches may ask for this, and must not hold on to followers meanwhile.
        """

    async def wait_sealed(self) -> None:
        """Wait until nothing more will come."""

    def statistics(self) -> SpoolStatistics:
        """Return a snapshot, without waiting."""


class Spool(Deliveries, Protocol):
    """Batches between the processor and the writer, in order, kept until the sink has them.

    One task appends and one takes. What `append` returned from is on disk.
    """

    async def append(self, batch: Batch) -> None:
        """Commit *batch* and its progress in one transaction. When full, the policy decides.

        What gives way then leaves a gap behind, for as long as nobody has fetched it again.
        """

    async def note(self, progress: Progress) -> None:
        """Commit progress that no points came with."""

    def seal(self) -> None:
        """Say that nothing more will be appended."""

    async def put_aside(self, lines: Sequence[RefusedLine], *, encoding: str, number: int) -> None:
        """Quarantine *lines* of a batch *number* that was never in here.

        Once this has returned they survive a power cut. What has an *encoding* that is none of ours
        cannot be retried. Raises sqlite3.OperationalError or OSError when the disk fails.
        """

    async def recollect(self) -> Recollection:
        """Return what was committed of the progress made so far."""

    async def lost(self) -> Sequence[Gap]:
        """Return the gaps that the spool itself has made, and that nobody sees to yet.

        Somebody does once the gap was told of, in the progress.
        """

    def adopt(self, config: SpoolConfig, homes: Collection[str]) -> None:
        """Go on with another configuration, from the next batch on.

        *homes* are those of which something may be missing should the spool be damaged.
        """
