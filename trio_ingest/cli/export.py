"""`trio-ingest export`: carries an embedded database over into something else."""

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Literal

import click
from attrs import frozen

from trio_ingest.cli.query_output import utc
from trio_ingest.cli.records_files import saying_what_is_unusable
from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.records.lines import Lines
from trio_ingest.records.pages import Row, changes, events, has_several_homes, look_at_records
from trio_ingest.records.wanted import Wanted
from trio_ingest.words import count

CHANGES = (
    "time", "home", "entity_id", "state", "value", "area", "device", "floor", "attributes", "tags",
)  # fmt: skip
EVENTS = (
    "time", "home", "event_type", "sequence", "domain", "service", "entity_id", "context_id",
    "context_user_id", "context_parent_id", "data", "tags",
)  # fmt: skip
UNITS = {"ns": "nanoseconds", "us": "microseconds", "ms": "milliseconds", "s": "seconds"}


@frozen(kw_only=True)
class Order:
    """What is to be written, and how."""

    wanted: Wanted
    output: Literal["line-protocol", "csv", "parquet"]
    table: Literal["states", "events"]
    precision: Precision
    nested: Literal["drop", "json"]
    home_tag: bool | None

    @property
    def columns(self) -> Sequence[str]:
        """Return the columns of its table."""
        return EVENTS if self.table == "events" else CHANGES

    def rows(self, path: Path) -> Iterator[Row]:
        """Return the rows of its table."""
        return (events if self.table == "events" else changes)(path, self.wanted)


def export_command(path: Path, order: Order, file: Path | None) -> None:
    """Write it to *file* or to standard output, and say what it is. Leave with 1 if that fails."""
    with saying_what_is_unusable(), opened(file) as out:
        match order.output:
            case "line-protocol":
                lines = write_lines(path, order, out)
                unit = UNITS[order.precision]
                said = f"{count(lines, 'line')}: line protocol with times in {unit} "
                said += f"(precision {order.precision})"
            case "csv":
                said = count(write_csv(path, order, out), "row")
            case _:
                from trio_ingest.cli.parquet import write_parquet  # noqa: PLC0415 - may be missing

                said = count(write_parquet(order.rows(path), order.columns, out), "row")
    click.echo(f"{path}: {said}", err=True)


@contextmanager
def opened(file: Path | None) -> Iterator[BinaryIO]:
    """Open a new file, or standard output. Raises ClickException when it cannot be written."""
    if file is None:
        yield sys.stdout.buffer
        return
    try:
        with file.open("xb") as out:
            yield out
    except OSError as error:
        raise click.ClickException(f"{file}: cannot be written: {error.strerror}") from error


def write_lines(path: Path, order: Order, out: BinaryIO) -> int:
    """Write line protocol, the state changes first, and return how many lines it was.

    Other events are not chosen by the entities that they name: with a choice there are none.
    """
    home_tag = order.home_tag
    if home_tag is None:
        home_tag = look_at_records(path, has_several_homes)
    lines = Lines(precision=order.precision, nested=order.nested, home_tag=home_tag)
    number = 0
    for line in lines.of_changes(changes(path, order.wanted)):
        out.write(line.encode() + b"\n")
        number += 1
    if not order.wanted.globs:
        for line in lines.of_events(events(path, order.wanted)):
            out.write(line.encode() + b"\n")
            number += 1
    return number


def write_csv(path: Path, order: Order, out: BinaryIO) -> int:
    """Write a header and the rows as they are stored, and return how many rows."""
    text = TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(order.columns)
        number = 0
        for row in order.rows(path):
            writer.writerow([utc(row["time_us"]), *(row[each] for each in order.columns[1:])])
            number += 1
        return number
    finally:
        text.detach()  # standard output stays open
