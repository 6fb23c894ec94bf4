"""The ways in which records are printed: for people, spreadsheets and programs."""

import csv
import json
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from trio_ingest.model.instant import to_datetime
from trio_ingest.records.readings import Record


def print_csv(found: Iterable[Record], fields: Sequence[str], out: TextIO) -> None:
    """Write a header and a line a record, as they come. What is not there is empty."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["time", "home", "entity_id", *fields])
    for each in found:
        cells = [plain(each[name]) for name in fields]
        writer.writerow([utc(each["time_us"]), each["home"], each["entity_id"], *cells])


def print_json(found: Iterable[Record], out: TextIO) -> None:
    """Write one array, an object a line, as they come."""
    separator = "["
    for each in found:
        fields = {name: value for name, value in each.items() if name != "time_us"}
        text = json.dumps({"time": utc(each["time_us"]), **fields}, ensure_ascii=False)
        out.write(f"{separator}\n{text}")
        separator = ","
    out.write("[]\n" if separator == "[" else "\n]\n")


def table_of(found: Sequence[Record], fields: Sequence[str]) -> Table:
    """Return a table; times are those of this machine's clock, the home is there for several."""
    several = len({each["home"] for each in found}) > 1
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("time", no_wrap=True)
    for name in ("home",) * several:
        table.add_column(name)
    table.add_column("entity_id", no_wrap=True)
    for name in fields:
        table.add_column(name, overflow="fold")
    for each in found:
        homes = (each["home"],) * several
        cells = [Text(short(each[name])) for name in fields]
        table.add_row(local(each["time_us"]), *homes, each["entity_id"], *cells)
    return table


def plain(value: Any) -> Any:
    """Return a value for a cell: nothing, a text, or a number with all its digits; else JSON."""
    if value is None:
        return ""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value
    return json.dumps(value, ensure_ascii=False)


def short(value: Any) -> str:
    """Return the same for people, who do not want to see the last digits."""
    return f"{value:.10g}" if isinstance(value, float) else str(plain(value))


def utc(instant: int) -> str:
    """Return an instant for programs, to the microsecond; a number where the calendar ends."""
    try:
        return to_datetime(instant).isoformat(timespec="microseconds")
    except OverflowError:
        return str(instant)


def local(instant: int) -> str:
    """Return an instant by this machine's clock, to the second."""
    try:
        return f"{to_datetime(instant).astimezone():%Y-%m-%d %H:%M:%S}"
    except (OverflowError, ValueError):
        return f"{instant} us"
