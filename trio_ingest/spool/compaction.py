"""Decides which batches become one while they wait, and makes it: pure.

What waits long was compressed in haste, and often in small pieces. Made into few large ones, with
time for it, it takes half the disk, and is ready to be sent as it is. Each is rewritten only once.
"""

from collections.abc import Iterable, Sequence

from attrs import field, frozen

from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.model.batch import THOROUGH
from trio_ingest.model.instant import MICROSECONDS_PER_SECOND
from trio_ingest.model.joining import join
from trio_ingest.model.spooled import SpooledBatch

COMPACTIONS_AT_ONCE = 32  # some 20 ms each, and others want the spool as well
# What gives way leaves a gap from its first to its last instant, so those lie near each other.
LONGEST_SPAN = 3600 * MICROSECONDS_PER_SECOND
# And a small spool is not to lose half of what is in it for one new batch.
LEAST_PARTS_OF_SPOOL = 16


@frozen(kw_only=True)
class Bounds:
    """How large a batch may become, in points and raw bytes, and in compressed ones."""

    most_points: int
    most_bytes: int
    most_body_bytes: int


@frozen
class Compacted:
    """What takes the place of the batches `gone`, under the number of the last of them."""

    gone: Sequence[SpooledBatch]
    kept: SpooledBatch


@frozen
class _Sums:
    """What the batches of a group have together."""

    points: int = 0
    raw_bytes: int = 0
    body_bytes: int = 0
    first: int = field(default=2**63)
    last: int = field(default=-(2**63))

    def plus(self, each: SpooledBatch) -> "_Sums":
        batch = each.batch
        return _Sums(
            self.points + batch.points,
            self.raw_bytes + batch.raw_bytes,
            self.body_bytes + len(batch.body),
            min(self.first, batch.first),
            max(self.last, batch.last),
        )

    def are_within(self, bounds: Bounds) -> bool:
        return (
            self.points <= bounds.most_points
            and self.raw_bytes <= bounds.most_bytes
            and self.body_bytes <= bounds.most_body_bytes
            and self.last - self.first <= LONGEST_SPAN
        )


def bounds_of(config: SpoolConfig, most_points: int, most_bytes: int) -> Bounds:
    """Return the bounds in a spool of *config*."""
    return Bounds(
        most_points=most_points,
        most_bytes=most_bytes,
        most_body_bytes=config.max_size // LEAST_PARTS_OF_SPOOL,
    )


def group_of(waiting: Iterable[SpooledBatch], bounds: Bounds) -> Sequence[SpooledBatch]:
    """Return the first of *waiting* that are to become one; none while more may go along.

    One that is done already, or too large for company, is a group by itself.
    """
    group: list[SpooledBatch] = []
    sums = _Sums()
    for each in waiting:
        grown = sums.plus(each)
        if group and not (_are_alike(group[0], each) and grown.are_within(bounds)):
            return group
        group.append(each)
        sums = grown
        if not each.batch.is_hasty:
            return group
    return ()


def compact(group: Sequence[SpooledBatch]) -> Compacted | None:
    """Make one batch of *group*; None when they stay: nothing is won, or one is damaged.

    A batch that says of its points what is not true is left to be found by itself, too.
    """
    batches = [each.batch for each in group]
    if not batches[0].is_hasty:
        return None
    joined = join(batches, THOROUGH)
    if joined is None or joined.points != sum(batch.points for batch in batches):
        return None
    if len(joined.body) > sum(len(batch.body) for batch in batches):
        return None
    return Compacted(group, SpooledBatch(number=group[-1].number, batch=joined))


def _are_alike(first: SpooledBatch, other: SpooledBatch) -> bool:
    """Say whether one body can have both, and one description be true of both."""
    return (
        first.batch.encoding is other.batch.encoding
        and bool(first.batch.homes) is bool(other.batch.homes)  # of which something may be missing
        and other.batch.is_hasty
    )
