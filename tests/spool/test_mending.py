"""A spool that finds its file damaged, deleted, foreign or newer goes on with a new one."""

import sqlite3
from contextlib import closing

import pytest
from attrs import evolve

from tests.spool.batches import make_batch, make_batch_of_size
from tests.spool.ruins import PAGE_BYTES, SETTLED, STORED, crashed, drained, filled, query
from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.model.gap import LONG_AGO, Gap, GapReason, Repair
from trio_ingest.model.progress import NO_PROGRESS, Progress
from trio_ingest.model.spooled import RefusedLine
from trio_ingest.spool import replacing
from trio_ingest.spool.mending import open_mending_store
from trio_ingest.spool.set_aside import finished
from trio_ingest.spool.store import open_store
from trio_ingest.sqlite_file import UnusableFileError

CONFIG = SpoolConfig()
ALL = list(range(SETTLED + 1, SETTLED + STORED + 1))
NOISE = b"\xa5" * PAGE_BYTES

FORMAT_1 = """
    PRAGMA page_size = 16384;
    PRAGMA auto_vacuum = INCREMENTAL;
    CREATE TABLE batch (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        encoding TEXT NOT NULL,
        points INTEGER NOT NULL,
        raw_bytes INTEGER NOT NULL,
        crc32 INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX batch_by_first ON batch (first);
    CREATE TABLE checkpoint (home TEXT PRIMARY KEY, time INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE quarantine (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        line BLOB NOT NULL,
        reason TEXT NOT NULL,
        encoding TEXT NOT NULL,
        batch INTEGER NOT NULL,
        quarantined INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE dropped (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        reason TEXT NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        points INTEGER NOT NULL
    ) STRICT;
    PRAGMA application_id = 1953649520;
    PRAGMA user_version = 1;
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spool.db"


def change(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(sql)


def all_of(store):
    """Return when each batch is from, and settle it."""
    times = []
    while store.statistics.batches:
        spooled = store.oldest()
        times.append(spooled.batch.last)
        store.settle(spooled.number)
    return times


def overwrite(path, first_page=1):
    """Overwrite all pages from one on."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(first_page * PAGE_BYTES)
        file.write(NOISE * (size // PAGE_BYTES - first_page))


def test_newer_format(path, caplog):
    """All that a newer version wrote is delivered; nothing is missing, and its file is kept."""
    filled(path)
    change(path, "ALTER TABLE batch ADD COLUMN colour TEXT; PRAGMA user_version = 7;")

    remains = drained(path)

    assert ALL == remains.delivered
    assert not remains.is_damaged
    assert () == remains.gaps
    [aside] = remains.aside
    assert aside.name.startswith("spool.db.newer-format-7-20")
    [record] = caplog.records
    assert "ERROR" == record.levelname
    for said in ("newer trio-ingest (format 7", "12 batches with 20 points", str(aside), "1 lines"):
        assert said in record.getMessage()


def test_newer_format_that_cannot_be_read(path):
    """What a newer version keeps in another way is fetched again, and the rest is delivered."""
    filled(path)
    change(path, "ALTER TABLE news RENAME TO rumours; PRAGMA user_version = 7;")

    remains = drained(path)

    assert ALL == remains.delivered
    assert remains.is_damaged


@pytest.mark.parametrize("homes", [(), ("home",), ("home", "cabin")])
def test_foreign_files(path, homes):
    """A file of another program is set aside as it is, and every home is asked again."""
    path.write_text("Dear diary, " * 100)

    remains = drained(path, homes)

    assert remains.is_damaged
    assert [] == remains.delivered
    assert {(home, LONG_AGO, None) for home in homes} == {
        (gap.home, gap.first, gap.last) for gap in remains.gaps
    }
    [aside] = remains.aside
    assert aside.read_text().startswith("Dear diary")


def test_foreign_database(path):
    """A database of another program is set aside under a name that says so."""
    change(path, "CREATE TABLE precious (thing); INSERT INTO precious VALUES ('ring');")

    remains = drained(path)

    [aside] = remains.aside
    assert aside.name.startswith("spool.db.foreign-")
    assert [("ring",)] == query(aside, "SELECT thing FROM precious")


def test_journal_without_its_database(path):
    """What is in a journal whose database was deleted is read, as far as it goes."""
    crashed(path)
    path.unlink()

    remains = drained(path)

    assert remains.is_damaged
    assert remains.delivered
    assert [] == remains.unexplained


def test_database_without_its_journal(path):
    """Without the journal it is as it was once: what came then lies behind the checkpoint."""
    crashed(path)
    path.with_name("spool.db-wal").unlink()

    assert [] == drained(path).unexplained


def test_empty_file(path):
    """An empty file was a spool once."""
    path.touch()

    assert drained(path).is_damaged


def test_directory_in_its_place(path):
    """What cannot be helped is refused."""
    path.mkdir()

    with (
        pytest.raises(UnusableFileError, match="cannot be opened"),
        open_mending_store(path, CONFIG),
    ):
        pass


def test_no_room_for_a_new_one(path, monkeypatch):
    """When the new file cannot be written, the old one stays where it is, and is salvaged later."""
    filled(path)
    overwrite(path, 40)
    before = path.read_bytes()

    def fail(*arguments):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(replacing, "carry_over", fail)
        with (
            pytest.raises(UnusableFileError, match="disk is full"),
            open_mending_store(path, CONFIG),
        ):
            pass

    assert before == path.read_bytes()
    assert {path.name, f"{path.name}.lock", f"{path.name}.writing"} == {
        each.name for each in path.parent.iterdir()
    }
    assert drained(path).delivered


def test_format_1(path):
    """A spool of format 1 is upgraded in place, and what it holds is delivered."""
    batches = [make_batch(time, points=2) for time in (10, 20)]
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FORMAT_1)
        for each in batches:
            connection.execute(
                "INSERT INTO batch (encoding, points, raw_bytes, crc32, first, last, body) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (each.encoding, 2, each.raw_bytes, each.crc32, each.first, each.last, each.body),
            )
        connection.execute("INSERT INTO checkpoint VALUES ('home', 20)")
        connection.execute("INSERT INTO dropped VALUES (1, 'spool_full_oldest', 1, 2, 3)")
        connection.commit()

    with open_mending_store(path, CONFIG) as store:
        assert {"home": 20} == store.recollect().checkpoint
        assert not store.recollect().is_damaged
        for each in batches:
            spooled = store.oldest()
            assert evolve(each, progress=NO_PROGRESS, homes=()) == spooled.batch
            store.settle(spooled.number)
        store.append(make_batch(30))
        assert [30] == all_of(store)
    assert [(3,)] == query(path, "PRAGMA user_version")


def test_damage_is_remembered_until_it_was_told(path):
    """That anything may be missing outlives the next crash, until the gap is repaired."""
    filled(path)
    overwrite(path)
    with open_mending_store(path, CONFIG, ["home"]) as store:
        assert store.recollect().is_damaged

    with open_mending_store(path, CONFIG, ["home"]) as store:
        recollection = store.recollect()
        store.note(Progress(opened=recollection.gaps))
        store.note(Progress(repairs=[Repair(gap=recollection.gaps[0])]))

    assert (
        Gap(home="home", first=LONG_AGO, last=None, reason=GapReason.SPOOL_DAMAGED),
    ) == recollection.gaps
    assert not recollection.is_damaged
    with open_mending_store(path, CONFIG, ["home"]) as store:
        assert () == store.recollect().gaps


@pytest.mark.parametrize("crash_after", range(4))
def test_crash_while_renaming(path, crash_after, monkeypatch):
    """Wherever the power goes while the files change places, the next start goes on there."""
    crashed(path)
    with path.open("r+b") as file:
        file.truncate(PAGE_BYTES * 3)

    class PowerCut(BaseException):
        pass

    renames = 0
    rename = type(path).rename

    def counted(this, target):
        nonlocal renames
        if renames == crash_after:
            raise PowerCut
        renames += 1
        return rename(this, target)

    with monkeypatch.context() as patch:
        patch.setattr(type(path), "rename", counted)
        with pytest.raises(PowerCut):
            drained(path)

    remains = drained(path)

    assert ALL == remains.delivered
    assert 1 <= len(remains.aside)
    assert not finished(path).exists()


def test_names_do_not_collide(path):
    """Two files that are set aside in one second are both kept."""
    for content in (b"one" * 1000, b"two" * 1000):
        path.write_bytes(content)
        remains = drained(path)

    assert {b"one", b"two"} == {each.read_bytes()[:3] for each in remains.aside}


def test_damaged_while_running(path):
    """Damage that shows while it runs costs what it hit; the work in hand is done all the same."""
    with open_mending_store(path, CONFIG, ["home"]) as store:
        for time in range(1, 40):
            store.append(make_batch_of_size(time, 20_000))
        in_hand = store.oldest()
        connection = store._connection
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA cache_size = 0")
        connection.execute("PRAGMA shrink_memory")
        overwrite(path, path.stat().st_size // PAGE_BYTES // 2)

        store.settle(in_hand.number, [RefusedLine(line=b"bad", reason="no")])
        store.append(make_batch(99))
        times = all_of(store)
        statistics = store.statistics

        assert times[0] == 2
        assert times[-1] == 99
        assert 1 < len(times) < 39
        assert store.recollect().is_damaged
        assert {"home": 99} == store.recollect().checkpoint
        assert 40 == statistics.appended_points
        assert {"spool_damaged": 39 - len(times)} == statistics.dropped_points
        assert 1 == sum(line == b"bad" for (line,) in query(path, "SELECT line FROM quarantine"))
        assert all(gap.last is not None for gap in store.recollect().gaps)


@pytest.mark.parametrize("replacement", [None, b"Dear diary", b""])
def test_deleted_while_running(path, replacement, caplog):
    """A file that is deleted or replaced underneath is noticed; nothing that was in it is lost."""
    with open_mending_store(path, CONFIG, ["home"]) as store:
        for time in range(1, 5):
            store.append(make_batch(time))
        path.unlink()
        if replacement is not None:
            path.write_bytes(replacement)

        store.append(make_batch(5))

        assert 5 == store.statistics.batches == query(path, "SELECT count(*) FROM batch")[0][0]
        assert not store.recollect().is_damaged
        assert [1, 2, 3, 4, 5] == all_of(store)
        assert {} == store.statistics.dropped_points
    [record] = caplog.records
    assert "was deleted, moved or replaced" in record.getMessage()
    asides = [
        each
        for each in path.parent.glob("*.replaced-*")
        if not each.name.endswith(("-wal", "-shm"))
    ]
    assert [replacement] == [each.read_bytes() for each in asides] or replacement is None
    with open_store(path, CONFIG) as plain:
        assert 0 == plain.statistics.batches


def test_row_that_makes_no_sense(path):
    """A batch whose row cannot be true goes to the quarantine and does not block the next one."""
    with open_mending_store(path, CONFIG, ["home"]) as store:
        store.append(make_batch(1))
        store.append(make_batch(2))
        store._connection.execute("UPDATE batch SET encoding = 'lime-protocol' WHERE number = 1")

        assert 2 == store.oldest().batch.last

        assert {"spool_damaged": 1} == store.statistics.dropped_points
        assert 1 == store.statistics.quarantined_lines
    [(reason,)] = query(path, "SELECT reason FROM quarantine")
    assert "lime-protocol" in reason
