"""Where an import puts its batches: into the spool of a sink, whoever delivers from there.

When a daemon has the spool open, the batches are added from outside, and it delivers them like its
own. Otherwise the import holds the spool, and has a writer of its own.
"""

import logging
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Protocol

import trio
from attrs import define, field

from trio_ingest.backoff import Backoff
from trio_ingest.config.model import Config
from trio_ingest.config.sink_model import SinkConfig
from trio_ingest.delivery.writer import Writer
from trio_ingest.importing.order import Delivery
from trio_ingest.lane import open_sink
from trio_ingest.model.batch import Batch
from trio_ingest.spool.addition import Room, add
from trio_ingest.spool.durable import open_durable_spool
from trio_ingest.spool.inspection import inspect_spool
from trio_ingest.spool.lock import SpoolInUseError
from trio_ingest.spool.spool import Spool
from trio_ingest.sqlite_file import UnusableFileError

log = logging.getLogger(__name__)

# What is live does not wait behind more than this; and half of the spool is for an outage.
BATCHES_WAITING = 8
SHARE_OF_SPOOL = 2
SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_BETWEEN_REPORTS = 60.0
LONGEST_DELAY_SECONDS = 30.0
# At the end the sink may be away. What waits is safe, so nobody has to wait for ever.
PATIENCE_SECONDS = 60.0


class Deposit(Protocol):
    """Takes batches for a sink; what `put` returned from is on disk."""

    async def put(self, batch: Batch) -> None:
        """Commit *batch*, once there is room for it: nothing gives way to what is imported."""

    async def finish(self) -> Delivery:
        """Say where everything is, once it is delivered, or nobody can wait for that."""


@asynccontextmanager
async def open_deposit(sink: SinkConfig, config: Config) -> AsyncGenerator[Deposit]:
    """Open what takes the batches for *sink*. Raises UnusableFileError."""
    path = config.state_directory / "spool" / f"{sink.name}.db"
    homes = [each.name for each in config.home_assistants]
    room = Room(batches=BATCHES_WAITING, size_bytes=sink.spool.max_size // SHARE_OF_SPOOL)
    spool: Spool | None = None
    async with AsyncExitStack() as stack:
        with suppress(SpoolInUseError):
            spool = await stack.enter_async_context(open_durable_spool(path, sink.spool, homes))
        if spool is None:
            yield SharedDeposit(sink.name, path, room)
            return
        writer = Writer(name=sink.name)
        opened = await stack.enter_async_context(open_sink(sink, writer.pulse))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer.run, spool, opened, name=f"{sink.name} writer")
            yield OwnDeposit(spool, writer, room)
            spool.seal()
            nursery.cancel_scope.cancel(reason="the import is over")


@define
class OwnDeposit:
    """A spool that nobody else has open, and a writer that empties it meanwhile."""

    _spool: Spool
    _writer: Writer
    _room: Room

    async def put(self, batch: Batch) -> None:
        """Commit *batch*, once there is room."""
        waiting = Patience(self._writer.name)
        while not self._has_room(len(batch.body)):
            waiting.report(self._writer.statistics().last_problem)
            await trio.sleep(SECONDS_BETWEEN_LOOKS)
        while True:
            try:
                await self._spool.append(batch)
            except (OSError, sqlite3.OperationalError) as error:
                await waiting.bear(error)
            else:
                return

    async def finish(self) -> Delivery:
        """Wait until the sink has everything, or was in trouble for long."""
        with trio.move_on_after(PATIENCE_SECONDS) as patience:
            points = self._spool.statistics().points
            while left := self._spool.statistics().points:
                if left < points:
                    points = left
                    patience.deadline = trio.current_time() + PATIENCE_SECONDS
                await trio.sleep(SECONDS_BETWEEN_LOOKS)
        written = self._writer.statistics()
        return Delivery(
            by_daemon=False,
            waiting=self._spool.statistics().points,
            quarantined=written.quarantined_points,
            trouble=written.last_problem,
        )

    def _has_room(self, size_bytes: int) -> bool:
        now = self._spool.statistics()
        # What is larger than half of the spool has to fit into all of it, once that is empty.
        return now.batches == 0 or self._room.admits(now.batches, now.size_bytes, size_bytes)


@define
class SharedDeposit:
    """The spool of a daemon that runs."""

    _name: str
    _path: Path
    _room: Room
    _thread: trio.CapacityLimiter = field(factory=partial(trio.CapacityLimiter, 1), init=False)

    async def put(self, batch: Batch) -> None:
        """Commit *batch*, once there is room."""
        waiting = Patience(self._name)
        while True:
            try:
                if await trio.to_thread.run_sync(
                    add, self._path, batch, self._room, limiter=self._thread
                ):
                    return
            except (OSError, sqlite3.OperationalError, UnusableFileError) as error:
                await waiting.bear(error)
            else:
                waiting.report("the daemon has not delivered enough yet")
                await trio.sleep(SECONDS_BETWEEN_LOOKS)

    async def finish(self) -> Delivery:
        """Say what waits: the daemon sees to it."""
        report = await trio.to_thread.run_sync(inspect_spool, self._path, limiter=self._thread)
        return Delivery(by_daemon=True, waiting=report.points)


@define
class Patience:
    """Says now and then what is waited for."""

    _name: str
    _reported: float = field(factory=trio.current_time, init=False)
    _backoff: Backoff = field(
        factory=partial(Backoff, longest_seconds=LONGEST_DELAY_SECONDS), init=False
    )

    def report(self, why: str | None) -> None:
        """Say that there is no room, and why; at most once a minute."""
        if trio.current_time() - self._reported >= SECONDS_BETWEEN_REPORTS:
            self._reported = trio.current_time()
            log.warning("%s: waiting for room in the spool: %s", self._name, why or "it drains")

    async def bear(self, error: Exception) -> None:
        """Say what is wrong with the disk, and wait before the next try."""
        delay = self._backoff.next_delay()
        log.warning(
            "%s: the spool cannot be written to: %s; trying again in %.1f s",
            self._name,
            error,
            delay,
        )
        await trio.sleep(delay)
