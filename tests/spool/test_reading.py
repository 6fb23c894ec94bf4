"""A look into a spool sees what is there and leaves no trace, whether a daemon has it or not."""

import subprocess
import sys

import pytest

from tests.spool.batches import make_batch
from tests.spool.spools import CONFIG, execute, make_spool, names_beside
from trio_ingest.spool.inspection import inspect_spool
from trio_ingest.spool.reading import NoSpoolError, look
from trio_ingest.spool.store import open_store
from trio_ingest.spool.waiting import waiting
from trio_ingest.sqlite_file import UnusableFileError

COUNT = "SELECT count(*) FROM batch"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "spool" / "influx.db"


def count(connection):
    return tuple(connection.execute(COUNT).fetchone())


def test_of_a_daemon_that_runs(path):
    """What a running daemon has committed is seen, and nothing is written."""
    with open_store(path, CONFIG) as store:
        store.append(make_batch(1))
        before = names_beside(path)

        assert (1,) == look(path, count)
        assert before == names_beside(path)
        with pytest.raises(UnusableFileError, match="readonly"):
            look(path, lambda connection: connection.execute("DELETE FROM batch"))


def test_of_a_daemon_that_was_stopped(path):
    """Beside a file that nobody has open nothing is made."""
    make_spool(path, make_batch(1))
    before = names_beside(path)

    assert (1,) == look(path, count)
    assert before == names_beside(path)
    assert not any(name.endswith(("-wal", "-shm")) for name in before)


def test_of_a_daemon_that_was_killed(path):
    """What a killed daemon has left in the journal is seen."""
    command = [sys.executable, "-m", "tests.spool.appender", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(3):
            process.stdout.readline()
        process.kill()

    assert look(path, count) >= (3,)


def test_a_daemon_starts_meanwhile(path):
    """When a daemon starts during a look at a file that nobody had open, it is looked again."""
    make_spool(path, make_batch(1))
    store = None

    def see(connection):
        nonlocal store
        seen = count(connection)
        if store is None:
            store = opening.__enter__()
            store.append(make_batch(2))
        return seen

    opening = open_store(path, CONFIG)

    assert (2,) == look(path, see)
    opening.__exit__(None, None, None)


def test_no_long_look(path):
    """Who reads batch by batch holds nothing open in between: the journal can begin anew."""
    with open_store(path, CONFIG) as store:
        for time in range(1, 40):
            store.append(make_batch(time))
        reading = waiting(path, 39)
        next(reading)
        busy, *_ = store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

        assert 0 == busy
        assert 38 == sum(1 for _ in reading)


def test_not_there(path):
    """A spool that is not there is said to be so, and is not made."""
    with pytest.raises(NoSpoolError, match="there is no spool"):
        inspect_spool(path)

    assert not path.parent.exists()


def test_an_empty_file(path):
    """A file in which nothing is yet is no spool yet."""
    path.parent.mkdir()
    path.touch()

    with pytest.raises(NoSpoolError, match="the file is empty"):
        inspect_spool(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("PRAGMA user_version = 99", "written by a newer trio-ingest"),
        ("PRAGMA user_version = 1", "written by an older trio-ingest"),
        ("PRAGMA application_id = 7", "database of another program"),
    ],
)
def test_another_format(path, change, words):
    """A file of another format is left as it is."""
    make_spool(path, make_batch(1))
    execute(path, change)
    before = path.read_bytes()

    with pytest.raises(UnusableFileError, match=words):
        inspect_spool(path)
    assert before == path.read_bytes()


def test_no_database(path):
    """A file that is no database is said to be damaged."""
    path.parent.mkdir()
    path.write_bytes(b"no database " * 1000)

    with pytest.raises(UnusableFileError, match="is damaged"):
        inspect_spool(path)


def test_report(path):
    """The report tells the totals, the instants and the checkpoint."""
    make_spool(path, make_batch(20, points=3), make_batch(30))

    report = inspect_spool(path)

    assert (2, 4) == (report.batches, report.points)
    assert (18, 30) == (report.oldest, report.newest)
    assert {"home": 30} == report.checkpoint
    assert {"line-protocol/us": 4} == report.encodings
    assert report.file_bytes >= path.stat().st_size
