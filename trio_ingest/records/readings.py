"""What `trio-ingest query` gives: fields of the changes, one by one or in spans of time."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from attrs import field, frozen

from trio_ingest.records.pages import changes, look_at_records
from trio_ingest.records.wanted import Wanted

Record = Mapping[str, Any]

COLUMNS = ("state", "value", "area", "device", "floor")
"""All other fields are attributes."""
DEFAULT_FIELDS = ("state", "value")
AGGREGATES: Mapping[str, str] = {
    "mean": "avg(field)",
    "min": "min(field)",
    "max": "max(field)",
    "last": "field, max(time_us)",  # SQLite takes the field from the row that has the maximum
    "count": "count(field)",
}
OF_NUMBERS = frozenset({"mean", "min", "max"})

NEWEST = """
    SELECT * FROM state_changes WHERE {condition}
    ORDER BY time_us DESC, entity_id DESC, home DESC LIMIT :limit
"""
EXTENT = "SELECT min(time_us), max(time_us) FROM state_changes WHERE {condition}"
IN_SPANS = """
    SELECT time_us / :span * :span, home, entity_id, {aggregate}
    FROM (SELECT time_us, home, entity_id, {field} AS field FROM state_changes WHERE {condition})
    WHERE field IS NOT NULL {only}
    GROUP BY 1, 2, 3 ORDER BY 1, 3, 2
"""
ATTRIBUTE = "(SELECT value FROM json_each(attributes) WHERE key = :field)"
ONLY_NUMBERS = "AND typeof(field) IN ('integer', 'real')"


@frozen(kw_only=True)
class Spans:
    """One record for each span of so many microseconds in which there is anything."""

    microseconds: int
    aggregate: str = "mean"


@frozen(kw_only=True)
class Question:
    """What is asked: which changes, which fields, and at most how many (the newest).

    In spans of time there is one field.
    """

    wanted: Wanted
    fields: Sequence[str] = DEFAULT_FIELDS
    limit: int | None = None
    spans: Spans | None = field(default=None)


def records(path: Path, question: Question) -> Iterator[Record]:
    """Yield records by their time: `time_us`, `home`, `entity_id`, fields. UnusableFileError."""
    if question.spans is not None:
        spans = question.spans
        found = look_at_records(path, lambda connection: _in_spans(connection, question, spans))
        return iter(found[-question.limit :] if question.limit else found)
    if question.limit is not None:
        return iter(look_at_records(path, lambda connection: _newest(connection, question)))
    return (_record(row, question.fields) for row in changes(path, question.wanted))


def extent(path: Path, wanted: Wanted) -> tuple[int, int] | None:
    """Return the first and the last instant of what is wanted; None when there is nothing."""

    def see(connection: sqlite3.Connection) -> tuple[int | None, int | None]:
        found = wanted.found_in(connection)
        query = EXTENT.format(condition=found.condition)
        first, last = connection.execute(query, found.parameters).fetchone()
        return first, last

    first, last = look_at_records(path, see)
    return None if first is None or last is None else (first, last)


def _newest(connection: sqlite3.Connection, question: Question) -> Sequence[Record]:
    wanted = question.wanted.found_in(connection)
    query = NEWEST.format(condition=wanted.condition)
    rows = connection.execute(query, {**wanted.parameters, "limit": question.limit}).fetchall()
    return [_record(row, question.fields) for row in reversed(rows)]


def _in_spans(connection: sqlite3.Connection, question: Question, spans: Spans) -> Sequence[Record]:
    wanted, [name] = question.wanted.found_in(connection), question.fields
    query = IN_SPANS.format(
        aggregate=AGGREGATES[spans.aggregate],
        field=name if name in COLUMNS else ATTRIBUTE,
        condition=wanted.condition,
        only=ONLY_NUMBERS if spans.aggregate in OF_NUMBERS else "",
    )
    parameters = {**wanted.parameters, "span": spans.microseconds, "field": name}
    return [
        {"time_us": row[0], "home": row[1], "entity_id": row[2], name: row[3]}
        for row in connection.execute(query, parameters)
    ]


def _record(row: sqlite3.Row, fields: Sequence[str]) -> Record:
    attributes: Mapping[str, Any] = {}
    if not set(fields) <= set(COLUMNS):
        attributes = msgspec.json.decode(row["attributes"])
    return {
        "time_us": row["time_us"],
        "home": row["home"],
        "entity_id": row["entity_id"],
        **{name: row[name] if name in COLUMNS else attributes.get(name) for name in fields},
    }
