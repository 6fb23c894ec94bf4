"""Finding the embedded database that a command is about, and the time that is meant."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import click

from trio_ingest.cli.loading import load_or_exit, loader
from trio_ingest.cli.spool_files import read_instant
from trio_ingest.config.kinds.units import parse_duration
from trio_ingest.config.problems import Misfit
from trio_ingest.config.sink_model import SqliteSinkConfig
from trio_ingest.model.instant import MICROSECONDS_PER_SECOND
from trio_ingest.records.wanted import Wanted
from trio_ingest.sqlite_file import UnusableFileError


def find_database(sink: str | None, config_file: Path | None, database: Path | None) -> Path:
    """Return the file that is meant. Raises UsageError when it might be one of several."""
    if database is not None:
        if sink is not None or config_file is not None:
            raise click.UsageError("--database goes without a sink and without --config.")
        return database
    config = load_or_exit(loader(config_file, reads_secrets=False))
    found = {each.name: each.path for each in config.sinks if isinstance(each, SqliteSinkConfig)}
    names = ", ".join(found)
    if not found:
        raise click.UsageError("No sink of the configuration is an embedded database.")
    if sink is not None and sink not in found:
        raise click.UsageError(f"No embedded database is called {sink!r}. There are: {names}.")
    if sink is None and len(found) > 1:
        raise click.UsageError(f"There are several embedded databases; name one: {names}.")
    return found[sink] if sink is not None else next(iter(found.values()))


def read_wanted(
    *,
    last: str | None,
    since: str | None,
    until: str | None,
    globs: tuple[str, ...],
    home: str | None,
    now: Callable[[], int] = lambda: time.time_ns() // 1000,
) -> Wanted:
    """Return what the options say. Raises UsageError."""
    if last is not None and since is not None:
        raise click.UsageError("--last and --since exclude each other.")
    begin, end = read_instant(since), read_instant(until)
    if last is not None:
        begin = (now() if end is None else end) - read_span("--last", last)
    return Wanted(since=begin, until=end, globs=globs, home=home)


def read_span(option: str, text: str) -> int:
    """Return a duration in microseconds, more than none. Raises UsageError."""
    try:
        span = round(parse_duration(text) * MICROSECONDS_PER_SECOND)
    except Misfit as misfit:
        raise click.UsageError(f"{option}: {misfit.what}. {misfit.remedy}") from misfit
    if not span:
        raise click.UsageError(f"{option} is more than nothing.")
    return span


@contextmanager
def saying_what_is_unusable() -> Generator[None]:
    """Say that a file cannot be used, and leave with 1."""
    try:
        yield
    except UnusableFileError as error:
        raise click.ClickException(str(error)) from error
