"""The stage that fills the spool."""

import logging
import sqlite3

import pytest
import trio
from attrs import define, field

from tests.spool.batches import make_batch, make_batch_of_size
from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.spool.durable import open_durable_spool
from trio_ingest.spool.keeper import LONGEST_DELAY_SECONDS, keep
from trio_ingest.spool.memory import MemorySpool

FULL = sqlite3.OperationalError("database or disk is full")


@define(eq=False)
class FailingSpool(MemorySpool):
    """A spool whose disk fails with each of *failures*, and then works."""

    failures: list[Exception] = field(factory=list, kw_only=True)

    async def append(self, batch):
        if self.failures:
            raise self.failures.pop(0)
        await super().append(batch)


async def test_keeps_and_seals(autojump_clock):
    """Every batch of the channel is appended in order; when it ends the spool is sealed."""
    spool = MemorySpool()
    send, receive = trio.open_memory_channel(0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep, receive, spool)
        with send:
            for time in (1, 2, 3):
                await send.send(make_batch(time))

    with trio.fail_after(1):
        await spool.wait_sealed()
    for time in (1, 2, 3):
        spooled = await spool.oldest()
        assert time == spooled.batch.last
        await spool.settle(spooled.number)
    assert 0 == spool.statistics().batches


async def test_failing_disk(autojump_clock, caplog):
    """While the disk fails the same batch is tried again and nobody upstream goes on."""
    spool = FailingSpool(failures=[FULL] * 5 + [OSError(5, "Input/output error")] * 3)
    send, receive = trio.open_memory_channel(0)
    with caplog.at_level(logging.INFO):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep, receive, spool)
            with send:
                await send.send(make_batch(1))
                await send.send(make_batch(2))
                assert [] == spool.failures

    assert 2 == spool.statistics().batches
    assert 1 == (await spool.oldest()).batch.last
    assert 0 < trio.current_time() < 8 * LONGEST_DELAY_SECONDS
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert ["ERROR", "ERROR", "INFO"] == [level for level, _ in told]
    assert "database or disk is full" in told[0][1]
    assert "Make room" in told[0][1]
    assert "Input/output error" in told[1][1]
    assert "writes again" in told[2][1]


async def test_bug_is_not_weather(autojump_clock):
    """An error that is not the disk's goes up to the supervisor, and the spool is not sealed."""
    spool = FailingSpool(failures=[ValueError("a bug")])
    send, receive = trio.open_memory_channel(1)
    send.send_nowait(make_batch(1))

    with pytest.raises(ValueError, match="a bug"):
        await keep(receive, spool)

    with trio.move_on_after(1) as patience:
        await spool.wait_sealed()
    assert patience.cancelled_caught


async def test_drops_are_reported(autojump_clock, caplog):
    """What the spool drops is reported at once, and then no more than once a minute."""
    size_bytes = 10_000
    spool = MemorySpool(SpoolConfig(max_size=15_000))
    send, receive = trio.open_memory_channel(0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep, receive, spool)
        with send:
            for second in range(90):
                await send.send(make_batch_of_size(second, size_bytes))
                await trio.sleep(1)

    first, second = [record.getMessage() for record in caplog.records]
    assert "1 points dropped since the last report (1 since the start" in first
    assert "60 points dropped since the last report (61 since the start" in second
    assert "max_size" in second


class FirstRecord(logging.Handler):
    """Wake who waits for the first record."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.seen = trio.Event()

    def emit(self, record):
        self.seen.set()


async def test_full_disk_and_recovery(tmp_path):
    """A real spool on a full disk: the batch waits, and is kept once there is room."""
    first_record = FirstRecord()
    logger = logging.getLogger("trio_ingest.spool.keeper")
    logger.addHandler(first_record)
    send, receive = trio.open_memory_channel(1)
    with trio.fail_after(20):
        async with open_durable_spool(tmp_path / "spool.db", SpoolConfig()) as spool:
            connection = spool._store._connection
            connection.execute("PRAGMA max_page_count = 1")  # as small as the file is now
            async with trio.open_nursery() as nursery:
                nursery.start_soon(keep, receive, spool)
                await send.send(make_batch_of_size(1, 200_000))
                await first_record.seen.wait()
                assert 0 == spool.statistics().batches

                await trio.to_thread.run_sync(
                    connection.execute, "PRAGMA max_page_count = 100000", limiter=spool._thread
                )
                send.close()

            assert 1 == (await spool.oldest()).batch.last
    logger.removeHandler(first_record)
