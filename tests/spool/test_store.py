"""The spool's file: restarts, damage, full disks, and files that are not a spool."""

import sqlite3
import stat
from contextlib import closing

import pytest
from attrs import evolve

from tests.spool.batches import make_batch, make_batch_of_size
from trio_ingest.config.common import MIB
from trio_ingest.config.sink_model import SpoolConfig, WhenFull
from trio_ingest.model.progress import NO_PROGRESS, Progress
from trio_ingest.model.spooled import RefusedLine
from trio_ingest.spool import quarantining, spare_disk
from trio_ingest.spool import store as store_module
from trio_ingest.spool.ledger import TOUCHING
from trio_ingest.spool.store import open_store
from trio_ingest.sqlite_file import UnusableFileError

KIB = 1024
CONFIG = SpoolConfig()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spools" / "spool.db"


def query(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def refuse(path, message):
    """See that the file is refused with this message."""
    with pytest.raises(UnusableFileError, match=message), open_store(path, CONFIG):
        pass


def test_restart(path):
    """After a restart the spool is as it was: batches, order, checkpoint, statistics, numbers."""
    batches = [make_batch(time, points=2) for time in (30, 10, 20)]
    with open_store(path, CONFIG) as store:
        for batch in batches:
            store.append(batch)
        store.settle(store.oldest().number, [RefusedLine(line=b"bad", reason="no")])
        before = store.statistics

    with open_store(path, CONFIG) as store:
        assert evolve(before, appended_points=0) == store.statistics
        assert {"home": 20} == store.recollect().checkpoint
        for batch in batches[1:]:
            spooled = store.oldest()
            assert evolve(batch, progress=NO_PROGRESS) == spooled.batch
            store.settle(spooled.number)

    with open_store(path, CONFIG) as store:
        store.append(batches[0])
        assert 4 == store.oldest().number


def test_flipped_byte_is_noticed(path):
    """A byte that has flipped in the file is seen by the batch's own CRC."""
    batch = make_batch_of_size(1, 2 * KIB)
    with open_store(path, CONFIG) as store:
        store.append(batch)
    content = bytearray(path.read_bytes())
    content[content.index(batch.body) + 1000] ^= 1
    path.write_bytes(content)

    with open_store(path, CONFIG) as store:
        assert not store.oldest().batch.is_intact


def test_quarantine_table(path):
    """A refused line is kept with the reason, its encoding, its batch and the time."""
    with open_store(path, CONFIG) as store:
        store.append(make_batch(1))
        store.settle(1, [RefusedLine(line=b"\xffline", reason="unable to parse")])

    [row] = query(
        path, "SELECT line, reason, encoding, batch, quarantined > 1.7e15 FROM quarantine"
    )
    assert (b"\xffline", "unable to parse", "line-protocol/us", 1, 1) == row


def test_quarantine_is_bounded_by_size(path, monkeypatch):
    """Few but long lines do not fill the disk either: the oldest go."""
    monkeypatch.setattr(quarantining, "QUARANTINE_BYTES", 100)
    with open_store(path, CONFIG) as store:
        store.append(make_batch(1))
        store.settle(1, [RefusedLine(line=bytes([n]) * 40, reason="no") for n in range(4)])

        assert 2 == store.statistics.quarantined_lines
        assert 2 == store.statistics.forgotten_lines
    assert [(bytes([2]) * 40,), (bytes([3]) * 40,)] == query(path, "SELECT line FROM quarantine")


def test_settle_is_one_transaction(path):
    """When the quarantine cannot be written the batch stays, and so do the statistics."""
    with open_store(path, CONFIG) as store:
        store.append(make_batch(1))
        before = store.statistics

        with pytest.raises(sqlite3.IntegrityError):
            store.settle(1, [RefusedLine(line=b"bad", reason=None)])

        assert before == store.statistics
        assert 1 == store.oldest().number


@pytest.mark.parametrize("when_full", WhenFull)
def test_dropped_interval_is_a_gap(path, when_full):
    """Intervals that touch are one gap, others are apart, each with reason and points."""
    config = SpoolConfig(max_size=15 * KIB, when_full=when_full)
    far = 10 * TOUCHING
    with open_store(path, config) as store:
        for time in (1, 2, 3, far, far + TOUCHING, far + TOUCHING + 1):
            store.append(make_batch_of_size(time, 10 * KIB))

    rows = query(path, "SELECT home, reason, outcome, first, last, points FROM gap")
    expected = {
        WhenFull.DROP_OLDEST: [(0, 3, 3), (far - 1, far + TOUCHING, 2)],
        WhenFull.DROP_NEWEST: [(1, 3, 2), (far - 1, far + TOUCHING + 1, 3)],
    }
    assert [("home", "spool_full", "open", *gap) for gap in expected[when_full]] == rows


def test_space_is_given_back(path):
    """A drained spool gives the disk back, while it runs."""
    size_bytes = 8 * MIB
    with open_store(path, CONFIG) as store:
        for time in range(size_bytes // (64 * KIB)):
            store.append(make_batch_of_size(time, 64 * KIB))
        while store.statistics.batches:
            store.settle(store.oldest().number)

        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()

    spare_bytes = store_module.SPARE_PAGES * 4 * KIB
    assert pages * 4 * KIB < spare_bytes + MIB
    assert path.stat().st_size < spare_bytes + MIB


def test_full_disk(path):
    """On a full disk append fails and changes nothing, settle works, and then append does."""
    with open_store(path, CONFIG) as store:
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages + 20}")
        store.append(make_batch_of_size(1, 64 * KIB))
        before = store.statistics

        with pytest.raises(sqlite3.OperationalError, match="full"):
            store.append(make_batch_of_size(2, 64 * KIB))
        assert before == store.statistics
        assert {"home": 1} == store.recollect().checkpoint

        store.settle(store.oldest().number)
        store.append(make_batch_of_size(2, 64 * KIB))
        assert 2 == store.oldest().batch.last


def test_last_disk_space_is_left_alone(path, monkeypatch):
    """Append stops before the disk is full, or there would be no room to settle either."""
    with open_store(path, CONFIG) as store:
        store.append(make_batch(1))
        monkeypatch.setattr(spare_disk, "SPARE_DISK_BYTES", 2**62)

        with pytest.raises(OSError, match="of the disk are free"):
            store.append(make_batch(2))

        store.settle(store.oldest().number)


def test_commits_survive_a_power_cut(path):
    """The journal is WAL and each commit is flushed to the platter."""
    with open_store(path, CONFIG) as store:
        assert ("wal",) == tuple(store._connection.execute("PRAGMA journal_mode").fetchone())
        assert (2,) == tuple(store._connection.execute("PRAGMA synchronous").fetchone())


def test_what_is_appended_survives_also_after_a_settle(path):
    """To let go need not be flushed, for it is only sent again; what comes next is, with it."""
    with open_store(path, CONFIG) as store:
        levels = []
        for work in (
            lambda: store.append(make_batch(1)),
            lambda: store.settle(store.oldest().number),
            lambda: store.append(make_batch(2)),
            lambda: store.settle_all([2]),
            lambda: store.note(Progress(checkpoint={"home": 1})),
        ):
            work()
            levels += store._connection.execute("PRAGMA synchronous").fetchone()

    assert [2, 1, 2, 1, 2] == levels


def test_files_are_private(path):
    """Only their owner may read the spool's files; missing directories are made."""
    with open_store(path, CONFIG) as store:
        store.append(make_batch(1))
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}

    del modes["spool.db.lock"], modes["spool.db.writing"]
    assert dict.fromkeys(["spool.db", "spool.db-wal", "spool.db-shm"], 0o600) == modes
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)


def test_others_may_look(path):
    """Another program can read the spool while it is in use."""
    with open_store(path, CONFIG) as store:
        store.append(make_batch(1))

        assert [(1,)] == query(path, "SELECT points FROM batch")


def test_used_by_one_at_a_time(path):
    """A second daemon on the same spool is told so; when the first has gone, it may."""
    with open_store(path, CONFIG):
        refuse(path, "another trio-ingest")

    with open_store(path, CONFIG):
        pass


def test_foreign_database(path):
    """A database of another program is left alone."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE precious (thing)")
    before = path.read_bytes()

    refuse(path, r"another program.*Move it away")

    assert before == path.read_bytes()


def test_not_a_database(path):
    """A file that is no database at all is named, and left alone."""
    path.parent.mkdir()
    path.write_text("Dear diary, " * 100)

    refuse(path, r"is damaged, or not a spool.*Move it away")

    assert path.read_text().startswith("Dear diary")


def test_damaged_spool(path):
    """A spool whose pages are overwritten is called damaged, with what to do."""
    with open_store(path, CONFIG) as store:
        for time in range(10):
            store.append(make_batch(time))
    with path.open("r+b") as file:
        file.seek(16 * KIB)
        file.write(b"\xa5" * (path.stat().st_size - 16 * KIB))

    refuse(path, "is damaged")


def test_newer_format(path):
    """A spool of a newer version is left alone, and the message says what to do."""
    with open_store(path, CONFIG) as store:
        store._connection.execute("PRAGMA user_version = 7")

    refuse(path, r"newer trio-ingest \(format 7; .* knows 3\)")


def test_directory_in_its_place(path):
    """A path that cannot be opened is named with the system's reason."""
    path.mkdir(parents=True)

    refuse(path, "cannot be opened")
