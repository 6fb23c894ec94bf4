"""The store that the daemon uses: one that begins a new file when the old one is of no use.

Whatever is wrong with a file, what can be read of it is carried over, the rest is set aside and
said, and the operation is done on the new one. See ADR 0011.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from attrs import define, evolve, field

from trio_ingest.config.common import GIB
from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.model.batch import Batch
from trio_ingest.model.gap import Gap
from trio_ingest.model.progress import Progress, Recollection
from trio_ingest.model.spooled import RefusedLine, SpooledBatch
from trio_ingest.spool import tables
from trio_ingest.spool.counting import count_replaced
from trio_ingest.spool.file_format import SPOOL_FORMAT
from trio_ingest.spool.lock import hold_alone
from trio_ingest.spool.replacing import (
    REPLACED,
    Memory,
    Problem,
    build,
    lay_foundation,
    open_to_read,
    put_in_place,
)
from trio_ingest.spool.rows import DamagedRowError
from trio_ingest.spool.set_aside import beside, resume
from trio_ingest.spool.spool import SpoolStatistics
from trio_ingest.spool.store import Store
from trio_ingest.spool.writing import DAEMON_PATIENCE_SECONDS, WritingLock, open_writing_lock
from trio_ingest.sqlite_file import (
    SAID_BY_SQLITE,
    UnreadableFileError,
    UnusableFileError,
    damaged,
    explaining,
    is_damage,
    open_sqlite,
    read_number,
)

T = TypeVar("T")
CHECKED_BYTES = 2 * GIB  # to read more at the start would take too long

PARAMETER = re.compile(r":\w+|\?1?")
LEAST_BYTES = 512  # SQLite takes what is smaller for a new database


@contextmanager
def open_mending_store(
    path: Path, config: SpoolConfig, homes: Collection[str] = ()
) -> Generator["MendingStore"]:
    """Open the spool at *path*, or a new one with what can be read of it.

    *homes* are those of which something may be missing then. Raises UnusableFileError for what
    cannot be helped: no permission, no room, in use by another process.
    """
    with (
        hold_alone(path),
        open_writing_lock(path, DAEMON_PATIENCE_SECONDS) as writing,
        ExitStack() as files,
    ):
        store = MendingStore(path, config, homes, writing, files)
        store.open()
        yield store


@define(eq=False)
class MendingStore:
    """A `Store` whose file may be damaged or go away at any time.

    `statistics` is replaced after each commit, so any thread may look at it at any time. While the
    disk fails, sqlite3.OperationalError or OSError is raised and nothing has changed.
    """

    _path: Path
    _config: SpoolConfig
    _homes: Collection[str]
    _writing: WritingLock = field(repr=False)
    _files: ExitStack = field(repr=False)
    statistics: SpoolStatistics = field(init=False, factory=SpoolStatistics)
    _store: Store | None = field(init=False, default=None)
    _connection: sqlite3.Connection | None = field(init=False, default=None, repr=False)
    _opened: os.stat_result | None = field(init=False, default=None, repr=False)
    _in_hand: SpooledBatch | None = field(init=False, default=None, repr=False)
    _checkpoint: dict[str, int] = field(init=False, factory=dict)
    _is_damaged: bool = field(init=False, default=False)

    def open(self) -> None:
        """Open the file for the first time. Raises UnusableFileError."""
        with explaining(self._path, SPOOL_FORMAT):
            resume(self._path, datetime.now(UTC))
            is_headless = _is_headless(self._path)
        try:
            if is_headless:
                raise damaged(self._path, SPOOL_FORMAT, "it is empty, or only its journal is left")
            self._enter()
        except UnreadableFileError as error:
            self._files.close()
            self._begin_anew(Problem(condition=error.condition, reason=error.reason))
        recollection = self._now().recollect()
        self._checkpoint.update(recollection.checkpoint)

    def append(self, batch: Batch) -> None:
        """Commit *batch* and its checkpoint; when full, what the policy says gives way."""
        self._do(lambda store: store.append(batch))
        self._checkpoint.update(batch.progress.checkpoint)

    def note(self, progress: Progress) -> None:
        """Commit progress without a batch."""
        self._do(lambda store: store.note(progress))
        self._checkpoint.update(progress.checkpoint)

    def oldest(self) -> SpooledBatch:
        """Return the oldest batch, which from now on is in hand. LookupError: none waits."""
        self._in_hand = self._do(_oldest)
        return self._in_hand

    def settle(
        self, number: int, refused: Sequence[RefusedLine] = (), *, is_damaged: bool = False
    ) -> None:
        """Let batch *number* go and quarantine its *refused* lines."""
        self._do(lambda store: store.settle(number, refused, is_damaged=is_damaged))
        if self._in_hand is not None and self._in_hand.number == number:
            self._in_hand = None

    def heed_others(self) -> None:
        """Count anew, if a command has changed something since."""
        self._do(Store.heed_others)

    def followers(
        self, first: SpooledBatch, most_points: int, most_bytes: int
    ) -> Sequence[SpooledBatch]:
        """Return the batches right behind *first* that may travel with it."""
        return self._do(lambda store: store.followers(first, most_points, most_bytes))

    def settle_all(self, numbers: Sequence[int]) -> int:
        """Let these batches go; return how many points were still there."""
        points = self._do(lambda store: store.settle_all(numbers))
        if self._in_hand is not None and self._in_hand.number in numbers:
            self._in_hand = None
        return points

    def compact(self, most_points: int, most_bytes: int) -> bool:
        """Make one batch of the next that fill one; say whether there may be more to do."""
        return self._do(lambda store: store.compact(most_points, most_bytes))

    def shorten_journal(self) -> None:
        """Bring the journal into the file, if it is long."""
        self._do(Store.shorten_journal)

    def put_aside(self, lines: Sequence[RefusedLine], encoding: str, number: int) -> None:
        """Quarantine *lines* of a batch *number* that was never in here."""
        self._do(lambda store: store.put_aside(lines, encoding, number))

    def recollect(self) -> Recollection:
        """Return the progress that was committed, and whether all of it may be incomplete."""
        return evolve(self._do(Store.recollect), is_damaged=self._is_damaged)

    def lost(self) -> Sequence[Gap]:
        """Return the gaps that were made here, and that nobody sees to yet."""
        return self._do(Store.lost)

    def adopt(self, config: SpoolConfig, homes: Collection[str]) -> None:
        """Go on with another configuration, from the next batch on; any thread may say so."""
        self._config, self._homes = config, homes
        if self._store is not None:
            self._store.adopt(config)

    def _do(self, work: Callable[[Store], T]) -> T:
        """Do *work*; once more on a new file when this one turns out to be of no use."""
        try:
            if self._store is not None and not self._is_in_place():
                self._begin_anew(
                    Problem(
                        condition=REPLACED,
                        reason="was deleted, moved or replaced by another file while it was in use",
                    )
                )
            try:
                result = work(self._now())
            except (*SAID_BY_SQLITE, DamagedRowError) as error:
                if not isinstance(error, DamagedRowError) and not is_damage(error):
                    raise
                self._begin_anew(
                    Problem(condition="damaged", reason=f"is damaged, as was noticed now: {error}")
                )
                result = work(self._now())
        except UnusableFileError as error:
            raise OSError(str(error)) from error
        self.statistics = self._now().statistics
        return result

    def _now(self) -> Store:
        """Return the store; when the file was replaced and could not be opened, try again."""
        if self._store is None:
            self._enter()
        assert self._store is not None
        return self._store

    def _enter(self) -> None:
        """Open the file as it is. Raises UnusableFileError."""
        with ExitStack() as opening:
            connection = opening.enter_context(
                self._writing.held_at_both_ends(open_sqlite(self._path, SPOOL_FORMAT))
            )
            with explaining(self._path, SPOOL_FORMAT), self._writing:
                _check(connection, self._path)
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA wal_autocheckpoint = 256")
                in_hand = None if self._in_hand is None else self._in_hand.number
                try:
                    store = Store(self._path, self._config, connection, self._writing, in_hand)
                    store.recollect()
                except DamagedRowError as error:
                    raise damaged(self._path, SPOOL_FORMAT, str(error)) from error
                self._opened = self._path.stat()
            self._files.push(opening.pop_all())
        store.statistics = count_replaced(self.statistics, store.statistics, lost_points=0)
        self._connection, self._store, self.statistics = connection, store, store.statistics

    def _begin_anew(self, problem: Problem) -> None:
        """Replace the file. Raises UnusableFileError, and nothing has changed then."""
        was_in_use = self._store is not None
        with ExitStack() as reading:
            source = self._connection
            if source is None:
                source = open_to_read(self._path)
                if source is not None:
                    reading.callback(source.close)
            memory = Memory(
                in_hand=self._in_hand, checkpoint=self._checkpoint if was_in_use else None
            )
            salvaged, is_damaged = build(source, self._path, problem, memory, self._homes)
        self._store = self._connection = None
        self._files.close()  # before the exchange: SQLite deletes a journal by its name
        put_in_place(self._path, problem, salvaged, is_damaged=is_damaged)
        self._is_damaged = self._is_damaged or is_damaged
        lost = salvaged.lost_points
        if was_in_use:
            lost = max(0, self.statistics.points - salvaged.points)
        self.statistics = count_replaced(self.statistics, self.statistics, lost)
        self._enter()

    def _is_in_place(self) -> bool:
        """Say whether what we write to still is what others find under that path."""
        try:
            return self._opened is not None and os.path.samestat(self._path.stat(), self._opened)
        except FileNotFoundError:
            return False


def _oldest(store: Store) -> SpooledBatch:
    try:
        return store.oldest()
    except LookupError:
        if store.statistics.batches:
            raise DamagedRowError("batches that were there are gone") from None
        raise


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Look at every page, or a row might be missing without anybody noticing."""
    if path.stat().st_size <= CHECKED_BYTES:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise damaged(path, SPOOL_FORMAT, " ".join(verdict.split()))
    for statement in tables.STATEMENTS:  # names in the schema may have been hit
        connection.execute("EXPLAIN " + PARAMETER.sub("NULL", statement))
    with connection:  # a byte of the header may say that it must not be written
        connection.execute("BEGIN IMMEDIATE")
        version = read_number(connection, "PRAGMA user_version")
        connection.execute(f"PRAGMA user_version = {version}")


def _is_headless(path: Path) -> bool:
    """Say whether there is no database, but was one; a journal is given one to be read with."""
    if path.is_dir() or (path.exists() and path.stat().st_size >= LEAST_BYTES):
        return False
    journal = beside(path, "-wal")
    if journal.exists() and journal.stat().st_size:
        lay_foundation(path)
        return True
    return path.exists()
