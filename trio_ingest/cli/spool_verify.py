"""`trio-ingest spool verify`: reads all that is on the disk and says what is damaged."""

from collections.abc import Iterator
from pathlib import Path

import click

from trio_ingest.cli.spool_files import SpoolFile, count, find_spools, for_each
from trio_ingest.delivery.narrowing import damage_of
from trio_ingest.spool.inspection import inspect_spool
from trio_ingest.spool.reading import NoSpoolError, look
from trio_ingest.spool.waiting import Unreadable, Waiting, waiting
from trio_ingest.sqlite_file import UnusableFileError

WHOLE = "The daemon puts it into the quarantine as a whole, and never sends it."
AS_IT_IS = "The daemon delivers the lines that there are; the counts are off by the difference."
NOT_READ = "This version cannot deliver it; the trio-ingest that wrote it can."
FILE_DAMAGED = (
    "Stop the daemon and keep a copy of the file, with the -wal and -shm files beside it, before "
    "anything else. What the daemon can still read it delivers."
)


def verify_command(
    sink: str | None, config_file: Path | None, state_directory: Path | None
) -> None:
    """Print what is wrong with each spool. Leave with 1 when anything is."""
    for_each(find_spools(sink, config_file, state_directory), verify)


def verify(spool: SpoolFile) -> bool:
    """Print what is wrong with one spool; say whether nothing is."""
    problems = 0
    for problem in problems_of_file(spool):
        click.echo(f"{spool.name}: the file is damaged: {problem}")
        problems += 1
    if problems:
        click.echo(f"{spool.name}: {FILE_DAMAGED}")
    points = batches = 0
    try:
        for each in waiting(spool.path, inspect_spool(spool.path).last_number):
            batches += 1
            points += each.batch.points if isinstance(each, Waiting) else 0
            for problem in problems_of_batch(each):
                click.echo(f"{spool.name}: batch {each.number} {problem}")
                problems += 1
    except UnusableFileError as error:
        click.echo(f"{spool.name}: after {count(batches, 'batch')}: {error}")
        problems += 1
    verdict = "something is wrong" if problems else "all is well"
    click.echo(
        f"{spool.name}: {count(batches, 'batch')} of {count(points, 'point')} read: {verdict}"
    )
    return not problems


def problems_of_file(spool: SpoolFile) -> list[str]:
    """Return what SQLite finds wrong with the file, or why it cannot look."""
    try:
        rows = look(
            spool.path,
            lambda connection: connection.execute("PRAGMA integrity_check(20)").fetchall(),
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
