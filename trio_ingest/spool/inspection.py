"""What a person wants to know of a spool: what waits, how far it has come, and what is missing."""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import frozen

from trio_ingest.spool import tables
from trio_ingest.spool.reading import look
from trio_ingest.sqlite_file import read_number

CLOSED_GAPS = 5
OPEN_GAPS = 1000


@frozen(kw_only=True)
class RecordedGap:
    """A gap as it is written down; instants in microseconds, `last` None: not known yet."""

    home: str
    reason: str
    began: int
    first: int
    last: int | None
    points: int
    outcome: str
    why: str


@frozen(kw_only=True)
class SpoolReport:
    """A spool at one moment. `size_bytes` are compressed bodies, `file_bytes` the whole file."""

    batches: int
    points: int
    size_bytes: int
    file_bytes: int
    oldest: int | None
    newest: int | None
    last_number: int
    encodings: Mapping[str, int]
    """Points by the encoding of their batches."""
    checkpoint: Mapping[str, int]
    open_gaps: Sequence[RecordedGap]
    closed_gaps: Sequence[RecordedGap]
    """The last few of them, the newest first."""
    quarantined_lines: int
    dropped_points: Mapping[str, int]
    """By reason, of the gaps that are remembered."""


def inspect_spool(path: Path) -> SpoolReport:
    """Return what is in the spool at *path*, and change nothing. Raises UnusableFileError."""

    def see(connection: sqlite3.Connection) -> SpoolReport:
        connection.execute("BEGIN")  # one moment for all of it
        return SpoolReport(
            **dict(connection.execute(tables.SELECT_WAITING).fetchone()),
            file_bytes=size_on_disk(path),
            encodings=dict(connection.execute(tables.SELECT_ENCODINGS).fetchall()),
            checkpoint=dict(connection.execute(tables.SELECT_CHECKPOINT).fetchall()),
            open_gaps=read_gaps(connection, is_open=True, most=OPEN_GAPS),
            closed_gaps=read_gaps(connection, is_open=False, most=CLOSED_GAPS),
            quarantined_lines=read_number(connection, tables.COUNT_QUARANTINE),
            dropped_points=dict(connection.execute(tables.SELECT_DROPPED).fetchall()),
        )

    return look(path, see)


def read_gaps(connection: sqlite3.Connection, *, is_open: bool, most: int) -> Sequence[RecordedGap]:
    """Return gaps of either kind, the newest first."""
    rows = connection.execute(tables.SELECT_GAPS, (is_open, most))
    return tuple(RecordedGap(**dict(row)) for row in rows)


def size_on_disk(path: Path) -> int:
    """Return the bytes of the file and its journal."""
    journal = path.with_name(f"{path.name}-wal")
    try:
        return path.stat().st_size + journal.stat().st_size
    except FileNotFoundError:  # no daemon is running
        return path.stat().st_size
