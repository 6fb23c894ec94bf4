"""`trio-ingest completion`: what a shell has to read so that it completes our commands."""

import click
from click.shell_completion import get_completion_class

PROGRAM = "trio-ingest"
VARIABLE = "_TRIO_INGEST_COMPLETE"


def completion_command(main: click.Command, shell: str) -> None:
    """Print the script for *shell*."""
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(main, {}, PROGRAM, VARIABLE).source())
