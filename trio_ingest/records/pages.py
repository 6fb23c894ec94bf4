"""Reads all that is wanted, in the order of its time, however much it is: a page at a time."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from attrs import evolve

from trio_ingest.records.wanted import Wanted
from trio_ingest.sinks.sqlite_tables import DATABASE_FORMAT
from trio_ingest.sqlite_looking import look

T = TypeVar("T")
Row = sqlite3.Row
Key = tuple[int, str, str, int]

PAGE_ROWS = 2000
BEFORE_ALL = (-(2**63), "", "", -1)

# The instant stands there twice: SQLite looks up the one, and compares the other. By the index of
# times a page ends when it is full; by that of entities, all of theirs would be sorted each time.
CHANGES = """
    SELECT *, 0 AS sequence, entity_id AS subject
    FROM state_changes INDEXED BY state_changes_by_time
    WHERE {condition} AND time_us >= :time
        AND (time_us, entity_id, home) > (:time, :subject, :after_home)
    ORDER BY time_us, entity_id, home LIMIT :rows
"""
EVENTS = """
    SELECT *, event_type AS subject FROM events
    WHERE {condition} AND time_us >= :time
        AND (time_us, event_type, home, sequence) > (:time, :subject, :after_home, :sequence)
    ORDER BY time_us, event_type, home, sequence LIMIT :rows
"""
TWO_HOMES = "SELECT DISTINCT home FROM state_changes LIMIT 2"
HAS_EVENTS = "SELECT count(*) FROM sqlite_schema WHERE name = 'events'"


def look_at_records(path: Path, see: Callable[[sqlite3.Connection], T]) -> T:
    """Return what *see* returns of the database at *path*. Raises UnusableFileError."""
    return look(path, DATABASE_FORMAT, "database", see)


def changes(path: Path, wanted: Wanted, page_rows: int = PAGE_ROWS) -> Iterator[Row]:
    """Yield the state changes; what is recorded meanwhile, at an earlier time, may be missing."""
    wanted = look_at_records(path, wanted.found_in)
    query = CHANGES.format(condition=wanted.condition)
    return _rows(path, wanted, query, page_rows)


def events(path: Path, wanted: Wanted, page_rows: int = PAGE_ROWS) -> Iterator[Row]:
    """Yield the other events; an old file has none. *wanted* must not be about entities."""
    if not look_at_records(path, _has_events):
        return iter(())
    query = EVENTS.format(condition=wanted.event_condition)
    return _rows(path, evolve(wanted, entities=None), query, page_rows)


def has_several_homes(connection: sqlite3.Connection) -> bool:
    """Say whether there are changes of more than one Home Assistant."""
    return len(connection.execute(TWO_HOMES).fetchall()) > 1


def _has_events(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute(HAS_EVENTS).fetchone()[0])


def _rows(path: Path, wanted: Wanted, query: str, page_rows: int) -> Iterator[Row]:
    key: Key = BEFORE_ALL
    while True:
        page = look_at_records(path, partial(_page, wanted, query, key, page_rows))
        yield from page
        if len(page) < page_rows:
            return
        last = page[-1]
        key = (last["time_us"], last["subject"], last["home"], last["sequence"])


def _page(
    wanted: Wanted, query: str, after: Key, rows: int, connection: sqlite3.Connection
) -> Sequence[Row]:
    time, subject, home, sequence = after
    position = {"time": time, "subject": subject, "after_home": home, "sequence": sequence}
    return connection.execute(query, {**wanted.parameters, **position, "rows": rows}).fetchall()
