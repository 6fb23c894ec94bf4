"""The spool without a disk, for tests: it keeps the same contract and knows no threads.

So it may meet virtual time. What it holds is gone when it is.
"""

from collections.abc import Collection, Generator, Sequence

import trio
from attrs import define, evolve, field

from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.model.batch import Batch
from trio_ingest.model.gap import Gap, GapReason
from trio_ingest.model.progress import NO_PROGRESS, Progress, Recollection
from trio_ingest.model.spooled import RefusedLine, SpooledBatch
from trio_ingest.spool.compaction import bounds_of, compact, group_of
from trio_ingest.spool.counting import count_append, count_compaction, count_put_aside, count_settle
from trio_ingest.spool.following import those_that_fit
from trio_ingest.spool.memory_ledger import MemoryLedger
from trio_ingest.spool.policy import Admit, DropReason, StoredBatch, TurnAway, admission
from trio_ingest.spool.quarantining import QUARANTINE_LINES
from trio_ingest.spool.spool import SpoolStatistics


@define(eq=False)
class MemorySpool:
    """A `Spool` in memory. `quarantine` shows the refused lines to the test."""

    _config: SpoolConfig = field(factory=SpoolConfig)
    quarantine: list[RefusedLine] = field(init=False, factory=list)
    _batches: dict[int, Batch] = field(init=False, factory=dict)
    _last_number: int = field(init=False, default=0)
    _in_hand: int | None = field(init=False, default=None)
    _compacted_up_to: int = field(init=False, default=0)
    _ledger: MemoryLedger = field(init=False, factory=MemoryLedger)
    _statistics: SpoolStatistics = field(init=False, factory=SpoolStatistics)
    _sealed: trio.Event = field(init=False, factory=trio.Event)
    _news: trio.Event = field(init=False, factory=trio.Event)

    async def append(self, batch: Batch) -> None:
        """Keep *batch*. When full, the policy decides."""
        await trio.lowlevel.checkpoint()
        stored = self._statistics.size_bytes
        decision = admission(len(batch.body), stored, self._droppable(), self._config)
        match decision:
            case Admit(instead_of=victims):
                for victim in victims:
                    del self._batches[victim.number]
                    self._ledger.miss(victim, GapReason.SPOOL_FULL)
                self._last_number += 1
                self._batches[self._last_number] = evolve(batch, progress=NO_PROGRESS)
            case TurnAway(reason) if reason is not DropReason.TOO_LARGE:
                self._ledger.miss(batch, GapReason.SPOOL_FULL)
        self._ledger.commit(batch.progress)
        counted = count_append(self._statistics, batch, decision, self._oldest_instant())
        self._statistics = evolve(counted, open_gaps=self._ledger.open_gaps)
        self._tell_news()

    async def note(self, progress: Progress) -> None:
        """Keep *progress*."""
        await trio.lowlevel.checkpoint()
        self._ledger.commit(progress)
        self._statistics = evolve(self._statistics, open_gaps=self._ledger.open_gaps)

    def seal(self) -> None:
        """Say that nothing more will be appended."""
        self._sealed.set()
        self._tell_news()

    async def wait_sealed(self) -> None:
        """Wait until `seal` was called."""
        await self._sealed.wait()

    async def oldest(self) -> SpooledBatch:
        """Wait for the oldest batch and return it; it stays. EndOfChannel: sealed and empty."""
        await trio.lowlevel.checkpoint()
        while not self._batches:
            if self._sealed.is_set():
                raise trio.EndOfChannel
            await self._news.wait()
        self._in_hand = number = next(iter(self._batches))
        return SpooledBatch(number=number, batch=self._batches[number])

    async def settle(
        self, number: int, refused: Sequence[RefusedLine] = (), *, is_damaged: bool = False
    ) -> None:
        """Let batch *number* go and quarantine its *refused* lines."""
        await trio.lowlevel.checkpoint()
        gone = self._batches.pop(number, None)
        if gone is None:
            return
        forgotten = self._quarantine(refused)
        self._statistics = count_settle(
            self._statistics,
            points=gone.points,
            size_bytes=len(gone.body),
            quarantined=len(refused),
            forgotten=forgotten,
            oldest=self._oldest_instant(),
        )
        if is_damaged:
            self._ledger.miss(gone, GapReason.SPOOL_DAMAGED)
            self._statistics = evolve(self._statistics, open_gaps=self._ledger.open_gaps)

    async def followers(
        self, first: SpooledBatch, most_points: int, most_bytes: int
    ) -> Sequence[SpooledBatch]:
        """Return the batches right behind *first* that may travel with it."""
        await trio.lowlevel.checkpoint()
        followers = (
            SpooledBatch(number=number, batch=batch)
            for number, batch in self._batches.items()
            if number > first.number
        )
        return those_that_fit(first, followers, most_points, most_bytes)

    async def settle_all(self, numbers: Sequence[int]) -> int:
        """Let these batches go; return how many points were still there."""
        there = self._statistics.points
        for number in numbers:
            await self.settle(number)
        return there - self._statistics.points

    async def compact(self, most_points: int, most_bytes: int) -> None:
        """Make few large batches of what waits behind the one in hand."""
        await trio.lowlevel.checkpoint()
        bounds = bounds_of(self._config, most_points, most_bytes)
        while group := group_of(self._not_compacted(), bounds):
            compacted = compact(group)
            self._compacted_up_to = group[0 if compacted is None else -1].number
            if compacted is None:
                continue
            for each in group[:-1]:
                del self._batches[each.number]
            self._batches[compacted.kept.number] = compacted.kept.batch
            self._statistics = count_compaction(self._statistics, compacted)

    async def put_aside(self, lines: Sequence[RefusedLine], *, encoding: str, number: int) -> None:
        """Quarantine *lines*; nobody asks here what batch they were of."""
        del encoding, number
        await trio.lowlevel.checkpoint()
        forgotten = self._quarantine(lines)
        self._statistics = count_put_aside(self._statistics, len(lines), forgotten)

    async def recollect(self) -> Recollection:
        """Return the progress that was kept."""
        await trio.lowlevel.checkpoint()
        return self._ledger.recollect()

    async def lost(self) -> Sequence[Gap]:
        """Return the gaps that were made here, and that nobody sees to yet."""
        await trio.lowlevel.checkpoint()
        return self._ledger.lost()

    def adopt(self, config: SpoolConfig, homes: Collection[str]) -> None:
        """Go on with other bounds. Nothing is ever damaged here, so *homes* do not matter."""
        del homes
        self._config = config

    def statistics(self) -> SpoolStatistics:
        """Return a snapshot, without waiting."""
        return self._statistics

    def _not_compacted(self) -> Generator[SpooledBatch]:
        beyond = max(self._compacted_up_to, self._in_hand or 0)
        for number, batch in self._batches.items():
            if number > beyond:
                yield SpooledBatch(number=number, batch=batch)

    def _quarantine(self, lines: Sequence[RefusedLine]) -> int:
        """Put *lines* in; return how many old ones had to go for them."""
        self.quarantine.extend(lines)
        forgotten = max(0, len(self.quarantine) - QUARANTINE_LINES)
        del self.quarantine[:forgotten]
        return forgotten

    def _droppable(self) -> Generator[StoredBatch]:
        for number, batch in self._batches.items():
            if number != self._in_hand:
                yield StoredBatch(
                    number=number,
                    size_bytes=len(batch.body),
                    points=batch.points,
                    first=batch.first,
                    last=batch.last,
                    homes=batch.homes,
                )

    def _oldest_instant(self) -> int | None:
        return min((batch.first for batch in self._batches.values()), default=None)

    def _tell_news(self) -> None:
        self._news.set()
        self._news = trio.Event()
