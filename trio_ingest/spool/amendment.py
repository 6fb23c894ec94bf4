"""Amend a spool from outside, whether a daemon has it open or not.

A daemon that runs goes on meanwhile: both take turns at writing, and it counts anew when it sees
that something has changed. When none runs, none can start until the amendment is done.
"""

import json
import sqlite3
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attrs import asdict, define, field, frozen

from trio_ingest.model.gap import GapOutcome, GapReason
from trio_ingest.spool import tables
from trio_ingest.spool.file_format import SPOOL_FORMAT
from trio_ingest.spool.lock import SpoolInUseError, hold_alone
from trio_ingest.spool.quarantine import Choice, QuarantinedLine, choose
from trio_ingest.spool.reading import explaining_access, look
from trio_ingest.spool.retrying import rebatch
from trio_ingest.spool.writing import COMMAND_PATIENCE_SECONDS, WritingLock, open_writing_lock
from trio_ingest.sqlite_file import open_existing, read_number

BATCHES_PER_SLICE = 50  # what one transaction deletes stands in the journal until it is over
PAGES_PER_SLICE = 1024  # given back at once: 4 MiB
PAUSE_SECONDS = 0.02  # so that a daemon gets its turn
PURGED_BY_HAND = "purged by hand"
UNKNOWN_HOME = ""  # of what came out of the quarantine, for example


@frozen(kw_only=True)
class Retried:
    """What was put back, and what could not be: batches that were damaged as a whole."""

    lines: int
    batches: int
    left: Sequence[int]
    """Their numbers in the quarantine."""


@contextmanager
def open_amendment(path: Path) -> Generator["Amendment"]:
    """Open the spool at *path*, which must be there. Raises UnusableFileError, also later."""
    look(path, lambda _: None)  # before anything is made beside it
    with explaining_access(path), ExitStack() as stack:
        try:
            stack.enter_context(hold_alone(path))
        except SpoolInUseError:
            is_in_use = True
        else:
            is_in_use = False
        writing = stack.enter_context(open_writing_lock(path, COMMAND_PATIENCE_SECONDS))
        opening = open_existing(path, SPOOL_FORMAT, "mode=rw")
        connection = stack.enter_context(writing.held_at_both_ends(opening))
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # it would be done without the lock
        yield Amendment(connection, writing, is_in_use)


@define(eq=False)
class Amendment:
    """The changes that a person may make."""

    _connection: sqlite3.Connection = field(repr=False)
    _writing: WritingLock = field(repr=False)
    is_in_use: bool
    """A daemon runs, and may have the oldest batch in hand."""

    def purge(self, up_to: int, before: int | None = None) -> int:
        """Delete the batches up to that number; return how many points that were.

        With *before*, those only in which all is older than that instant. They are counted, and not
        fetched again. What a daemon has in hand stays, or it might be delivered and counted as
        deleted. It is done in slices, each of which is a transaction of its own.
        """
        purged = 0
        gaps: dict[str, int] = {}
        choice = {
            "up_to": up_to,
            "before": before,
            "spares_oldest": self.is_in_use,
            "most": BATCHES_PER_SLICE,
        }
        while True:
            with self._transaction():
                rows = self._connection.execute(tables.PURGE_BATCHES, choice).fetchall()
                self._write_down(rows, gaps)
            if not rows:
                break
            purged += sum(row["points"] for row in rows)
            self._take_turns()
        self._give_space_back()
        return purged

    def retry(self, choice: Choice) -> Retried:
        """Put lines out of the quarantine back into the spool, behind all that waits there.

        A daemon that runs sees them when it next writes to the spool.
        """
        with self._transaction():
            chosen = choose(self._connection, choice)
            lines = [line for line in chosen if line.can_be_retried]
            batches = list(rebatch(lines))
            for batch in batches:
                row = {**asdict(batch, recurse=False), "homes": json.dumps(batch.homes)}
                self._connection.execute(tables.INSERT_BATCH, row)
            self._release(lines)
        left = tuple(line.number for line in chosen if not line.can_be_retried)
        return Retried(lines=len(lines), batches=len(batches), left=left)

    def purge_quarantine(self, choice: Choice) -> int:
        """Delete lines of the quarantine; return how many that were."""
        with self._transaction():
            chosen = choose(self._connection, choice)
            self._release(chosen)
        self._give_space_back()
        return len(chosen)

    @contextmanager
    def _transaction(self) -> Generator[None]:
        with self._writing, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    def _release(self, lines: Sequence[QuarantinedLine]) -> None:
        numbers = ((line.number,) for line in lines)
        self._connection.executemany("DELETE FROM quarantine WHERE number = ?", numbers)

    def _write_down(self, rows: Sequence[sqlite3.Row], gaps: dict[str, int]) -> None:
        """Keep what was purged counted: in one closed gap a home, whose number goes into *gaps*.

        The points stand once: with the first home, when a batch is from several.
        """
        for row in rows:
            for nth, home in enumerate(json.loads(row["homes"]) or [UNKNOWN_HOME]):
                gap = {
                    "number": gaps.get(home),
                    "home": home,
                    "reason": GapReason.PURGED,
                    "outcome": GapOutcome.LOST,
                    "why": PURGED_BY_HAND,
                    "first": row["first"] - 1,
                    "last": row["last"],
                    "points": 0 if nth else row["points"],
                    "now": time.time_ns() // 1000,
                }
                written = self._connection.execute(tables.WRITE_PURGE, gap).fetchone()
                gaps[home] = written["number"]

    def _give_space_back(self) -> None:
        """Let the file shrink. By executescript: execute would free a single page."""
        while read_number(self._connection, "PRAGMA freelist_count"):
            with self._writing:
                self._connection.executescript(f"PRAGMA incremental_vacuum({PAGES_PER_SLICE})")
            self._take_turns()

    def _take_turns(self) -> None:
        """Bring the journal into the file, or it grew as large as what is purged; then pause."""
        with self._writing:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        time.sleep(PAUSE_SECONDS)
