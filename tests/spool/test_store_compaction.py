"""Compaction in the file: what fails, what is killed, what is damaged, and the journal."""

import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from attrs import evolve

from tests.spool.batches import make_batch, make_batch_of_size
from tests.spool.spools import CONFIG, damage_batch, execute, make_spool
from trio_ingest.config.common import MIB
from trio_ingest.spool import store as store_module
from trio_ingest.spool.mending import open_mending_store
from trio_ingest.spool.store import open_store
from trio_ingest.spool.waiting import waiting

KIB = 1024
KILLS = 8
ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spools" / "spool.db"


def drained(store):
    """Settle everything, and return the batches in the order in which they came."""
    batches = []
    while store.statistics.batches:
        spooled = store.oldest()
        batches.append(spooled.batch)
        store.settle(spooled.number)
    return batches


def instants_of(batches):
    return [int(line.rpartition(b" ")[2]) for batch in batches for line in batch.lines()]


def test_compaction_on_a_full_disk(path):
    """What cannot be compacted for want of room stays as it was, and is delivered."""
    make_spool(path, *(make_batch_of_size(time, 20 * KIB) for time in range(1, 6)))
    with open_store(path, CONFIG) as store:
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages}")

        with suppress(sqlite3.OperationalError):
            store.compact(4, MIB)
            raise AssertionError("there was room")

        assert [1, 2, 3, 4, 5] == [batch.last for batch in drained(store)]


def test_a_compaction_that_fails_changes_nothing(path, monkeypatch):
    """When the last step fails all batches are there, and the statistics are true."""
    with open_store(path, CONFIG) as store:
        for time in range(1, 6):
            store.append(make_batch(time))
        before = store.statistics
        monkeypatch.setattr(store_module.tables, "REWRITE_BATCH", "UPDATE nothing SET this = 1")

        with pytest.raises(sqlite3.OperationalError, match="nothing"):
            store.compact(4, MIB)

        assert before == store.statistics
        monkeypatch.undo()
        assert store.compact(4, MIB)
        assert (2, 5) == (store.statistics.batches, store.statistics.points)


def test_damage_does_not_stop_compaction(path):
    """A damaged batch stays by itself, and what comes behind it is compacted."""
    make_spool(path, *(make_batch(time) for time in range(1, 8)))
    damage_batch(path, 2)

    with open_store(path, CONFIG) as store:
        while store.compact(2, MIB):
            pass

        assert [[1], [2], [3, 4], [5, 6], [7]] == [
            list(range(batch.first, batch.last + 1)) for batch in drained(store)
        ]


def test_the_journal_is_kept_short(path):
    """While nothing is read the journal does not stay as long as it once was."""
    journal = path.with_name(f"{path.name}-wal")
    with open_store(path, CONFIG) as store:
        for time in range(1, 10):
            store.append(make_batch_of_size(time, 64 * KIB))
        assert journal.stat().st_size > store_module.LONG_JOURNAL_BYTES

        store.shorten_journal()

        assert 0 == journal.stat().st_size
        store.append(make_batch(10))
        store.shorten_journal()
        assert 0 < journal.stat().st_size < store_module.LONG_JOURNAL_BYTES
        assert 10 == store.statistics.batches


def test_killed_while_compacting(path):
    """After a kill -9 at any moment all that was acknowledged is there, once and in order."""
    command = [sys.executable, "-m", "tests.spool.compacter", str(path)]
    for kill in range(1, KILLS + 1):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
            lines = [child.stdout.readline() for _ in range(11 * kill)]
            child.kill()
            lines += child.stdout.read().splitlines(keepends=True)
        acknowledged = int(next(line for line in reversed(lines) if line.endswith("\n")))

        there = list(waiting(path, 2**62))

        stored = sum(each.batch.points for each in there)
        assert stored in (acknowledged, acknowledged + 1)
        assert list(range(1, stored + 1)) == instants_of(each.batch for each in there)
        assert all(each.batch.is_intact for each in there)
        assert len(there) < stored

    with open_mending_store(path, CONFIG) as store:
        assert stored == store.statistics.points
        assert list(range(1, stored + 1)) == instants_of(drained(store))
    assert not list(path.parent.glob("*damaged*"))


def test_a_row_that_makes_no_sense(path):
    """What compaction stumbles on is mended like anything else, and the rest is delivered."""
    make_spool(path, *(make_batch(time) for time in range(1, 6)))
    execute(path, "UPDATE batch SET encoding = 'morse' WHERE number = 3")

    with open_mending_store(path, CONFIG, ["home"]) as store:
        while store.compact(2, MIB):
            pass

        assert [1, 2, 4, 5] == instants_of(drained(store))
    assert list(path.parent.glob("*damaged*"))


def test_who_reads_meanwhile_misses_nothing(path):
    """What was there when a reading began is read, also when it is in a later batch now."""
    with open_store(path, CONFIG) as store:
        for time in range(1, 45):
            store.append(make_batch(time))
        reading = waiting(path, 30)
        read = [next(reading)]
        while store.compact(20, MIB):
            pass

        read += reading

    assert set(range(1, 31)) <= set(instants_of(each.batch for each in read))


def test_a_spool_of_an_older_version(path, monkeypatch):
    """A file of large pages goes on as it is, and is compacted, too."""
    old = store_module.SPOOL_FORMAT.before_first_table.replace("4096", "16384")
    assert "16384" in old
    monkeypatch.setattr(
        store_module, "SPOOL_FORMAT", evolve(store_module.SPOOL_FORMAT, before_first_table=old)
    )
    make_spool(path, *(make_batch(time) for time in range(1, 6)))
    monkeypatch.undo()

    with open_store(path, CONFIG) as store:
        assert store.compact(4, MIB)
        assert [(16384,)] == execute(path, "PRAGMA page_size")
        assert [1, 2, 3, 4, 5] == instants_of(drained(store))
