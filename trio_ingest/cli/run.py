"""`trio-ingest run`, and `trio-ingest relay`: the daemon, on one kind of file or the other."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
import trio

from trio_ingest.cli.loading import load_or_exit, loader
from trio_ingest.config.model import Config
from trio_ingest.config.problems import ConfigurationError, Problem
from trio_ingest.daemon import run_daemon
from trio_ingest.sqlite_file import UnusableFileError

A_RELAY = Problem("relay", "this is the file of a relay", "Start it with: trio-ingest relay.")
NO_RELAY = Problem(
    "relay", "is missing", "Add [relay], and its servers; to record homes: trio-ingest run."
)


def run_command(config_file: Path | None, *, is_relay: bool = False) -> None:
    """Run the daemon on the configuration, or leave with 78 when there is no valid one.

    One for a relay is not valid for recording, and the other way round.
    """
    load = partial(load_for, loader(config_file), is_relay=is_relay)
    config = load_or_exit(load)
    trouble = None
    try:
        trio.run(partial(run_daemon, config, load))
    except* UnusableFileError as group:
        trouble = first(group)  # leaving here would print a group, before Python 3.11.4
    if trouble is not None:
        click.echo(f"trio-ingest cannot run: {trouble}", err=True)
        sys.exit(1)


def load_for(load: Callable[[], Config], *, is_relay: bool) -> Config:
    """Return a configuration of the right kind, now and at each reload."""
    config = load()
    if is_relay == (config.relay is not None):
        return config
    problem = NO_RELAY if is_relay else A_RELAY
    raise ConfigurationError(config.source, [problem])


def first(group: BaseExceptionGroup[UnusableFileError]) -> BaseException:
    """Return the first exception of a group."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
