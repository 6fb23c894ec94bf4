"""What a command adds to a spool that a daemon has open."""

from functools import partial
from pathlib import Path

import pytest
import trio
from attrs import evolve

from tests.spool.batches import make_batch
from tests.spool.spools import CONFIG, execute, make_spool
from trio_ingest.model.batch import Batch
from trio_ingest.model.progress import Progress
from trio_ingest.spool import addition
from trio_ingest.spool.addition import Room, add
from trio_ingest.spool.durable import open_durable_spool
from trio_ingest.spool.inspection import inspect_spool
from trio_ingest.spool.store import open_store
from trio_ingest.sqlite_file import UnusableFileError

PLENTY = Room(batches=10, size_bytes=1_000_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "influx.db"


async def test_a_daemon_that_hears_nothing_else_delivers_it(path: Path) -> None:
    """In a home where nothing happens the writer finds what was added all the same."""
    async with open_durable_spool(path, CONFIG) as spool:
        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(
                    trio.to_thread.run_sync, partial(add, path, make_batch(20, points=2), PLENTY)
                )
                found = await spool.oldest()
        statistics = spool.statistics()

    assert 20 == found.batch.last
    assert (1, 2, 2) == (statistics.batches, statistics.points, statistics.retried_points)


def test_between_the_batches_of_the_daemon(path: Path) -> None:
    """Both write in turn, and the daemon counts what it did not put in itself."""
    with open_store(path, CONFIG) as store:
        store.append(make_batch(10))
        assert add(path, make_batch(20), PLENTY)
        store.append(make_batch(30))

        assert 3 == store.statistics.batches
        assert 2 == store.statistics.appended_points
        assert 1 == store.statistics.retried_points


def test_progress_is_the_daemons_business(path: Path) -> None:
    """What is added from outside moves no checkpoint."""
    make_spool(path)
    progressive = evolve(make_batch(20), progress=Progress(checkpoint={"home": 20}))

    assert add(path, progressive, PLENTY)

    assert {} == inspect_spool(path).checkpoint


@pytest.mark.parametrize(
    "room", [Room(batches=2, size_bytes=1_000_000), Room(batches=10, size_bytes=100)]
)
def test_no_room(path: Path, room: Room) -> None:
    """Where enough waits already nothing is added, and nothing gives way."""
    make_spool(path, make_batch(10), make_batch(20))

    assert not add(path, make_batch(30), room)

    assert 20 == inspect_spool(path).newest


def test_a_file_that_takes_the_place_of_the_other(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that went into a file which the daemon has just replaced goes into the new one."""
    make_spool(path)
    add_once = addition._add

    def add_and_exchange(path: Path, batch: Batch, *rest: object) -> bool:
        is_added = add_once(path, batch, *rest)
        if not path.with_suffix(".old").exists():
            path.rename(path.with_suffix(".old"))
            make_spool(path)
        return is_added

    monkeypatch.setattr(addition, "_add", add_and_exchange)

    assert add(path, make_batch(20), PLENTY)

    assert [(1,)] == execute(path, "SELECT count(*) FROM batch")


def test_there_is_no_spool(path: Path) -> None:
    """A file that is not there is not made: that is the daemon's business, too."""
    path.parent.mkdir(parents=True)

    with pytest.raises((UnusableFileError, OSError)):
        add(path, make_batch(20), PLENTY)

    assert not path.exists()
