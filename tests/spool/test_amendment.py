"""What a command does to a spool, and that a daemon that has it open notices."""

from contextlib import nullcontext

import pytest
import trio

from tests.spool.batches import make_batch, make_batch_of_size
from tests.spool.spools import CONFIG, execute, make_spool, refuse_lines
from trio_ingest.model.batch import Encoding
from trio_ingest.model.progress import Progress
from trio_ingest.model.spooled import RefusedLine
from trio_ingest.spool.amendment import open_amendment
from trio_ingest.spool.durable import open_durable_spool
from trio_ingest.spool.inspection import inspect_spool
from trio_ingest.spool.quarantine import EVERYTHING, Choice, read_quarantine
from trio_ingest.spool.spool import SpoolStatistics
from trio_ingest.spool.store import open_store
from trio_ingest.spool.waiting import Waiting, waiting

LINES = (b"a v=1 5000", b"b v=1 3000", b"c v=1 4000")
WHOLE_BATCH = b"\x1f\x8b\x08\x00damaged"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spool" / "influx.db"


@pytest.fixture(params=["running", "stopped"])
def daemon(request, path):
    """Return what is around an amendment: a daemon that runs, or none."""
    return lambda: open_store(path, CONFIG) if request.param == "running" else nullcontext()


def lines_waiting(path):
    return [
        line
        for each in waiting(path, 10**9)
        if isinstance(each, Waiting)
        for line in each.batch.lines()
    ]


def purge(path, up_to, before=None):
    with open_amendment(path) as amendment:
        return amendment.purge(up_to, before)


def retry(path, choice=EVERYTHING):
    with open_amendment(path) as amendment:
        return amendment.retry(choice)


def test_purge(path):
    """What was there goes, what came later stays, and it stays counted."""
    make_spool(path, *(make_batch(time, points=2) for time in (10, 20, 30)))

    assert 4 == purge(path, up_to=2)

    report = inspect_spool(path)
    assert (1, 2) == (report.batches, report.points)
    assert {"purged": 4} == report.dropped_points
    [gap] = report.closed_gaps
    assert ("home", "lost", "purged by hand") == (gap.home, gap.outcome, gap.why)
    assert (8, 20) == (gap.first, gap.last)
    assert () == report.open_gaps


def test_purge_before(path):
    """With an instant only batches go in which everything is older."""
    make_spool(path, make_batch(10), make_batch(20, points=15), make_batch(19))

    assert 2 == purge(path, up_to=99, before=20)

    assert 15 == inspect_spool(path).points


def test_purge_gives_the_disk_back(path):
    """What is purged in many slices leaves one gap, a small file and no large journal."""
    make_spool(path, *(make_batch_of_size(time, 40_000) for time in range(1, 251)))
    assert path.stat().st_size > 10_000_000

    with open_store(path, CONFIG):
        assert 249 == purge(path, up_to=250)
        assert inspect_spool(path).file_bytes < 8_000_000

    assert 1 == len(inspect_spool(path).closed_gaps)
    assert path.stat().st_size < 500_000


def test_several_homes_are_counted_once(path):
    """A purged batch of two homes leaves a gap with each, and its points are counted once."""
    batch = make_batch(10, points=3)
    make_spool(path, batch)
    execute(path, """UPDATE batch SET homes = '["cabin", "flat"]'""")

    purge(path, up_to=1)

    report = inspect_spool(path)
    assert {"cabin", "flat"} == {gap.home for gap in report.closed_gaps}
    assert {"purged": 3} == report.dropped_points


def test_retry(path, daemon):
    """Lines that are tried again are out of the quarantine and behind what waits, as they were."""
    refuse_lines(path, *LINES)
    make_spool(path, make_batch(7))

    with daemon():
        retried = retry(path, Choice(numbers=frozenset({1, 3})))

    assert (2, 1, ()) == (retried.lines, retried.batches, retried.left)
    assert [b"sensor value=1 7", LINES[0], LINES[2]] == lines_waiting(path)
    assert [LINES[1]] == [each.line for each in read_quarantine(path)]
    *_, last = waiting(path, 10**9)
    assert isinstance(last, Waiting)
    assert (4000, 5000) == (last.batch.first, last.batch.last)
    assert Encoding.LINE_PROTOCOL_US == last.batch.encoding


def test_what_cannot_be_retried(path):
    """A batch that was damaged as a whole, or is of an unknown encoding, stays where it is."""
    refuse_lines(path, WHOLE_BATCH, b"a\nb", LINES[0], LINES[1])
    execute(path, "UPDATE quarantine SET encoding = 'of tomorrow' WHERE number = 4")

    retried = retry(path)

    assert (1, (1, 2, 4)) == (retried.lines, retried.left)
    assert [LINES[0]] == lines_waiting(path)


def test_purge_the_quarantine(path, daemon):
    """Lines of one reason go, the others stay."""
    refuse_lines(path, *LINES[:2], reason="field type conflict: x")
    refuse_lines(path, LINES[2], reason="out of range")

    with daemon(), open_amendment(path) as amendment:
        assert 2 == amendment.purge_quarantine(Choice(reason="field type conflict*"))

    assert [LINES[2]] == [each.line for each in read_quarantine(path)]


def test_daemon_counts_anew(path):
    """After an amendment the daemon's statistics are those of its file, and the sums come out."""
    refuse_lines(path, *LINES)
    with open_store(path, CONFIG) as store:
        for time in (10, 20, 30):
            store.append(make_batch(time, points=5))
        retry(path, Choice(numbers=frozenset({1, 2})))
        purge(path, up_to=4)
        store.append(make_batch(40))
        retry(path)
        store.note(Progress())

        statistics = store.statistics

    with open_store(path, CONFIG) as store:
        there = store.statistics
    assert ((there.batches, there.points, there.size_bytes, there.oldest)) == (
        statistics.batches,
        statistics.points,
        statistics.size_bytes,
        statistics.oldest,
    )
    assert {"purged": 10} == statistics.dropped_points  # of 15: the first stays
    assert (3, 0) == (statistics.retried_points, statistics.quarantined_lines)
    assert 16 + 3 - 10 == statistics.points == there.points


def test_own_changes_are_not_taken_for_others(path):
    """Without an amendment nothing is counted as one, whatever the daemon does."""
    with open_store(path, CONFIG) as store:
        for time in range(1, 300):
            store.append(make_batch(time))
            if time % 3:
                store.settle(store.oldest().number, [RefusedLine(line=b"x", reason="no")])

        assert 0 == store.statistics.retried_points
        assert {} == store.statistics.dropped_points
        assert 299 == store.statistics.appended_points


def test_batch_in_hand(path):
    """What the daemon has in hand is not purged, so that it is counted once, where it ends up."""
    with open_store(path, CONFIG) as store:
        for time in (1, 2, 3):
            store.append(make_batch(time))
        in_hand = store.oldest()

        assert 2 == purge(path, up_to=3)

        store.settle(in_hand.number)
        assert SpoolStatistics(appended_points=3, dropped_points={"purged": 2}) == store.statistics


async def test_the_writer_hears_of_what_is_retried(path):
    """What was put back is there for a waiting writer with the next that is committed."""
    refuse_lines(path, LINES[0])
    async with open_durable_spool(path, CONFIG) as spool, trio.open_nursery() as nursery:
        seen = []

        async def take():
            with trio.fail_after(30):
                seen.append(await spool.oldest())

        nursery.start_soon(take)
        await trio.testing.wait_all_tasks_blocked()
        await trio.to_thread.run_sync(retry, path)
        await spool.note(Progress())

    assert [[LINES[0]]] == [each.batch.lines() for each in seen]
