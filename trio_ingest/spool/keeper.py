"""The stage that fills the spool: what the processor has gathered goes to the disk."""

import logging
import sqlite3
from collections.abc import Mapping

import trio

from trio_ingest.backoff import Backoff
from trio_ingest.model.batch import Batch
from trio_ingest.model.progress import Progress
from trio_ingest.pulse import Pulse
from trio_ingest.spool.spool import Spool
from trio_ingest.telemetry.message_ids import DISK_FAILS, DISK_WELL, SPOOL_FULL

log = logging.getLogger(__name__)

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0
SECONDS_BETWEEN_DROP_REPORTS = 60.0


async def keep(
    batches: trio.MemoryReceiveChannel[Batch | Progress],
    spool: Spool,
    pulse: Pulse | None = None,
) -> None:
    """Append each batch to *spool*, note progress, and seal it when there will be no more.

    While the disk fails, the batch is tried again and the river upstream waits: nothing is dropped
    here. What the spool's policy drops is reported, at most once a minute.
    """
    pulse = pulse or Pulse()
    reported = spool.statistics().dropped_points
    next_report = trio.current_time()
    with batches:
        async for item in batches:
            await _commit_in_the_end(item, spool, pulse)
            dropped = spool.statistics().dropped_points
            if dropped != reported and trio.current_time() >= next_report:
                log.warning(
                    "The spool is full: %s points dropped since the last report (%s since the "
                    "start: %s). Help the sink to catch up, or raise the spool's max_size",
                    _total(dropped) - _total(reported),
                    _total(dropped),
                    ", ".join(f"{reason} {points}" for reason, points in dropped.items()),
                    extra=SPOOL_FULL,
                )
                reported = dropped
                next_report = trio.current_time() + SECONDS_BETWEEN_DROP_REPORTS
    spool.seal()


async def _commit_in_the_end(item: Batch | Progress, spool: Spool, pulse: Pulse) -> None:
    """Commit *item* however many tries it takes; say so at the first failure and at the end."""
    backoff = Backoff(first_seconds=FIRST_DELAY_SECONDS, longest_seconds=LONGEST_DELAY_SECONDS)
    began = trio.current_time()
    told = None
    while (problem := await _failure_to_commit(item, spool, pulse)) is not None:
        if problem != told:
            log.error(
                "The spool cannot write to the disk: %s. %s points are held back and nothing new "
                "is taken in, so that nothing is lost; trying again until it works. Make room on "
                "the disk, or mend it",
                problem,
                item.points if isinstance(item, Batch) else 0,
                extra=DISK_FAILS,
            )
            told = problem
        await trio.sleep(backoff.next_delay())
    if told is not None:
        seconds = trio.current_time() - began
        log.info("The spool writes again, after %.0f s", seconds, extra=DISK_WELL)


async def _failure_to_commit(item: Batch | Progress, spool: Spool, pulse: Pulse) -> str | None:
    """Try once; return what the disk said when it failed."""
    try:
        with pulse.at_work():
            if isinstance(item, Batch):
                await spool.append(item)
            else:
                await spool.note(item)
    except (sqlite3.OperationalError, OSError) as error:
        return str(error)
    return None


def _total(dropped: Mapping[str, int]) -> int:
    return sum(dropped.values())
