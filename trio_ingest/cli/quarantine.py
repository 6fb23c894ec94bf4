"""`trio-ingest quarantine …`: the commands about the lines that a sink would not take.

The arguments of a command are the sink, if need be, and then numbers of lines.
"""

from pathlib import Path

import click

from trio_ingest.cli.completing import complete_sinks
from trio_ingest.cli.options import (
    all_option,
    before_option,
    json_option,
    of_spools,
    reason_option,
    yes_option,
)


@click.group()
def quarantine() -> None:
    """Look at the lines that a sink would not take, while the daemon runs or not."""


@quarantine.command("list")
@click.argument("sink", required=False, shell_complete=complete_sinks)
@of_spools
@reason_option
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest so many.")
@click.option("--by-reason", is_flag=True, help="How many there are of each reason.")
@json_option
def list_(
    sink: str | None,
    config_file: Path | None,
    state_directory: Path | None,
    reason: str | None,
    limit: int | None,
    *,
    by_reason: bool,
    as_json: bool,
) -> None:
    """List the lines and what was said of them."""
    from trio_ingest.cli.quarantine_list import list_command

    list_command(
        sink, config_file, state_directory, reason, limit, by_reason=by_reason, as_json=as_json
    )


@quarantine.command()
@click.argument("sink_and_number", nargs=-1, required=True, metavar="[SINK] NUMBER")
@of_spools
@json_option
def show(
    sink_and_number: tuple[str, ...],
    config_file: Path | None,
    state_directory: Path | None,
    as_json: bool,
) -> None:
    """Show one line whole."""
    from trio_ingest.cli.quarantine_list import show_command

    show_command(sink_and_number, config_file, state_directory, as_json=as_json)


@quarantine.command()
@click.argument("sink_and_numbers", nargs=-1, metavar="[SINK] [NUMBER]...")
@of_spools
@all_option
@reason_option
def retry(
    sink_and_numbers: tuple[str, ...],
    config_file: Path | None,
    state_directory: Path | None,
    everything: bool,
    reason: str | None,
) -> None:
    """Put lines back into the spool, to be sent again."""
    from trio_ingest.cli.quarantine_change import retry_command

    retry_command(sink_and_numbers, config_file, state_directory, reason, everything=everything)


@quarantine.command()
@click.argument("sink_and_numbers", nargs=-1, metavar="[SINK] [NUMBER]...")
@of_spools
@all_option
@reason_option
@before_option("Those that were put there")
@yes_option
def purge(
    sink_and_numbers: tuple[str, ...],
    config_file: Path | None,
    state_directory: Path | None,
    *,
    everything: bool,
    reason: str | None,
    before: str | None,
    yes: bool,
) -> None:
    """Delete lines for good."""
    from trio_ingest.cli.quarantine_change import purge_command

    purge_command(
        sink_and_numbers,
        config_file,
        state_directory,
        reason,
        before,
        everything=everything,
        is_sure=yes,
    )
