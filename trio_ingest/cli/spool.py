"""`trio-ingest spool …`: the commands about what waits on the disk."""

from pathlib import Path

import click

from trio_ingest.cli.options import before_option, json_option, of_spools, sink_argument, yes_option


@click.group()
def spool() -> None:
    """Look at what waits on the disk for the sinks, while the daemon runs or not."""


@spool.command()
@sink_argument
@of_spools
@json_option
def status(
    sink: str | None, config_file: Path | None, state_directory: Path | None, as_json: bool
) -> None:
    """Say what waits, how far it has come, and what is missing."""
    from trio_ingest.cli.spool_status import status_command

    status_command(sink, config_file, state_directory, as_json=as_json)


@spool.command()
@sink_argument
@of_spools
def verify(sink: str | None, config_file: Path | None, state_directory: Path | None) -> None:
    """Read all that waits and say what is damaged. Exit code 1 if anything is."""
    from trio_ingest.cli.spool_verify import verify_command

    verify_command(sink, config_file, state_directory)


@spool.command()
@sink_argument
@of_spools
@click.option("--encoding", help="When there are several: the lines of this one only.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write, which must not exist. Default: standard output.",
)
def export(
    sink: str | None,
    config_file: Path | None,
    state_directory: Path | None,
    encoding: str | None,
    output: Path | None,
) -> None:
    """Write out the lines that wait. They stay in the spool."""
    from trio_ingest.cli.spool_export import export_command

    export_command(sink, config_file, state_directory, encoding, output)


@spool.command()
@sink_argument
@of_spools
@before_option("Only batches in which all happened")
@yes_option
def purge(
    sink: str | None,
    config_file: Path | None,
    state_directory: Path | None,
    before: str | None,
    yes: bool,
) -> None:
    """Delete what waits, for good: it is counted, and not fetched again."""
    from trio_ingest.cli.spool_purge import purge_command

    purge_command(sink, config_file, state_directory, before, is_sure=yes)
