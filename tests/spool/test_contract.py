"""What every spool promises: one suite for the durable one and for its twin in memory."""

from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from attrs import evolve

from tests.spool.batches import make_batch, make_batch_of_size
from trio_ingest.config.sink_model import SpoolConfig, WhenFull
from trio_ingest.model.gap import Gap, GapReason, Repair
from trio_ingest.model.progress import NO_PROGRESS, Progress, Recollection
from trio_ingest.model.spooled import RefusedLine
from trio_ingest.spool.durable import DurableSpool, open_durable_spool
from trio_ingest.spool.memory import MemorySpool
from trio_ingest.spool.quarantining import QUARANTINE_LINES
from trio_ingest.spool.spool import SpoolStatistics

KIB = 1024
SOON_SECONDS = 10


@pytest.fixture(params=["durable", "memory"])
def open_spool(request, tmp_path):
    @asynccontextmanager
    async def open_memory_spool(config):
        yield MemorySpool(config)

    def open_either(**settings):
        config = SpoolConfig(**settings)
        if request.param == "memory":
            return open_memory_spool(config)
        return open_durable_spool(tmp_path / "spool.db", config)

    return open_either


async def drain(spool):
    """Settle everything and return the batches in the order in which they came."""
    batches = []
    with trio.fail_after(SOON_SECONDS):
        while spool.statistics().batches:
            spooled = await spool.oldest()
            batches.append(spooled.batch)
            await spool.settle(spooled.number)
    return batches


def without_progress(*batches):
    return [evolve(batch, progress=NO_PROGRESS) for batch in batches]


def gap_of(first, last):
    return Gap(home="home", first=first, last=last, reason=GapReason.SPOOL_FULL)


async def test_order(open_spool):
    """Batches come out as they went in, in their order; only their progress stays behind."""
    batches = [make_batch(time, points=3) for time in (500, 300, 400)]

    async with open_spool() as spool:
        for batch in batches:
            await spool.append(batch)

        assert without_progress(*batches) == await drain(spool)


async def test_oldest_stays(open_spool):
    """The oldest batch stays the oldest until it is settled."""
    async with open_spool() as spool:
        await spool.append(make_batch(1))
        await spool.append(make_batch(2))
        before = await spool.oldest()

        again = await spool.oldest()
        await spool.settle(before.number)
        after = await spool.oldest()

        assert before == again
        assert 2 == after.batch.last
        assert after.number > before.number


async def test_numbers_only_grow(open_spool):
    """A number is never given twice, also when the spool was empty in between."""
    async with open_spool() as spool:
        numbers = []
        for time in range(1, 4):
            await spool.append(make_batch(time))
            spooled = await spool.oldest()
            numbers.append(spooled.number)
            await spool.settle(spooled.number)

        assert sorted(set(numbers)) == numbers


async def test_append_wakes_the_taker(open_spool):
    """A taker that waits gets the batch that is appended."""
    taken = []

    async def take():
        taken.append(await spool.oldest())

    async with open_spool() as spool:
        with trio.fail_after(SOON_SECONDS):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(take)
                await trio.testing.wait_all_tasks_blocked()
                assert [] == taken

                await spool.append(make_batch(7))

        assert [7] == [spooled.batch.last for spooled in taken]


async def test_seal_wakes_the_taker(open_spool):
    """A taker that waits learns that nothing will come any more."""

    async def take():
        with pytest.raises(trio.EndOfChannel):
            await spool.oldest()

    async with open_spool() as spool:
        with trio.fail_after(SOON_SECONDS):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(take)
                nursery.start_soon(spool.wait_sealed)
                await trio.testing.wait_all_tasks_blocked()

                spool.seal()


async def test_sealed_spool_is_emptied_first(open_spool):
    """What was appended before the seal still comes out."""
    async with open_spool() as spool:
        await spool.append(make_batch(1))
        spool.seal()

        spooled = await spool.oldest()
        await spool.settle(spooled.number)

        with pytest.raises(trio.EndOfChannel):
            await spool.oldest()


async def test_settle_twice(open_spool):
    """Settling a batch that has gone changes nothing, and quarantines nothing twice."""
    refused = [RefusedLine(line=b"bad", reason="said the sink")]
    async with open_spool() as spool:
        await spool.append(make_batch(1))
        await spool.append(make_batch(2))
        spooled = await spool.oldest()
        await spool.settle(spooled.number, refused)
        before = spool.statistics()

        await spool.settle(spooled.number, refused)

        assert before == spool.statistics()
        assert 1 == before.quarantined_lines
        assert 1 == before.batches


async def test_checkpoint_is_what_was_said_last(open_spool):
    """Home Assistant's clock may be put back, and so is the checkpoint then."""
    async with open_spool() as spool:
        assert Recollection() == await spool.recollect()

        for home, time in (("home", 10), ("cabin", 3), ("home", 30), ("home", 20)):
            await spool.append(make_batch(time, home=home))
        await drain(spool)

        assert {"home": 20, "cabin": 3} == (await spool.recollect()).checkpoint


async def test_statistics(open_spool):
    """The statistics tell what is there now and what has happened."""
    batches = [make_batch(100, points=3), make_batch(50, points=2), make_batch(200)]
    async with open_spool() as spool:
        for batch in batches:
            await spool.append(batch)
        full = spool.statistics()
        spooled = await spool.oldest()
        await spool.settle(spooled.number, [RefusedLine(line=b"bad", reason="no")] * 2)

        assert full == SpoolStatistics(
            batches=3,
            points=6,
            size_bytes=sum(len(batch.body) for batch in batches),
            oldest=49,
            appended_points=6,
        )
        assert spool.statistics() == evolve(
            full,
            batches=2,
            points=3,
            size_bytes=full.size_bytes - len(batches[0].body),
            quarantined_lines=2,
        )
        await drain(spool)
        assert spool.statistics() == SpoolStatistics(appended_points=6, quarantined_lines=2)


async def test_drop_oldest(open_spool):
    """A full spool lets the oldest go for the newest, and counts their points."""
    async with open_spool(max_size=35 * KIB) as spool:
        for time in range(1, 6):
            await spool.append(make_batch_of_size(time, 10 * KIB))

        assert {"spool_full_oldest": 2} == spool.statistics().dropped_points
        assert {"home": 5} == (await spool.recollect()).checkpoint
        assert (gap_of(0, 2),) == await spool.lost()
        assert [3, 4, 5] == [batch.last for batch in await drain(spool)]


async def test_drop_newest(open_spool):
    """A full spool turns the newest away when told so; what was not kept is a gap."""
    async with open_spool(max_size=35 * KIB, when_full=WhenFull.DROP_NEWEST) as spool:
        for time in range(1, 6):
            await spool.append(make_batch_of_size(time, 10 * KIB))

        assert {"spool_full_newest": 2} == spool.statistics().dropped_points
        assert {"home": 5} == (await spool.recollect()).checkpoint
        assert (gap_of(3, 5),) == await spool.lost()
        assert [1, 2, 3] == [batch.last for batch in await drain(spool)]


async def test_other_bounds_apply_from_the_next_batch_on(open_spool):
    """A spool that is told to be smaller lets the oldest go when something comes."""
    async with open_spool() as spool:
        for time in range(1, 6):
            await spool.append(make_batch_of_size(time, 10 * KIB))
        spool.adopt(SpoolConfig(max_size=35 * KIB), ("home",))
        assert 5 == spool.statistics().batches

        await spool.append(make_batch_of_size(6, 10 * KIB))

        assert {"spool_full_oldest": 3} == spool.statistics().dropped_points
        assert [4, 5, 6] == [batch.last for batch in await drain(spool)]


async def test_closed_is_closed(tmp_path):
    """Who asks a spool that was closed meanwhile hears so, and touches no file."""
    async with open_durable_spool(tmp_path / "spool.db", SpoolConfig()) as spool:
        await spool.append(make_batch_of_size(1, KIB))

    with pytest.raises(OSError, match="closed"):
        await spool.lost()


async def test_batch_in_hand_is_not_dropped(open_spool):
    """The batch that the writer has in hand stays, and the next oldest goes instead."""
    async with open_spool(max_size=35 * KIB) as spool:
        for time in range(1, 4):
            await spool.append(make_batch_of_size(time, 10 * KIB))
        in_hand = await spool.oldest()

        await spool.append(make_batch_of_size(4, 10 * KIB))

        assert in_hand == await spool.oldest()
        assert [1, 3, 4] == [batch.last for batch in await drain(spool)]


async def test_nothing_is_dropped_in_vain(open_spool):
    """When only the batch in hand is in the way, the new one goes and all others stay."""
    async with open_spool(max_size=30 * KIB) as spool:
        await spool.append(make_batch_of_size(1, 20 * KIB))
        await spool.append(make_batch_of_size(2, 5 * KIB))
        await spool.oldest()

        await spool.append(make_batch_of_size(3, 15 * KIB))

        assert {"spool_full_newest": 1} == spool.statistics().dropped_points
        assert [1, 2] == [batch.last for batch in await drain(spool)]


async def test_batch_larger_than_the_spool(open_spool):
    """A batch that can never fit is dropped and counted; the others stay."""
    async with open_spool(max_size=20 * KIB) as spool:
        await spool.append(make_batch_of_size(1, 10 * KIB))

        await spool.append(make_batch_of_size(2, 30 * KIB))

        assert {"larger_than_spool": 1} == spool.statistics().dropped_points
        assert [1] == [batch.last for batch in await drain(spool)]


async def test_what_was_never_in_it_can_be_put_aside(open_spool):
    """Lines of a batch that came another way go to the quarantine as well; nothing waits for it."""
    lines = [RefusedLine(line=b"bad", reason="no"), RefusedLine(line=b"\xff", reason="foreign")]
    async with open_spool() as spool:
        await spool.append(make_batch(1))

        await spool.put_aside(lines, encoding="foreign", number=7)

        statistics = spool.statistics()
        assert 2 == statistics.quarantined_lines
        assert (1, 0) == (statistics.batches, statistics.retried_points)


async def test_quarantine_is_bounded(open_spool):
    """The quarantine forgets its oldest lines, and counts them."""
    lines = [RefusedLine(line=b"bad", reason="no")] * (QUARANTINE_LINES // 2 + 1)
    async with open_spool() as spool:
        for time in (1, 2):
            await spool.append(make_batch(time))
            await spool.settle((await spool.oldest()).number, lines)

        assert QUARANTINE_LINES == spool.statistics().quarantined_lines
        assert 2 == spool.statistics().forgotten_lines


async def test_cancelled_calls_leave_true_statistics(open_spool):
    """Whenever a call is cancelled, the statistics tell what is there."""
    async with open_spool() as spool:
        for time in range(20):
            with trio.move_on_after(0.0001 * time):
                await spool.append(make_batch(time))
            with trio.move_on_after(0.0001 * time):
                await spool.settle((await spool.oldest()).number)

        statistics = spool.statistics()
        assert statistics.points == sum(batch.points for batch in await drain(spool))
        assert statistics.batches == statistics.points


async def test_compact(open_spool):
    """What waits becomes few batches of the same lines in the same order, but for that in hand."""
    async with open_spool() as spool:
        for time in range(1, 12):
            await spool.append(make_batch(time * 10, points=10))
        before = spool.statistics()
        first = await spool.oldest()

        await spool.compact(most_points=40, most_bytes=1 << 20)
        after = spool.statistics()
        await spool.compact(most_points=40, most_bytes=1 << 20)

        assert after == spool.statistics()
        assert (5, 110) == (after.batches, after.points)
        assert after.size_bytes < before.size_bytes
        assert before == evolve(after, batches=11, size_bytes=before.size_bytes)
        assert first == await spool.oldest()
        batches = await drain(spool)
        assert [10, 40, 40, 10, 10] == [batch.points for batch in batches]
        assert all(batch.is_intact for batch in batches)
        instants = [int(line.rpartition(b" ")[2]) for batch in batches for line in batch.lines()]
        assert list(range(1, 111)) == instants
        assert SpoolStatistics(appended_points=110) == spool.statistics()


async def test_what_was_compacted_is_known_by_its_last_number(open_spool):
    """Numbers still grow, and a number that went into another batch is one that has gone."""
    async with open_spool() as spool:
        for time in range(1, 7):
            await spool.append(make_batch(time))
        first = await spool.oldest()
        await spool.compact(most_points=2, most_bytes=1 << 20)
        there = spool.statistics()

        assert 0 == await spool.settle_all([first.number + 1])
        await spool.settle(first.number + 1)

        assert there == spool.statistics()
        await spool.settle(first.number)
        assert first.number + 2 == (await spool.oldest()).number


async def test_compacted_gives_way(open_spool):
    """A batch that was made of several gives way as a whole, counted, and leaves one gap."""
    async with open_spool(max_size=4 * KIB) as spool:
        for time in range(1, 20):
            await spool.append(make_batch_of_size(time, 100))
        await spool.compact(most_points=2, most_bytes=1 << 20)

        await spool.append(make_batch_of_size(20, 3 * KIB))

        dropped = spool.statistics().dropped_points["spool_full_oldest"]
        assert dropped % 2 == 0
        assert (gap_of(0, dropped),) == await spool.lost()
        assert dropped + 1 == (await drain(spool))[0].first


async def test_followers(open_spool):
    """Those that follow the oldest are shown as far as they fit, and let go in one step."""
    async with open_spool() as spool:
        for time in range(1, 6):
            await spool.append(make_batch_of_size(time, KIB))
        first = await spool.oldest()
        points = first.batch.points

        found = await spool.followers(first, most_points=3 * points, most_bytes=1 << 30)
        gone = await spool.settle_all([first.number, *(each.number for each in found)])

        assert [2, 3] == [each.batch.last for each in found]
        assert 3 * points == gone
        assert 0 == await spool.settle_all([first.number])
        assert [4, 5] == [batch.last for batch in await drain(spool)]


async def test_who_waits_is_brought_what_comes(tmp_path, monkeypatch):
    """To commit a batch and to hand it on is one way to the thread and back."""
    ways = []
    in_thread = DurableSpool._in_thread

    async def count(spool, work, *arguments):
        ways.append(work)
        return await in_thread(spool, work, *arguments)

    batch, found = make_batch(1), []
    async with open_durable_spool(tmp_path / "spool.db", SpoolConfig()) as spool:

        async def wait_oldest():
            found.append(await spool.oldest())

        with trio.fail_after(SOON_SECONDS):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(wait_oldest)
                await trio.testing.wait_all_tasks_blocked(0.01)
                monkeypatch.setattr(DurableSpool, "_in_thread", count)
                await spool.append(batch)

        assert without_progress(batch) == [each.batch for each in found]
        assert len(ways) == 1
        assert found == [await spool.oldest()]


async def test_what_was_brought_to_one_who_left_is_not_kept(tmp_path):
    """The next one is given what is the oldest then."""
    async with open_durable_spool(tmp_path / "spool.db", SpoolConfig()) as spool:
        with trio.fail_after(SOON_SECONDS):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(spool.oldest)
                await trio.testing.wait_all_tasks_blocked(0.01)
                await spool.append(make_batch(1))
            first = await spool.oldest()
            await spool.settle(first.number)
            await spool.append(make_batch(2))

            assert (await spool.oldest()).batch.first == 2


async def test_a_gap_that_moves_into_another(open_spool):
    """What is left of a gap, where another one begins, is a part of that one."""
    gaps = [Gap(home="home", first=first, last=last) for first, last in ((44, None), (100, 109))]
    async with open_spool() as spool:
        await spool.note(Progress(opened=gaps))

        await spool.note(Progress(repairs=[Repair(gap=gaps[0], until=100)]))

        assert (gaps[1],) == (await spool.recollect()).gaps
        assert 1 == spool.statistics().open_gaps
