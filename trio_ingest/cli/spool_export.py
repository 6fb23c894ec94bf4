"""`trio-ingest spool export`: the lines that wait, as they are sent."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import click

from trio_ingest.cli.spool_files import SpoolFile, find_one_spool, for_each
from trio_ingest.model.batch import Encoding
from trio_ingest.model.joining import damage_of
from trio_ingest.spool.inspection import inspect_spool
from trio_ingest.spool.waiting import Unreadable, waiting
from trio_ingest.words import count

MEANING: Mapping[str | None, str] = {
    Encoding.LINE_PROTOCOL_NS: "line protocol with times in nanoseconds (precision ns)",
    Encoding.LINE_PROTOCOL_US: "line protocol with times in microseconds (precision us)",
    Encoding.LINE_PROTOCOL_MS: "line protocol with times in milliseconds (precision ms)",
    Encoding.LINE_PROTOCOL_S: "line protocol with times in seconds (precision s)",
    Encoding.ROWS: "JSON, an array or object a line, as the embedded database takes it",
}


def export_command(
    sink: str | None,
    config_file: Path | None,
    state_directory: Path | None,
    encoding: str | None,
    output: Path | None,
) -> None:
    """Write the lines to *output* or standard output. Leave with 1 when some cannot be read."""
    spool = find_one_spool(sink, config_file, state_directory)

    def do(spool: SpoolFile) -> bool:
        report = inspect_spool(spool.path)
        chosen = choose_encoding(report.encodings, encoding)
        if output is None:
            return write_lines(spool, sys.stdout.buffer, chosen, report.last_number)
        try:
            with output.open("xb") as file:
                return write_lines(spool, file, chosen, report.last_number)
        except OSError as error:
            click.echo(f"{output}: cannot be written: {error.strerror}", err=True)
            return False

    for_each([spool], do)


def choose_encoding(points: Mapping[str, int], wanted: str | None) -> str | None:
    """Return the one encoding to write; None when nothing waits. Leaves with 1 for several."""
    if wanted is not None:
        if wanted not in [*points, *Encoding]:
            raise click.UsageError(f"{wanted!r} is none of {', '.join(Encoding)}.")
        return wanted
    if len(points) > 1:
        there = ", ".join(f"{each} ({count(number, 'point')})" for each, number in points.items())
        click.echo(
            f"Lines of different encodings wait, which must not be mixed: {there}. "
            f"Choose one of them with --encoding.",
            err=True,
        )
        sys.exit(1)
    return next(iter(points), None)


def write_lines(spool: SpoolFile, out: BinaryIO, encoding: str | None, up_to: int) -> bool:
    """Write the lines of one encoding and say on standard error what they are."""
    lines = 0
    well = True
    for each in waiting(spool.path, up_to):
        if isinstance(each, Unreadable):
            click.echo(f"{spool.name}: batch {each.number} left out: {each.why}", err=True)
            well = False
        elif each.batch.encoding == encoding:
            damage = damage_of(each.batch)
            if damage is not None:
                click.echo(f"{spool.name}: batch {each.number} left out: {damage}", err=True)
                well = False
                continue
            content = each.batch.lines()
            out.writelines(line + b"\n" for line in content)
            lines += len(content)
    meaning = f": {MEANING[encoding]}" if encoding in MEANING else ""
    click.echo(f"{spool.name}: {count(lines, 'line')} written{meaning}", err=True)
    return well
