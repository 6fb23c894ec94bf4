"""A backlog of small batches travels in few requests, and each batch stays a unit by itself."""

from collections.abc import Sequence

import trio
import trio.testing
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.delivery.scripted import ScriptedSink, batch_of, refuse_if_any
from trio_ingest.config.sink_model import BatchConfig
from trio_ingest.delivery.writer import Writer
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.joining import join
from trio_ingest.model.outcome import TryLater
from trio_ingest.spool.memory import MemorySpool

LIMITS = BatchConfig(max_points=4, max_bytes=1000)


async def deliver(sink: ScriptedSink, *batches: Batch) -> tuple[Writer, MemorySpool]:
    """Deliver a backlog, as a writer does that joins up to four points."""
    spool = MemorySpool()
    for batch in batches:
        await spool.append(batch)
    writer = Writer(name="influx", grows_to=LIMITS)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.run, spool, sink)
        while spool.statistics().batches:
            await trio.sleep(0.5)
        spool.seal()
    return writer, spool


async def test_a_backlog_travels_together(autojump_clock: trio.testing.MockClock) -> None:
    """As many batches as fit into the limits are one request, in their order."""
    sink = ScriptedSink()

    writer, _ = await deliver(
        sink, batch_of(b"1"), batch_of(b"2", b"3"), batch_of(b"4", b"5"), batch_of(b"6")
    )

    assert [[b"1", b"2", b"3"], [b"4", b"5", b"6"]] == [lines for _, lines in sink.tries]
    assert (6, 4) == (writer.statistics().written_points, writer.statistics().written_batches)


async def test_other_encodings_wait(autojump_clock: trio.testing.MockClock) -> None:
    """What is in another precision is never sent in the same request."""
    sink = ScriptedSink()
    other = evolve(batch_of(b"2"), encoding=Encoding.LINE_PROTOCOL_MS)

    await deliver(sink, batch_of(b"1"), other, batch_of(b"3"))

    assert [[b"1"], [b"2"], [b"3"]] == [lines for _, lines in sink.tries]


async def test_refused_together_each_goes_its_own_way(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """A bad line costs one line, and only its own batch is narrowed down."""
    sink = ScriptedSink(otherwise=refuse_if_any(lambda line: line == b"bad"))

    writer, spool = await deliver(
        sink, batch_of(b"1"), batch_of(b"bad", b"2"), batch_of(b"3"), batch_of(b"4")
    )

    assert [b"1", b"2", b"3", b"4"] == sink.stored
    assert [b"bad"] == [refused.line for refused in spool.quarantine]
    assert (4, 1) == (writer.statistics().written_points, writer.statistics().quarantined_points)
    assert 1 == sum(len(lines) == 4 for _, lines in sink.tries)


async def test_the_servers_wish_to_wait_counts(autojump_clock: trio.testing.MockClock) -> None:
    """After Retry-After nothing is sent before it has passed, neither joined nor alone."""
    sink = ScriptedSink([TryLater(reason="HTTP 429", retry_after_seconds=200)])

    await deliver(sink, batch_of(b"1"), batch_of(b"2"))

    assert [0, 200] == sink.times
    assert [b"1", b"2"] == sink.stored


async def test_what_gave_way_meanwhile_is_not_written(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """A batch that leaves the spool while it travels with others is counted once: as dropped."""
    spool = MemorySpool()

    class Purging(ScriptedSink):
        async def write(self, batch: Batch) -> object:
            await spool.settle(2)
            return await super().write(batch)

    for line in (b"1", b"2"):
        await spool.append(batch_of(line))
    spool.seal()
    writer = Writer(name="influx", grows_to=LIMITS)

    await writer.run(spool, Purging())

    assert 1 == writer.statistics().written_points


@given(
    st.lists(
        st.lists(st.binary(min_size=1).filter(lambda b: b"\n" not in b), min_size=1), min_size=1
    )
)
@settings(max_examples=30, deadline=None)
def test_nothing_is_lost_in_joining(parts: Sequence[Sequence[bytes]]) -> None:
    """All lines are in what is joined, in order."""
    joined = join([batch_of(*lines) for lines in parts])

    assert joined is not None
    assert [line for lines in parts for line in lines] == joined.lines()


def test_damage_is_never_joined() -> None:
    """A batch whose checksum no longer fits is left to be found by itself."""
    damaged = evolve(batch_of(b"2"), crc32=0)

    assert join([batch_of(b"1"), damaged]) is None
