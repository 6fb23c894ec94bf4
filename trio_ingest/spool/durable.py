"""The spool that the daemon uses: the store on disk, with its work done in one worker thread."""

import logging
import sqlite3
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import trio
from attrs import define, evolve, field

from trio_ingest.backoff import Backoff
from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.model.batch import Batch
from trio_ingest.model.gap import Gap
from trio_ingest.model.progress import Progress, Recollection
from trio_ingest.model.spooled import RefusedLine, SpooledBatch
from trio_ingest.spool.compaction import COMPACTIONS_AT_ONCE
from trio_ingest.spool.mending import MendingStore, open_mending_store
from trio_ingest.spool.spool import Spool, SpoolStatistics
from trio_ingest.telemetry.message_ids import SPOOL_UNREADABLE

T = TypeVar("T")
log = logging.getLogger(__name__)

LONGEST_DELAY_SECONDS = 30.0
# Where something is written more often than that, each of those times is a look as well.
SECONDS_BETWEEN_LOOKS = 2.0


@asynccontextmanager
async def open_durable_spool(
    path: Path, config: SpoolConfig, homes: Collection[str] = ()
) -> AsyncGenerator[Spool]:
    """Open the spool at *path*, made when it is missing, and made anew when it is of no use.

    *homes* are those of which something may be missing then. Raises UnusableFileError when that
    does not help.
    """
    thread = trio.CapacityLimiter(1)
    with ExitStack() as stack:
        store = await trio.to_thread.run_sync(
            stack.enter_context, open_mending_store(path, config, homes), limiter=thread
        )
        spool = DurableSpool(store, thread)
        yield spool
        spool.close()
        await trio.to_thread.run_sync(stack.close, limiter=thread)  # after who still looks into it


@define(eq=False)
class DurableSpool:
    """The async face of a store.

    The thread is never abandoned: a cancelled `append` or `settle` has either not begun or is
    finished before the cancellation goes on.
    """

    _store: MendingStore
    _thread: trio.CapacityLimiter = field(repr=False)
    _sealed: trio.Event = field(init=False, factory=trio.Event, repr=False)
    _news: trio.Event = field(init=False, factory=trio.Event, repr=False)
    _is_closed: bool = field(init=False, default=False, repr=False)
    _write_problem: str | None = field(init=False, default=None)
    _is_awaited: bool = field(init=False, default=False, repr=False)
    _taken: SpooledBatch | None = field(init=False, default=None, repr=False)
    """What was read for the writer that waits, right after it was committed."""

    async def append(self, batch: Batch) -> None:
        """Commit *batch*. Raises sqlite3.OperationalError or OSError when the disk fails."""
        await self._write(self._append_and_take if self._is_awaited else self._store.append, batch)

    async def note(self, progress: Progress) -> None:
        """Commit progress that no points came with. Raises what `append` raises."""
        await self._write(self._store.note, progress)

    def seal(self) -> None:
        """Say that nothing more will be appended."""
        self._sealed.set()
        self._tell_news()

    async def wait_sealed(self) -> None:
        """Wait until `seal` was called."""
        await self._sealed.wait()

    async def oldest(self) -> SpooledBatch:
        """Wait for the oldest batch and return it; it stays. EndOfChannel: sealed and empty."""
        backoff = Backoff(longest_seconds=LONGEST_DELAY_SECONDS)
        told = None
        brought: SpooledBatch | None = None
        while True:
            try:
                while self._store.statistics.batches == 0:
                    if self._sealed.is_set():
                        raise trio.EndOfChannel
                    brought = await self._wait_news()
                if brought is not None:
                    return brought
                return await self._in_thread(self._store.oldest)
            except LookupError:  # what had been there was lost with a damaged file
                continue
            except (sqlite3.OperationalError, OSError) as error:
                if str(error) != told:
                    log.error(
                        "The spool cannot be read: %s. Trying again until it works",
                        error,
                        extra=SPOOL_UNREADABLE,
                    )
                    told = str(error)
            await trio.sleep(backoff.next_delay())

    async def settle(
        self, number: int, refused: Sequence[RefusedLine] = (), *, is_damaged: bool = False
    ) -> None:
        """Let batch *number* go and quarantine its *refused* lines, in one transaction."""
        await self._in_thread(partial(self._store.settle, number, refused, is_damaged=is_damaged))

    async def followers(
        self, first: SpooledBatch, most_points: int, most_bytes: int
    ) -> Sequence[SpooledBatch]:
        """Return the batches right behind *first* that may travel with it, without waiting."""
        work = partial(self._store.followers, first, most_points, most_bytes)
        return await self._in_thread(work)

    async def settle_all(self, numbers: Sequence[int]) -> int:
        """Let these batches go in one transaction; return how many points were still there."""
        return await self._in_thread(self._store.settle_all, numbers)

    async def compact(self, most_points: int, most_bytes: int) -> None:
        """Make few large batches of what waits behind the one in hand, a part of it at a time."""
        work = partial(self._store.compact, most_points, most_bytes)
        for _ in range(COMPACTIONS_AT_ONCE):
            if not await self._in_thread(work):
                break
        await self._in_thread(self._store.shorten_journal)

    async def put_aside(self, lines: Sequence[RefusedLine], *, encoding: str, number: int) -> None:
        """Quarantine *lines* of a batch *number* that was never in here."""
        await self._in_thread(self._store.put_aside, lines, encoding, number)

    async def recollect(self) -> Recollection:
        """Return the progress that was committed."""
        return await self._in_thread(self._store.recollect)

    async def lost(self) -> Sequence[Gap]:
        """Return the gaps that were made here, and that nobody sees to yet."""
        return await self._in_thread(self._store.lost)

    def statistics(self) -> SpoolStatistics:
        """Return a snapshot, without waiting."""
        statistics = self._store.statistics
        if self._write_problem is None:
            return statistics
        return evolve(statistics, write_problem=self._write_problem)

    async def _write(self, work: Callable[[T], None], item: T) -> None:
        try:
            await self._in_thread(work, item)
        except (sqlite3.OperationalError, OSError) as error:
            self._write_problem = str(error)
            raise
        self._write_problem = None
        self._tell_news()  # a note, too: there may be what a command put back from the quarantine

    def adopt(self, config: SpoolConfig, homes: Collection[str]) -> None:
        """Go on with other bounds, and with other homes of which something may be missing."""
        self._store.adopt(config, homes)

    def close(self) -> None:
        """Do nothing any more: everything that is asked for from now on raises OSError."""
        self._is_closed = True

    async def _wait_news(self) -> SpooledBatch | None:
        """Wait for a batch; it may be brought at once.

        What commands put in makes no noise, so it is looked for.
        """
        self._taken = None  # it was meant for one who was cancelled, however long ago
        self._is_awaited = True
        try:
            with trio.move_on_after(SECONDS_BETWEEN_LOOKS):
                await self._news.wait()
                return self._taken
        finally:
            self._is_awaited = False
        await self._in_thread(self._store.heed_others)
        return None

    def _append_and_take(self, batch: Batch) -> None:
        """Save the writer a way to the thread and back, which costs more than to read a batch."""
        self._store.append(batch)
        with suppress(LookupError, sqlite3.OperationalError, OSError):  # it will see for itself
            self._taken = self._store.oldest()

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        if self._is_closed:
            raise OSError("the spool is closed")
        return await trio.to_thread.run_sync(work, *arguments, limiter=self._thread)

    def _tell_news(self) -> None:
        self._news.set()
        self._news = trio.Event()
