"""The spool on disk: synchronous SQLite, one row a batch, one transaction a promise.

A store is used by one process, and there by one thread at a time. Others may read the file, and
amend it when they hold the lock for writing. SQLite does not notice a flipped bit in a body, so
each batch carries its own CRC.
"""

import json
import sqlite3
import time
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import cast

from attrs import asdict, define, evolve, field

from trio_ingest.config.common import MIB
from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.model.batch import Batch
from trio_ingest.model.gap import Gap, GapOutcome, GapReason
from trio_ingest.model.progress import Progress, Recollection
from trio_ingest.model.spooled import RefusedLine, SpooledBatch
from trio_ingest.spool import ledger, tables
from trio_ingest.spool.compaction import bounds_of, compact, group_of
from trio_ingest.spool.counting import count_append, count_compaction, count_put_aside, count_settle
from trio_ingest.spool.file_format import SPOOL_FORMAT
from trio_ingest.spool.following import those_that_fit
from trio_ingest.spool.lock import hold_alone
from trio_ingest.spool.news import News
from trio_ingest.spool.others import Others
from trio_ingest.spool.policy import Admit, DropReason, StoredBatch, TurnAway, admission
from trio_ingest.spool.quarantining import bound_quarantine
from trio_ingest.spool.rows import batch_row, spooled_batch, stored_batch
from trio_ingest.spool.set_aside import beside
from trio_ingest.spool.spare_disk import insist_on_spare_disk
from trio_ingest.spool.spool import SpoolStatistics
from trio_ingest.spool.writing import DAEMON_PATIENCE_SECONDS, WritingLock, open_writing_lock
from trio_ingest.sqlite_file import explaining, open_sqlite, read_number

SPARE_PAGES = 256  # free pages that stay, so that the file does not breathe with each batch
PAGES_PER_SLICE = 256  # given back at once: 1 MiB
LONG_JOURNAL_BYTES = MIB // 4
OPEN, LOST = GapOutcome.OPEN, GapOutcome.LOST


@contextmanager
def open_store(path: Path, config: SpoolConfig) -> Generator["Store"]:
    """Open the spool at *path*, made when it is missing. Raises UnusableFileError."""
    with (
        hold_alone(path),
        open_writing_lock(path, DAEMON_PATIENCE_SECONDS) as writing,
        writing.held_at_both_ends(open_sqlite(path, SPOOL_FORMAT)) as connection,
    ):
        connection.row_factory = sqlite3.Row
        with explaining(path, SPOOL_FORMAT):
            connection.execute("PRAGMA wal_autocheckpoint = 256")
            store = Store(path, config, connection, writing)
        yield store


@define(eq=False)
class Store:
    """Batches, checkpoints and the quarantine in one file.

    `statistics` is replaced after each commit, so any thread may look at it at any time. When the
    disk fails, sqlite3.OperationalError or OSError is raised and nothing has changed. To make one
    raises DamagedRowError.
    """

    _path: Path
    _config: SpoolConfig
    _connection: sqlite3.Connection = field(repr=False)
    _writing: WritingLock = field(repr=False)
    _in_hand: int | None = None
    _compacted_up_to: int = field(init=False, default=0)
    _others: Others = field(init=False, repr=False)
    _news: News = field(init=False, repr=False)
    statistics: SpoolStatistics = field(init=False)

    @_others.default
    def _watch(self) -> Others:
        return Others(self._connection)

    @_news.default
    def _read(self) -> News:
        return News(self._connection)

    @statistics.default
    def _count(self) -> SpoolStatistics:
        return SpoolStatistics(**dict(self._connection.execute(tables.SELECT_TOTALS).fetchone()))

    def append(self, batch: Batch) -> None:
        """Commit *batch* and its checkpoint; when full, what the policy says gives way."""
        insist_on_spare_disk(self._path)
        now = _now()
        with self._transaction():
            stored = self.statistics.size_bytes
            decision = admission(len(batch.body), stored, self._droppable(), self._config)
            match decision:
                case Admit(instead_of=victims):
                    for victim in victims:
                        self._delete(victim.number)
                        ledger.miss(self._connection, victim, GapReason.SPOOL_FULL, now)
                    row = {**asdict(batch, recurse=False), "homes": json.dumps(batch.homes)}
                    self._connection.execute(tables.INSERT_BATCH, row)
                case TurnAway(reason):
                    # What is larger than the spool would not fit the next time, either.
                    outcome = LOST if reason is DropReason.TOO_LARGE else OPEN
                    ledger.miss(self._connection, batch, GapReason.SPOOL_FULL, now, outcome)
            ledger.commit(self._connection, batch.progress, now)
            self._news.write_down(batch.progress.known)
        self._news.committed()
        counted = count_append(self.statistics, batch, decision, self._oldest_instant())
        self.statistics = evolve(counted, open_gaps=ledger.count_open_gaps(self._connection))

    def note(self, progress: Progress) -> None:
        """Commit progress without a batch."""
        insist_on_spare_disk(self._path)
        with self._transaction():
            ledger.commit(self._connection, progress, _now())
            self._news.write_down(progress.known)
        self._news.committed()
        self.statistics = evolve(
            self.statistics, open_gaps=ledger.count_open_gaps(self._connection)
        )

    def oldest(self) -> SpooledBatch:
        """Return the oldest batch, which from now on is in hand: it is not dropped for others.

        Its progress is empty, that was committed with it. Raises LookupError when none waits, and
        DamagedRowError when the row makes no sense.
        """
        row = self._connection.execute(tables.SELECT_OLDEST).fetchone()
        if row is None:
            raise LookupError("the spool is empty")
        spooled = spooled_batch(dict(row))
        self._in_hand = spooled.number
        return spooled

    def settle(
        self, number: int, refused: Sequence[RefusedLine] = (), *, is_damaged: bool = False
    ) -> None:
        """Let batch *number* go and quarantine its *refused* lines; damage leaves a gap behind.

        When it has gone already, so have its lines, and nothing happens.
        """
        with self._transaction(survives_power_cut=False):
            gone = self._delete(number)
            if gone is None:
                return
            forgotten = self._quarantine(gone["encoding"], number, refused)
            if is_damaged:
                ledger.miss(
                    self._connection, stored_batch(dict(gone)), GapReason.SPOOL_DAMAGED, _now()
                )
        self.statistics = count_settle(
            self.statistics,
            points=gone["points"],
            size_bytes=gone["size_bytes"],
            quarantined=len(refused),
            forgotten=forgotten,
            oldest=self._oldest_instant(),
        )
        if is_damaged:
            self.statistics = evolve(
                self.statistics, open_gaps=ledger.count_open_gaps(self._connection)
            )
        self._give_space_back()

    def heed_others(self) -> None:
        """Count anew, if a command has changed something since."""
        with self._connection:
            self._connection.execute("BEGIN")  # one moment for all of it
            self.statistics = self._others.heed(self.statistics)

    def followers(
        self, first: SpooledBatch, most_points: int, most_bytes: int
    ) -> Sequence[SpooledBatch]:
        """Return the batches right behind *first* that may travel with it."""
        with closing(self._connection.execute(tables.SELECT_FOLLOWERS, (first.number,))) as rows:
            followers = (spooled_batch(dict(row)) for row in rows)
            return those_that_fit(first, followers, most_points, most_bytes)

    def settle_all(self, numbers: Sequence[int]) -> int:
        """Let these batches go; return how many points were still there."""
        with self._transaction(survives_power_cut=False):
            gone = [row for number in numbers if (row := self._delete(number)) is not None]
        points: int = sum(row["points"] for row in gone)
        self.statistics = count_settle(
            self.statistics,
            points=points,
            size_bytes=sum(row["size_bytes"] for row in gone),
            quarantined=0,
            forgotten=0,
            oldest=self._oldest_instant(),
            batches=len(gone),
        )
        self._give_space_back()
        return points

    def compact(self, most_points: int, most_bytes: int) -> bool:
        """Make one batch of the next that fill one; say whether there may be more to do.

        A power cut may take that back: then they are as they were.
        """
        insist_on_spare_disk(self._path)
        bounds = bounds_of(self._config, most_points, most_bytes)
        with self._transaction(survives_power_cut=False):
            beyond = max(self._compacted_up_to, self._in_hand or 0)
            with closing(self._connection.execute(tables.SELECT_FOLLOWERS, (beyond,))) as rows:
                group = group_of((spooled_batch(dict(row)) for row in rows), bounds)
            if not group:
                return False
            compacted = compact(group)
            if compacted is not None:
                for each in group[:-1]:
                    self._delete(each.number)
                self._connection.execute(tables.REWRITE_BATCH, batch_row(compacted.kept))
        # What stays because of one batch is tried once more without the first.
        self._compacted_up_to = group[0 if compacted is None else -1].number
        if compacted is not None:
            self.statistics = count_compaction(self.statistics, compacted)
        return True

    def shorten_journal(self) -> None:
        """Bring the journal into the file, if it is long: nobody else does before it is full."""
        journal = beside(self._path, "-wal")
        if journal.stat().st_size > LONG_JOURNAL_BYTES:
            with suppress(sqlite3.OperationalError, BlockingIOError), self._writing:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def put_aside(self, lines: Sequence[RefusedLine], encoding: str, number: int) -> None:
        """Quarantine *lines* of a batch *number* that was never in here."""
        insist_on_spare_disk(self._path)
        with self._transaction():
            forgotten = self._quarantine(encoding, number, lines)
        self.statistics = count_put_aside(self.statistics, len(lines), forgotten)

    def recollect(self) -> Recollection:
        """Return the progress that was committed. Raises DamagedRowError."""
        return ledger.recollect(self._connection, self._news.everything())

    def lost(self) -> Sequence[Gap]:
        """Return the gaps that were made here, and that nobody sees to yet."""
        return ledger.lost_gaps(self._connection)

    def adopt(self, config: SpoolConfig) -> None:
        """Go on with other bounds, from the next batch on."""
        self._config = config

    @contextmanager
    def _transaction(self, *, survives_power_cut: bool = True) -> Generator[None]:
        """Commit at the end, and roll back when something is raised.

        To let go of what was delivered need not survive a power cut: it is sent again then, which
        changes nothing. So that goes without a wait for the platter, which in a quiet home was half
        of all the daemon did, and comes to rest there with the next batch.
        """
        level = "FULL" if survives_power_cut else "NORMAL"
        with self._writing, self._connection:
            self._connection.execute(f"PRAGMA synchronous = {level}")
            self._connection.execute("BEGIN IMMEDIATE")
            self.statistics = self._others.heed(self.statistics)
            yield

    def _delete(self, number: int) -> sqlite3.Row | None:
        rows = self._connection.execute(tables.DELETE_BATCH, (number,)).fetchall()
        return rows[0] if rows else None

    def _droppable(self) -> Generator[StoredBatch]:
        for row in self._connection.execute(tables.SELECT_DROPPABLE, (self._in_hand,)):
            yield stored_batch(dict(row))

    def _quarantine(self, encoding: str, number: int, refused: Sequence[RefusedLine]) -> int:
        """Put the lines in; return how many old ones had to go for them."""
        if not refused:
            return 0
        now = _now()
        self._connection.executemany(
            tables.INSERT_QUARANTINE,
            ((line.line, line.reason, encoding, number, now) for line in refused),
        )
        return bound_quarantine(self._connection)

    def _oldest_instant(self) -> int | None:
        row = self._connection.execute("SELECT min(first) FROM batch").fetchone()
        return cast("int | None", row[0])

    def _give_space_back(self) -> None:
        if read_number(self._connection, "PRAGMA freelist_count") > SPARE_PAGES:
            # By executescript: execute would free a single page. It may fail on a full disk,
            # and is tried again after the next batch.
            with suppress(sqlite3.OperationalError, BlockingIOError), self._writing:
                self._connection.executescript(f"PRAGMA incremental_vacuum({PAGES_PER_SLICE})")


def _now() -> int:
    return time.time_ns() // 1000
