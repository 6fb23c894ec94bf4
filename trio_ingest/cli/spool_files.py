"""Finding the spools that a command is about, and saying what cannot be done with them."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from attrs import frozen

from trio_ingest.cli.loading import load_or_exit, loader
from trio_ingest.model.instant import to_datetime, to_microseconds
from trio_ingest.sqlite_file import UnusableFileError


@frozen
class SpoolFile:
    """The spool of a sink, by its name."""

    name: str
    path: Path


def find_spools(
    sink: str | None, config_file: Path | None, state_directory: Path | None
) -> Sequence[SpoolFile]:
    """Return the spool of *sink*, or all; with a configuration also those not made yet.

    Raises UsageError when there is no such sink; leaves with 78 for a wrong configuration and with
    1 when there is nothing at all.
    """
    if state_directory is None:
        config = load_or_exit(loader(config_file))
        directory = config.state_directory / "spool"
        found = [SpoolFile(each.name, directory / f"{each.name}.db") for each in config.sinks]
    elif config_file is not None:
        raise click.UsageError("--config and --state-directory exclude each other.")
    else:
        directory = state_directory / "spool"
        found = [SpoolFile(path.stem, path) for path in sorted(directory.glob("*.db"))]
    chosen = [each for each in found if sink in (None, each.name)]
    if not found:
        click.echo(f"{directory}: there is no spool", err=True)
        sys.exit(1)
    if not chosen:
        names = ", ".join(each.name for each in found)
        raise click.UsageError(f"There is no sink {sink!r}. There are: {names}.")
    return chosen


def find_one_spool(
    sink: str | None, config_file: Path | None, state_directory: Path | None
) -> SpoolFile:
    """Return the spool that is meant. Raises UsageError when it might be one of several."""
    found = find_spools(sink, config_file, state_directory)
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        raise click.UsageError(f"There are several sinks; name one of them: {names}.")
    return found[0]


def for_each(spools: Sequence[SpoolFile], do: Callable[[SpoolFile], bool]) -> None:
    """Do it with each; leave with 1 when one cannot be used, or *do* says that it is not well."""
    well = True
    for spool in spools:
        try:
            well &= do(spool)
        except UnusableFileError as error:
            click.echo(f"{spool.name}: {error}", err=True)
            well = False
    if not well:
        sys.exit(1)


def confirm(question: str, *, is_sure: bool) -> None:
    """Ask on standard error, unless it *is_sure*. Leaves with 1 when the answer is not yes."""
    if not is_sure:
        click.confirm(question, abort=True, err=True)


def read_instant(text: str | None) -> int | None:
    """Return an instant that a person has written. Raises UsageError."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"{text!r} is no instant such as 2026-11-25T20:00.") from error
    return to_microseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def show_instant(instant: int | None) -> str:
    """Return an instant for people."""
    if instant is None:
        return "now"
    try:
        return f"{to_datetime(instant):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:  # from a file that is damaged, or a line that is nonsense
        return f"{instant} us"


def iso_instant(instant: int | None) -> str | None:
    """Return an instant for scripts, to the microsecond."""
    if instant is None:
        return None
    try:
        return to_datetime(instant).isoformat()
    except OverflowError:
        return None


def count(number: int, noun: str) -> str:
    """Return how many there are of *noun*."""
    plural = f"{noun}es" if noun.endswith("ch") else f"{noun}s".replace("tys", "ties")
    return f"{number:,} {noun if number == 1 else plural}"


def show_size(size: int) -> str:
    """Return bytes for people."""
    amount = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if amount < 1024:  # noqa: PLR2004 - that is what these units are
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"
