"""`trio-ingest quarantine retry` and `purge`: lines leave the quarantine."""

from collections.abc import Sequence
from pathlib import Path

import click

from trio_ingest.cli.quarantine_choice import make_choice, part_arguments
from trio_ingest.cli.spool_files import SpoolFile, confirm, find_one_spool, for_each
from trio_ingest.spool.amendment import open_amendment
from trio_ingest.spool.quarantine import Choice, read_quarantine
from trio_ingest.words import count


def retry_command(
    arguments: Sequence[str],
    config_file: Path | None,
    state_directory: Path | None,
    reason: str | None,
    *,
    everything: bool,
) -> None:
    """Put lines back into the spool. Leave with 1 when some cannot be, or are not there."""
    sink, numbers = part_arguments(arguments)
    choice = make_choice(numbers, reason, everything=everything)

    def do(spool: SpoolFile) -> bool:
        are_there = all_are_there(spool, choice)
        with open_amendment(spool.path) as amendment:
            retried = amendment.retry(choice)
        click.echo(
            f"{spool.name}: {count(retried.lines, 'line')} put back into the spool. A daemon that "
            f"runs sends them when it has next stored something, another one when it starts."
        )
        if retried.left:
            numbers = ", ".join(str(number) for number in retried.left)
            click.echo(
                f"{spool.name}: left in the quarantine, since they are batches that were damaged "
                f"as a whole, or of an encoding that this version does not know: {numbers}",
                err=True,
            )
        return are_there and not retried.left

    for_each([find_one_spool(sink, config_file, state_directory)], do)


def purge_command(
    arguments: Sequence[str],
    config_file: Path | None,
    state_directory: Path | None,
    reason: str | None,
    before: str | None,
    *,
    everything: bool,
    is_sure: bool,
) -> None:
    """Ask, and delete lines. Leave with 1 when some are not there."""
    sink, numbers = part_arguments(arguments)
    choice = make_choice(numbers, reason, before, everything=everything)

    def do(spool: SpoolFile) -> bool:
        are_there = all_are_there(spool, choice)
        asked = frozenset(line.number for line in read_quarantine(spool.path, choice))
        if asked:
            confirm(
                f"{spool.name}: delete {count(len(asked), 'line')} of the quarantine, for good?",
                is_sure=is_sure,
            )
        with open_amendment(spool.path) as amendment:
            purged = amendment.purge_quarantine(Choice(numbers=asked))
        click.echo(f"{spool.name}: {count(purged, 'line')} deleted")
        return are_there

    for_each([find_one_spool(sink, config_file, state_directory)], do)


def all_are_there(spool: SpoolFile, choice: Choice) -> bool:
    """Say which of the numbers that were given are not in the quarantine."""
    there = {line.number for line in read_quarantine(spool.path)}
    missing = sorted((choice.numbers or frozenset()) - there)
    for number in missing:
        click.echo(f"{spool.name}: line {number} is not in the quarantine", err=True)
    return not missing
