"""`trio-ingest spool verify`: reads all that is on the disk and says what is damaged."""

from pathlib import Path

import click

from trio_ingest.cli.spool_files import SpoolFile, find_spools, for_each
from trio_ingest.doctor.verification import verify_spool
from trio_ingest.words import count


def verify_command(
    sink: str | None, config_file: Path | None, state_directory: Path | None
) -> None:
    """Print what is wrong with each spool. Leave with 1 when anything is."""
    for_each(find_spools(sink, config_file, state_directory), verify)


def verify(spool: SpoolFile) -> bool:
    """Print what is wrong with one spool; say whether nothing is."""
    read = verify_spool(spool.path, lambda problem: click.echo(f"{spool.name}: {problem}"))
    amount = f"{count(read.batches, 'batch')} of {count(read.points, 'point')}"
    verdict = "something is wrong" if read.problems else "all is well"
    click.echo(f"{spool.name}: {amount} read: {verdict}")
    return not read.problems
