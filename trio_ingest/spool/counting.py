"""Keep a spool's statistics: pure, so that the spool on disk and its twin count alike."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from trio_ingest.model.batch import Batch
from trio_ingest.spool.compaction import Compacted
from trio_ingest.spool.policy import Admit, DropReason, TurnAway
from trio_ingest.spool.spool import SpoolStatistics


def count_append(
    before: SpoolStatistics, batch: Batch, decision: Admit | TurnAway, oldest: int | None
) -> SpoolStatistics:
    """Return the statistics once *batch* was offered and *decision* carried out."""
    match decision:
        case TurnAway(reason):
            return evolve(
                before, dropped_points=_with_drop(before.dropped_points, reason, batch.points)
            )
        case Admit(instead_of=victims):
            gone = sum(victim.points for victim in victims)
            gone_bytes = sum(victim.size_bytes for victim in victims)
            return evolve(
                before,
                batches=before.batches + 1 - len(victims),
                points=before.points + batch.points - gone,
                size_bytes=before.size_bytes + len(batch.body) - gone_bytes,
                oldest=oldest,
                appended_points=before.appended_points + batch.points,
                dropped_points=_with_drop(before.dropped_points, DropReason.OLDEST, gone),
            )


def count_settle(
    before: SpoolStatistics,
    *,
    points: int,
    size_bytes: int,
    quarantined: int,
    forgotten: int,
    oldest: int | None,
    batches: int = 1,
) -> SpoolStatistics:
    """Return the statistics once *batches* have gone, and some of their lines to the quarantine."""
    return evolve(
        before,
        batches=before.batches - batches,
        points=before.points - points,
        size_bytes=before.size_bytes - size_bytes,
        oldest=oldest,
        quarantined_lines=before.quarantined_lines + quarantined - forgotten,
        forgotten_lines=before.forgotten_lines + forgotten,
    )


def count_compaction(before: SpoolStatistics, compacted: Compacted) -> SpoolStatistics:
    """Return the statistics once several batches have become one; its points are theirs."""
    gone_bytes = sum(len(each.batch.body) for each in compacted.gone)
    return evolve(
        before,
        batches=before.batches + 1 - len(compacted.gone),
        size_bytes=before.size_bytes + len(compacted.kept.batch.body) - gone_bytes,
    )


def count_put_aside(before: SpoolStatistics, lines: int, forgotten: int) -> SpoolStatistics:
    """Return the statistics once *lines* went to the quarantine, and *forgotten* ones left it."""
    return evolve(
        before,
        quarantined_lines=before.quarantined_lines + lines - forgotten,
        forgotten_lines=before.forgotten_lines + forgotten,
    )


def count_anew(
    before: SpoolStatistics, totals: Mapping[str, Any], purged_points: int
) -> SpoolStatistics:
    """Return the statistics once *totals* were counted in the file, which others have amended.

    What is there now and was not before was put in by commands: out of the quarantine, or from
    Home Assistant's history.
    """
    after = evolve(before, **totals)
    return evolve(
        after,
        dropped_points=_with_drop(before.dropped_points, DropReason.PURGED, purged_points),
        retried_points=before.retried_points + after.points - before.points + purged_points,
    )


def count_replaced(
    before: SpoolStatistics, found: SpoolStatistics, lost_points: int
) -> SpoolStatistics:
    """Return the statistics of the file that took the place of a damaged one."""
    return evolve(
        found,
        appended_points=before.appended_points,
        dropped_points=_with_drop(before.dropped_points, DropReason.DAMAGED, lost_points),
        forgotten_lines=before.forgotten_lines,
        retried_points=before.retried_points,
    )


def _with_drop(dropped: Mapping[str, int], reason: DropReason, points: int) -> Mapping[str, int]:
    if points == 0:
        return dropped
    return {**dropped, reason.value: dropped.get(reason.value, 0) + points}
