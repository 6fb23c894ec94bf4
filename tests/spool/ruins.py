"""A spool whose file something was done to, and what comes out of it then."""

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path

from attrs import frozen

from tests.spool.batches import make_batch_of_size
from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.gap import Gap
from trio_ingest.model.joining import damage_of
from trio_ingest.model.progress import Known, Progress
from trio_ingest.model.spooled import RefusedLine
from trio_ingest.spool.mending import open_mending_store
from trio_ingest.spool.spool import SpoolStatistics
from trio_ingest.spool.store import Store, open_store

PAGE_BYTES = 4 * 1024
HOME = "home"
SETTLED, STORED = 3, 12


def line_of(time: int) -> bytes:
    return b"sensor,entity_id=%d value=1 %d" % (time, time)


def batch_at(time: int, *, size_bytes: int = 0) -> Batch:
    """Return a batch of one line that is found by its time; with noise when it is to be large."""
    noise = make_batch_of_size(time, size_bytes).lines() if size_bytes else []
    return Batch.of_lines(
        [line_of(time), *noise],
        encoding=Encoding.LINE_PROTOCOL_US,
        first=time,
        last=time,
        homes=(HOME,),
        progress=Progress(
            checkpoint={HOME: time}, known={HOME: {f"sensor.n{time}": Known(time, 7)}}
        ),
    )


def fill(store: Store) -> None:
    """Put batches in, of which the first are settled; some are larger than a page."""
    for time in range(1, SETTLED + STORED + 1):
        store.append(batch_at(time, size_bytes=(0, 300, 40_000)[time % 3]))
        if time <= SETTLED:
            refused = [RefusedLine(line=b"bad", reason="said the sink")] * (time == 1)
            store.settle(store.oldest().number, refused)


def filled(path: Path) -> None:
    """Make a spool that was closed in order."""
    with open_store(path, SpoolConfig()) as store:
        fill(store)


def crashed(path: Path) -> None:
    """Make a spool as it is found after a crash: half of it is in the journal."""
    live = path.with_name("live.db")
    with open_store(live, SpoolConfig()) as store:
        fill(store)
        for end in ("", "-wal"):
            path.with_name(path.name + end).write_bytes(
                live.with_name(live.name + end).read_bytes()
            )


@frozen(kw_only=True)
class Remains:
    """What came out when the spool was opened and drained as the writer does."""

    delivered: Sequence[int]
    spoilt: int
    checkpoint: int
    gaps: Sequence[Gap]
    is_damaged: bool
    statistics: SpoolStatistics
    aside: Sequence[Path]

    def covers(self, time: int) -> bool:
        """Say whether it is known that what happened at that instant may be missing."""
        return time > self.checkpoint or any(
            gap.first < time and (gap.last is None or time <= gap.last) for gap in self.gaps
        )

    @property
    def unexplained(self) -> Collection[int]:
        """Return what was put in, and neither comes out nor is known to be missing."""
        stored = range(SETTLED + 1, SETTLED + STORED + 1)
        return [time for time in stored if time not in self.delivered and not self.covers(time)]


def drained(path: Path, homes: Collection[str] = (HOME,)) -> Remains:
    """Open, deliver all, and close; every line that comes out was put in."""
    delivered, spoilt = [], 0
    with open_mending_store(path, SpoolConfig(), homes) as store:
        recollection = store.recollect()
        while store.statistics.batches:
            try:
                spooled = store.oldest()
            except LookupError:
                continue
            damage = damage_of(spooled.batch)
            if damage is None:
                first, *noise = spooled.batch.lines()
                time = int(first.rsplit(b" ")[-1])
                assert line_of(time) == first
                assert batch_at(time, size_bytes=(0, 300, 40_000)[time % 3]).lines()[1:] == noise
                delivered.append(time)
                store.settle(spooled.number)
            else:
                spoilt += 1
                refused = [RefusedLine(line=spooled.batch.body, reason=damage)]
                store.settle(spooled.number, refused, is_damaged=True)
        store.append(batch_at(99))  # it goes on
        assert b"99" == store.oldest().batch.lines()[0].rsplit(b" ")[-1]
        return Remains(
            delivered=delivered,
            spoilt=spoilt,
            checkpoint=recollection.checkpoint.get(HOME, -1),
            gaps=store.recollect().gaps,
            is_damaged=store.recollect().is_damaged,
            statistics=store.statistics,
            aside=set_aside(path),
        )


def set_aside(path: Path) -> Sequence[Path]:
    """Return the files that were set aside, without their companions."""
    names = path.parent.glob(f"{path.name}.*")
    return sorted(
        each for each in names if not each.name.endswith(("-wal", "-shm", ".lock", ".writing"))
    )


def query(path: Path, sql: str) -> Sequence[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()
