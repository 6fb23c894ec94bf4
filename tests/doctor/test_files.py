"""What is found of the state directory, the spools and the embedded database."""

import os
import sqlite3
from pathlib import Path

import pytest

from tests.doctor.findings import not_ok, statuses, the
from tests.spool.batches import make_batch
from tests.spool.spools import damage_batch, execute, make_spool, refuse_lines
from trio_ingest.config.common import GIB, MIB
from trio_ingest.config.sink_model import SqliteSinkConfig
from trio_ingest.doctor.file_systems import Mount, judge_file_system, mount_of
from trio_ingest.doctor.holders import LOCKS as LOCKS_OF_ALL
from trio_ingest.doctor.holders import Holder, find_holders, has_open
from trio_ingest.doctor.spools import check_spool
from trio_ingest.doctor.sqlite import check_sqlite
from trio_ingest.doctor.state_directory import ABOUT, Place, judge_place, judge_room
from trio_ingest.sinks.sqlite import open_database
from trio_ingest.spool.lock import hold_alone

MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw
30 27 0:30 / /srv/my\\040data rw - nfs4 server:/data rw
31 27 0:31 / /srv rw - tmpfs tmpfs rw
32 27 0:32 / /srv rw - xfs /dev/vdb rw
no mount at all
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/var/lib/trio-ingest", Mount("/", "ext4")),
        ("/srv/my data/state", Mount("/srv/my data", "nfs4")),
        ("/srv/other", Mount("/srv", "xfs")),
        ("/srvother", Mount("/", "ext4")),
    ],
)
def test_which_mount(path: str, expected: Mount) -> None:
    """The innermost mount counts, and of two at one place the later one."""
    assert expected == mount_of(path, MOUNTS)
    assert mount_of(path, "") is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ext4", "ok"),
        ("btrfs", "ok"),
        ("nfs4", "warning"),
        ("fuse.sshfs", "warning"),
        ("tmpfs", "warning"),
        ("overlay", "warning"),
    ],
)
def test_kinds_of_file_systems(kind: str, expected: str) -> None:
    """Network file systems, memory and containers' own are warned of."""
    assert expected == judge_file_system(ABOUT, Mount("/x", kind)).status


def test_room() -> None:
    """Less room than the spools may take is a warning; so little that nothing is written fails."""
    assert "ok" == judge_room(2 * GIB, GIB).status
    assert "warning" == judge_room(GIB, 2 * GIB).status
    assert "failed" == judge_room(MIB, 2 * GIB).status


def place(owner: str | None = "daemon", mode: int = 0o700, user: str = "daemon") -> Place:
    return Place(
        path=Path("/var/lib/x") if owner else Path("/var/lib/x/y"),
        nearest=Path("/"),
        owner=owner,
        mode=mode,
        user=user,
        is_writable=True,
        free_bytes=GIB,
    )


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (place(), {}),
        (place(user="root"), {}),
        (place(user="anna"), {"owner": "warning"}),
        (place(mode=0o777), {"owner": "warning"}),
        (place(owner=None), {}),
    ],
)
def test_owners(seen: Place, expected: dict[str, str]) -> None:
    """It should be the daemon's alone; root may look at it."""
    assert expected == not_ok(judge_place(seen))


def test_a_spool_that_is_well(tmp_path: Path) -> None:
    """What waits is told, and looking leaves nothing behind."""
    path = tmp_path / "influx.db"
    make_spool(path, make_batch(1, points=3))
    before = sorted(tmp_path.iterdir())

    found = check_spool("influx", path, MIB)

    assert {} == not_ok(found)
    assert "3 points" in the("waiting", found).what
    assert before == sorted(tmp_path.iterdir())


def test_a_spool_that_is_not_well(tmp_path: Path) -> None:
    """Damage fails; refused lines, drops and a full spool are warnings."""
    path = tmp_path / "influx.db"
    refuse_lines(path, b"bad")
    make_spool(path, make_batch(1, points=3), make_batch(2))
    damage_batch(path, 2)
    execute(
        path,
        "INSERT INTO gap (home, reason, began, first, last, points, is_found, outcome, why, changed)"
        " VALUES ('home', 'spool_full', 1, 1, 9, 7, 1, 'open', '', 1)",
    )

    found = check_spool("influx", path, 100)

    assert {
        "sound": "failed",
        "waiting": "warning",
        "quarantine": "warning",
        "dropped": "warning",
    } == not_ok(found)
    assert "damaged on the disk" in the("sound", found).what
    assert "spool verify influx" in the("sound", found).advice


def test_a_file_that_is_no_spool(tmp_path: Path) -> None:
    """A file of something else fails, none at all is skipped."""
    path = tmp_path / "influx.db"
    none = check_spool("influx", path, MIB)
    path.write_bytes(b"something else" * 1000)

    other = check_spool("influx", path, MIB)

    assert {"sound": "skipped"} == not_ok(none)
    assert {"sound": "failed"} == not_ok(other)


LOCKS = """\
1: FLOCK  ADVISORY  WRITE 1051 fe:00:77 0 EOF
2: FLOCK  ADVISORY  READ 1052 fe:00:78 0 EOF
3: POSIX  ADVISORY  WRITE 1053 fe:00:79 0 EOF
3: -> FLOCK ADVISORY WRITE 9 fe:00:80 0 EOF
"""


def test_who_holds_a_lock() -> None:
    """Only who has it alone counts, and nobody who waits for it."""
    assert [Holder(1051, "fe:00")] == find_holders(LOCKS, 77)
    assert [[]] * 4 == [find_holders(LOCKS, inode) for inode in (7, 78, 79, 80)]


def test_who_has_a_file_open(tmp_path: Path) -> None:
    """Where the kernel names another device, the open files of the process decide."""
    path = tmp_path / "file"
    with path.open("w"):
        mine = has_open(os.getpid(), path.stat())
    closed = has_open(os.getpid(), path.stat())

    assert mine is Path("/proc/self/fd").exists()
    assert not closed
    assert not has_open(2**31 - 1, path.stat())


def test_a_daemon_that_runs(tmp_path: Path) -> None:
    """Whoever has the spool is found, where the kernel tells it, without touching its lock."""
    path = tmp_path / "influx.db"
    make_spool(path, make_batch(1))

    free = the("holder", check_spool("influx", path, MIB))
    with hold_alone(path):
        held = the("holder", check_spool("influx", path, MIB))

    assert "no daemon" in free.what
    assert (f"process {os.getpid()} has it open" == held.what) is LOCKS_OF_ALL.exists()


def test_the_embedded_database(tmp_path: Path) -> None:
    """It is not made, and one that is there is known for what it is."""
    config = SqliteSinkConfig(name="embedded", path=tmp_path / "new" / "home.db")
    none = check_sqlite(config)
    with open_database(config.path):
        pass
    good = check_sqlite(config)
    files = [path.name for path in config.path.parent.iterdir()]
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    foreign = check_sqlite(SqliteSinkConfig(name="embedded", path=tmp_path / "other.db"))

    assert "the daemon makes it" in the("database", none).what
    assert "is a database of trio-ingest" in the("database", good).what
    assert ["home.db"] == files
    assert {"database": "failed"} == statuses(foreign)
