"""Reads all that waits in a spool and finds what is damaged."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from attrs import frozen

from trio_ingest.model.joining import damage_of
from trio_ingest.spool.inspection import inspect_spool
from trio_ingest.spool.reading import NoSpoolError, look
from trio_ingest.spool.waiting import Unreadable, Waiting, waiting
from trio_ingest.sqlite_file import UnusableFileError
from trio_ingest.words import count

WHOLE = "The daemon puts it into the quarantine as a whole, and never sends it."
AS_IT_IS = "The daemon delivers the lines that there are; the counts are off by the difference."
NOT_READ = "This version cannot deliver it; the trio-ingest that wrote it can."
FILE_DAMAGED = (
    "Stop the daemon and keep a copy of the file, with the -wal and -shm files beside it, before "
    "anything else. What the daemon can still read it delivers."
)


@frozen(kw_only=True)
class Verified:
    """How much was read, and how many problems were told of."""

    batches: int
    points: int
    problems: int


def verify_spool(path: Path, tell: Callable[[str], None]) -> Verified:
    """Read the spool at *path* and tell of each problem as it is found. Blocks.

    Raises NoSpoolError when there is none.
    """
    problems = 0
    for problem in problems_of_file(path):
        tell(f"the file is damaged: {problem}")
        problems += 1
    if problems:
        tell(FILE_DAMAGED)
    points = batches = 0
    try:
        for each in waiting(path, inspect_spool(path).last_number):
            batches += 1
            points += each.batch.points if isinstance(each, Waiting) else 0
            for problem in problems_of_batch(each):
                tell(f"batch {each.number} {problem}")
                problems += 1
    except UnusableFileError as error:
        tell(f"after {count(batches, 'batch')}: {error}")
        problems += 1
    return Verified(batches=batches, points=points, problems=problems)


def problems_of_file(path: Path) -> Sequence[str]:
    """Return what SQLite finds wrong with the file, or why it cannot look."""
    try:
        rows = look(
            path, lambda connection: connection.execute("PRAGMA integrity_check(20)").fetchall()
        )
    except NoSpoolError:
        raise
    except UnusableFileError as error:
        return [str(error)]
    return [words for (words,) in rows if words != "ok"]


def problems_of_batch(each: Waiting | Unreadable) -> Iterator[str]:
    """Yield what is wrong with a batch, and what becomes of it."""
    if isinstance(each, Unreadable):
        yield f"makes no sense to this version: {each.why}. {NOT_READ}"
        return
    batch = each.batch
    damage = damage_of(batch)
    if damage is not None:
        yield f"({count(batch.points, 'point')}) is {damage}. {WHOLE}"
        return
    lines = len(batch.lines())
    if lines != batch.points:
        yield f"has {count(lines, 'line')}, but should have {batch.points:,}. {AS_IT_IS}"
