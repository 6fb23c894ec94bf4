"""`trio-ingest spool purge`: deletes what waits, for good."""

from pathlib import Path

import click

from trio_ingest.cli.spool_files import (
    SpoolFile,
    confirm,
    find_spools,
    for_each,
    read_instant,
    show_instant,
)
from trio_ingest.spool.amendment import open_amendment
from trio_ingest.spool.inspection import inspect_spool
from trio_ingest.words import count


def purge_command(
    sink: str | None,
    config_file: Path | None,
    state_directory: Path | None,
    before: str | None,
    *,
    is_sure: bool,
) -> None:
    """Ask, and delete what was there when it was asked. Leave with 1 when that fails."""
    instant = read_instant(before)

    def do(spool: SpoolFile) -> bool:
        report = inspect_spool(spool.path)
        if not report.batches:
            click.echo(f"{spool.name}: nothing waits")
            return True
        older = "" if instant is None else f"what is older than {show_instant(instant)} of "
        question = f"{spool.name}: delete {older}{count(report.points, 'point')} for good?"
        confirm(question, is_sure=is_sure)
        with open_amendment(spool.path) as amendment:
            purged = amendment.purge(report.last_number, instant)
            is_in_use = amendment.is_in_use
        click.echo(f"{spool.name}: {count(purged, 'point')} deleted. They are not fetched again.")
        if is_in_use:
            click.echo(
                f"{spool.name}: the oldest batch stays, since the daemon has it in hand. To delete "
                f"that, too, stop the daemon first."
            )
        return True

    for_each(find_spools(sink, config_file, state_directory), do)
