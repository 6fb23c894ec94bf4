"""`trio-ingest run`."""

import sys
from functools import partial
from pathlib import Path

import click
import trio

from trio_ingest.cli.loading import load_or_exit, loader
from trio_ingest.daemon import run_daemon
from trio_ingest.sqlite_file import UnusableFileError


def run_command(config_file: Path | None) -> None:
    """Run the daemon on the configuration, or leave with 78 when there is no valid one."""
    load = loader(config_file)
    config = load_or_exit(load)
    trouble = None
    try:
        trio.run(partial(run_daemon, config, load))
    except* UnusableFileError as group:
        trouble = first(group)  # leaving here would print a group, before Python 3.11.4
    if trouble is not None:
        click.echo(f"trio-ingest cannot run: {trouble}", err=True)
        sys.exit(1)


def first(group: BaseExceptionGroup[UnusableFileError]) -> BaseException:
    """Return the first exception of a group."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
