"""While its sink is away the writer sees to it that what waits takes little room."""

import sqlite3

import trio
import trio.testing
from attrs import define, field

from tests.delivery.scripted import ScriptedSink, batch_of
from trio_ingest.backoff import Backoff
from trio_ingest.config.sink_model import BatchConfig
from trio_ingest.delivery.writer import Writer
from trio_ingest.model.outcome import TryLater
from trio_ingest.spool.memory import MemorySpool

AWAY = TryLater(reason="http://db:8086: Connection refused")
LIMITS = BatchConfig(max_points=4, max_bytes=1000)


def writer_of(limits: BatchConfig | None = LIMITS, *, joins: bool = True) -> Writer:
    """Return a writer that waits for 60 s after each try."""
    weather = Backoff(60, 60, draw=lambda _, longest: longest)
    return Writer(name="influx", grows_to=limits, joins=joins, weather=weather)


async def outage(spool: MemorySpool, writer: Writer, sink: ScriptedSink) -> int:
    """Let ten batches come while the sink is away for its first try; how many wait at the end?"""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.run, spool, sink)
        for number in range(10):
            await spool.append(batch_of(b"%d" % number))
            await trio.sleep(0.5)
        await trio.sleep(10)
        waiting = spool.statistics().batches
        await trio.sleep(60)
        spool.seal()
    return waiting


async def test_what_waits_is_compacted(autojump_clock: trio.testing.MockClock) -> None:
    """Few batches wait, all lines arrive in order and are counted, and the tries keep their time."""
    spool, writer, sink = MemorySpool(), writer_of(), ScriptedSink([AWAY])

    waiting = await outage(spool, writer, sink)

    assert 4 == waiting  # the one in hand, two of four lines, and one that is not full
    assert [b"%d" % number for number in range(10)] == sink.stored
    assert 10 == writer.statistics().written_points
    assert [0, 60] == sink.times[:2]


async def test_what_a_stream_waits_for_is_compacted(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Who sends batches as they lie has few to send; what was tried is sent again as it was."""
    spool, sink = MemorySpool(), ScriptedSink([AWAY])

    assert 4 == await outage(spool, writer_of(joins=False), sink)

    tries = [lines for _, lines in sink.tries]
    assert [1, 1, 4, 4, 1] == [len(lines) for lines in tries]
    assert tries[0] == tries[1]


async def test_who_lets_nothing_grow_does_not_compact(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """An import, whose batches are full as they come, leaves them as they are."""
    assert 10 == await outage(MemorySpool(), writer_of(None), ScriptedSink([AWAY]))


async def test_a_seal_ends_the_wait_at_once(autojump_clock: trio.testing.MockClock) -> None:
    """When all is to end, nothing is compacted before."""
    spool = MemorySpool()
    await spool.append(batch_of(b"1"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer_of().run, spool, ScriptedSink([AWAY]))
        await trio.sleep(5.5)
        spool.seal()

    assert 5.5 == trio.current_time()


async def test_a_disk_that_fails_is_borne(autojump_clock: trio.testing.MockClock) -> None:
    """What the disk says to compaction does not end the writer, nor its wait."""

    @define(eq=False)
    class FailingSpool(MemorySpool):
        asked: list[float] = field(factory=list)

        async def compact(self, most_points: int, most_bytes: int) -> None:
            self.asked.append(trio.current_time())
            raise sqlite3.OperationalError("disk I/O error")

    spool, sink = FailingSpool(), ScriptedSink([AWAY])

    await outage(spool, writer_of(), sink)

    assert list(range(1, 60)) == spool.asked
    assert 10 == len(sink.stored)
