"""The embedded database: a SQLite file that any tool may read while the daemon writes.

Commits are `synchronous=FULL`, as in the spool: once a batch is accepted, the spool lets it go.
"""

import os
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import trio
from attrs import define, field

from trio_ingest.config.sink_model import SqliteSinkConfig
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.outcome import Accepted, Outcome, Refused, TryLater
from trio_ingest.pulse import Pulse
from trio_ingest.sinks.sink import Sink
from trio_ingest.sinks.sqlite_rows import Rows, read_rows
from trio_ingest.sinks.sqlite_tables import (
    DATABASE_FORMAT,
    EVENT_TABLES,
    STATISTICS_TABLE,
    UPSERT,
    UPSERT_EVENT,
    UPSERT_STATISTIC,
)
from trio_ingest.sqlite_file import explaining, open_sqlite

WEATHER = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

DAMAGED = (
    "stop trio-ingest and move the file away, with the -wal and -shm files beside it: "
    "a new one is made at the next start"
)
ADVICE = {
    sqlite3.SQLITE_FULL: "make room on its disk",
    sqlite3.SQLITE_IOERR: "look at its disk",
    sqlite3.SQLITE_READONLY: "let this user write to the file and its directory",
    sqlite3.SQLITE_CANTOPEN: "let this user write to the file and its directory",
    sqlite3.SQLITE_PERM: "let this user write to the file and its directory",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}


@asynccontextmanager
async def open_sqlite_sink(
    config: SqliteSinkConfig, pulse: Pulse | None = None
) -> AsyncGenerator[Sink]:
    """Open the database, made when it is missing. Raises UnusableFileError.

    Whoever writes to it is at work meanwhile, with that *pulse*: a disk has no deadline.
    """
    thread = trio.CapacityLimiter(1)
    with ExitStack() as stack:
        connection = await trio.to_thread.run_sync(
            stack.enter_context, open_database(config.path), limiter=thread
        )
        yield SqliteSink(config.path, connection, thread, config.path.stat(), pulse or Pulse())


@contextmanager
def open_database(path: Path) -> Generator[sqlite3.Connection]:
    """Open the file and add what an older one has not. Raises UnusableFileError."""
    with open_sqlite(path, DATABASE_FORMAT) as connection:
        with explaining(path, DATABASE_FORMAT):
            connection.executescript(EVENT_TABLES + STATISTICS_TABLE)
        yield connection


@define(eq=False, repr=False)
class SqliteSink:
    """A `Sink` that upserts rows: a change that is written twice is there once."""

    _path: Path
    _connection: sqlite3.Connection = field(repr=False)
    _thread: trio.CapacityLimiter = field(repr=False)
    _opened: os.stat_result = field(repr=False)
    _pulse: Pulse = field(repr=False)

    async def write(self, batch: Batch) -> Outcome:
        """Commit the rows of *batch*, all or none."""
        if batch.encoding is not Encoding.ROWS:
            reason = f"{batch.encoding} was made for another kind of sink than sqlite"
            return Refused(reason=reason, bad_lines=dict.fromkeys(range(batch.points), reason))
        with self._pulse.at_work():
            return await trio.to_thread.run_sync(self._write, batch, limiter=self._thread)

    def _write(self, batch: Batch) -> Outcome:
        rows, bad_lines = read_rows(batch.lines())
        if bad_lines:
            return Refused(
                reason=f"{len(bad_lines)} of {batch.points} lines are not rows",
                bad_lines=bad_lines,
            )
        return self._upsert(rows)

    def _upsert(self, rows: Rows) -> Accepted | TryLater:
        if not self._is_in_place():
            reason = (
                f"{self._path} was moved away or deleted: restart trio-ingest to make a new one"
            )
            return TryLater(reason=reason, needs_operator=True)
        try:
            with self._connection:  # commits at the end, rolls back when something is raised
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(UPSERT, rows.changes)
                self._connection.executemany(UPSERT_EVENT, rows.events)
                self._connection.executemany(UPSERT_STATISTIC, rows.statistics)
        except sqlite3.DatabaseError as error:
            problem = explain(error, self._path)
            if problem is None:
                raise
            return problem
        return Accepted()

    def _is_in_place(self) -> bool:
        """Say whether what we write to still is what others find under that path."""
        try:
            return os.path.samestat(self._path.stat(), self._opened)
        except FileNotFoundError:
            return False


def explain(error: sqlite3.DatabaseError, path: Path) -> TryLater | None:
    """Return what to make of SQLite's *error*; None when it is a bug of ours."""
    code = error.sqlite_errorcode & 0xFF  # the upper bits only refine it
    if code in WEATHER:
        return TryLater(reason=f"{path}: {error}; another program is writing to it")
    if code in ADVICE:
        return TryLater(reason=f"{path}: {error}; {ADVICE[code]}", needs_operator=True)
    return None
