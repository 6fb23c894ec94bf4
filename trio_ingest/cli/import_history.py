"""`trio-ingest import`: the history that Home Assistant already has."""

import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TextIO, cast

import click
import trio
from attrs import frozen

from trio_ingest.cli.import_report import json_report, text_report
from trio_ingest.cli.import_screen import CurrentStderr, open_screen
from trio_ingest.cli.loading import load_recorder_or_exit, loader
from trio_ingest.config.model import Config
from trio_ingest.home_assistant.errors import leaves
from trio_ingest.importing.order import ImportFailed, ImportResult, Order
from trio_ingest.importing.period import WrongPeriod, read_moment
from trio_ingest.importing.run import run_import
from trio_ingest.sqlite_file import UnusableFileError
from trio_ingest.telemetry.logging import set_up_logging

STOPPED = "Stopped. The same command goes on where it was."


@frozen(kw_only=True)
class ImportOptions:
    """What stands on the command line."""

    start: str
    end: str | None
    sinks: tuple[str, ...]
    home: str | None
    with_statistics: bool
    is_dry_run: bool
    begins_anew: bool


def import_command(config_file: Path | None, options: ImportOptions, *, as_json: bool) -> None:
    """Import, and say what was; leave with 1 when not all of it is done."""
    start = moment_or_usage("--from", options.start)
    end = None if options.end is None else moment_or_usage("--to", options.end)
    config = load_recorder_or_exit(loader(config_file))
    order = make_order(config, options, start, end)
    set_up_logging(config.logging, cast("TextIO", CurrentStderr()))
    result = import_or_exit(order, config)
    if as_json:
        click.echo(json_report(order, result))
    else:
        click.echo("\n".join(text_report(order, result)))
    if not all(each.is_settled for each in result.deliveries.values()):
        sys.exit(1)


def import_or_exit(order: Order, config: Config) -> ImportResult:
    """Return what became of *order*. Raises UsageError, or leaves with 1 when it fails."""
    failures: list[Exception] = []
    try:
        with open_screen() as screen:
            return trio.run(partial(run_import, order, config, screen.tell))
    except* KeyboardInterrupt:
        click.echo(STOPPED, err=True)
    except* (ImportFailed, WrongPeriod, UnusableFileError, OSError) as group:
        failures = leaves(group)
    wrong = [each for each in failures if isinstance(each, WrongPeriod)]
    if wrong:
        raise click.UsageError(str(wrong[0]))
    for failure in failures:
        click.echo(f"The import failed: {failure}", err=True)
    sys.exit(1)


def moment_or_usage(option: str, text: str) -> datetime:
    """Return what *text* says. Raises UsageError for what is no moment."""
    try:
        return read_moment(text)
    except (ValueError, OverflowError) as error:
        message = f"{option}: {text!r} is no day or time such as 2026-11-13 or 2026-11-13T20:00."
        raise click.UsageError(message) from error


def make_order(
    config: Config, options: ImportOptions, start: datetime, end: datetime | None
) -> Order:
    """Return what is to be done. Raises UsageError for a name that there is not."""
    for kind, wanted, there in (
        ("sink", options.sinks, [each.name for each in config.sinks]),
        ("home", (options.home,), [None, *(each.name for each in config.home_assistants)]),
    ):
        for name in wanted:
            if name not in there:
                names = ", ".join(each for each in there if each)
                raise click.UsageError(f"There is no {kind} {name!r}. There are: {names}.")
    return Order(
        start=start,
        end=end,
        homes=[each for each in config.home_assistants if options.home in (None, each.name)],
        sinks=[each for each in config.sinks if not options.sinks or each.name in options.sinks],
        with_statistics=options.with_statistics,
        is_dry_run=options.is_dry_run,
        begins_anew=options.begins_anew,
    )
