"""The spool on disk and its twin in memory, side by side through the same story."""

import tempfile
from pathlib import Path

import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spool.batches import make_batch_of_size
from trio_ingest.config.sink_model import SpoolConfig, WhenFull
from trio_ingest.model.spooled import RefusedLine
from trio_ingest.spool.durable import open_durable_spool
from trio_ingest.spool.memory import MemorySpool
from trio_ingest.spool.spool import SpoolStatistics

KIB = 1024

MAX_SIZE = 10 * KIB  # three batches are often too many
APPEND = st.tuples(st.integers(0, 100), st.sampled_from([90, 90, 900, 3 * KIB, 5 * KIB, 11 * KIB]))
TAKE, SETTLE, COMPACT = "take", "settle", "compact"
STORY = st.lists(st.one_of(APPEND, st.sampled_from([TAKE, SETTLE, COMPACT])), max_size=25)


async def tell(story, spool):
    """Live through *story*; return what was seen at each step, and what is left."""
    seen = []
    for step in story:
        if step in (TAKE, SETTLE):
            if spool.statistics().batches:
                spooled = await spool.oldest()
                seen.append(spooled)
                if step == SETTLE:
                    await spool.settle(spooled.number, [RefusedLine(line=b"bad", reason="no")])
        elif step == COMPACT:
            await spool.compact(most_points=3, most_bytes=1 << 20)
        else:
            await spool.append(make_batch_of_size(*step))
        seen.append((spool.statistics(), await spool.recollect()))
    left = []
    while spool.statistics().batches:
        left.append(await spool.oldest())
        await spool.settle(left[-1].number)
    return seen, left, spool.statistics()


@settings(deadline=None, max_examples=60)
@given(STORY, st.sampled_from(WhenFull))
def test_twins_live_alike(story, when_full):
    """Whatever happens to them, both show the same, and never hold more than they may."""
    config = SpoolConfig(max_size=MAX_SIZE, when_full=when_full)

    async def live():
        with tempfile.TemporaryDirectory() as directory:
            async with open_durable_spool(Path(directory, "spool.db"), config) as spool:
                durable = await tell(story, spool)
        return durable, await tell(story, MemorySpool(config))

    durable, twin = trio.run(live)

    assert durable == twin
    seen, _, _ = durable
    snapshots = [step[0] for step in seen if isinstance(step, tuple)]
    assert all(snapshot.size_bytes <= MAX_SIZE for snapshot in snapshots)


@settings(deadline=None, max_examples=60)
@given(STORY, st.sampled_from(WhenFull))
def test_statistics_are_what_is_there(story, when_full):
    """The batches, points and bytes that are told are those that come out."""

    async def live():
        spool = MemorySpool(SpoolConfig(max_size=MAX_SIZE, when_full=when_full))
        seen, left, _ = await tell(story, spool)
        return seen, [spooled.batch for spooled in left]

    seen, left = trio.run(live)

    last = next((step[0] for step in reversed(seen) if isinstance(step, tuple)), SpoolStatistics())
    assert (last.batches, last.points, last.size_bytes, last.oldest) == (
        len(left),
        sum(batch.points for batch in left),
        sum(len(batch.body) for batch in left),
        min((batch.first for batch in left), default=None),
    )
