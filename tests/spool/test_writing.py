"""The daemon and a command take turns at writing."""

import fcntl
import os

import pytest

from tests.spool.batches import make_batch
from tests.spool.spools import CONFIG, make_spool
from trio_ingest.spool import amendment as amendment_module
from trio_ingest.spool import store as store_module
from trio_ingest.spool.amendment import open_amendment
from trio_ingest.spool.store import open_store
from trio_ingest.sqlite_file import UnusableFileError


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "DAEMON_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(amendment_module, "COMMAND_PATIENCE_SECONDS", 0.0)
    return tmp_path / "spool" / "influx.db"


@pytest.fixture
def held(path):
    """Return what holds the lock as another process would: on a descriptor of its own."""
    path.parent.mkdir(exist_ok=True)
    with path.with_name("influx.db.writing").open("w") as file:
        yield lambda how: fcntl.flock(file, how)


def test_daemon_waits(path, held):
    """While another one writes the daemon does not; it may try again, and nothing has changed."""
    with open_store(path, CONFIG) as store:
        held(fcntl.LOCK_EX)
        with pytest.raises(OSError, match="another trio-ingest is writing"):
            store.append(make_batch(1))
        assert 0 == store.statistics.batches
        held(fcntl.LOCK_UN)
        store.append(make_batch(1))
        assert 1 == store.statistics.batches


def test_daemon_closes(path, held):
    """One that does not let go of the lock does not keep the daemon from closing its file."""
    with open_store(path, CONFIG) as store:
        store.append(make_batch(1))
        held(fcntl.LOCK_EX)

    assert not path.with_name("influx.db-wal").exists()


def test_command_waits(path, held):
    """While the daemon writes a command does not, and says so when that does not end."""
    make_spool(path, make_batch(1))
    held(fcntl.LOCK_EX)

    with pytest.raises(UnusableFileError, match="is locked"), open_amendment(path):
        pass


def test_command_waits_with_each_transaction(path, held):
    """Nothing is changed while another one writes, however long the file has been open."""
    make_spool(path, make_batch(1))

    with open_amendment(path) as amendment:
        held(fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError, match="does not end"):
            amendment.purge(99)

    held(fcntl.LOCK_UN)
    with open_store(path, CONFIG) as store:
        assert 1 == store.statistics.batches


def test_no_daemon_starts_meanwhile(path):
    """While a command amends the spool of a daemon that does not run, none can start."""
    make_spool(path, make_batch(1))

    with (
        open_amendment(path),
        pytest.raises(UnusableFileError, match="is in use"),
        open_store(path, CONFIG),
    ):
        pass


def test_root_leaves_nothing_of_its_own(path, monkeypatch):
    """What root makes beside a spool belongs to the owner of the spool, whose daemon needs it."""
    make_spool(path, make_batch(1))
    given = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "fchown", lambda _, *owner: given.append(owner))

    with open_amendment(path):
        pass

    owner = path.stat()
    assert [(owner.st_uid, owner.st_gid)] * 2 == given
