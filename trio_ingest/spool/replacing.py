"""Replace a spool's file by a fresh one that has all that could be read of it, and say so."""

import logging
import shutil
import sqlite3
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from trio_ingest.model.gap import LONG_AGO, Gap, GapReason
from trio_ingest.model.progress import Progress
from trio_ingest.model.spooled import SpooledBatch
from trio_ingest.spool import ledger
from trio_ingest.spool.file_format import SPOOL_FORMAT
from trio_ingest.spool.quarantining import bound_quarantine
from trio_ingest.spool.salvage import Salvaged, carry_over
from trio_ingest.spool.set_aside import discard, exchange, finished, unfinished
from trio_ingest.sqlite_file import NEWER, explaining, open_sqlite
from trio_ingest.telemetry.message_ids import SPOOL_SET_ASIDE

log = logging.getLogger(__name__)

REPLACED = "replaced"


@frozen(kw_only=True)
class Problem:
    """Why a file cannot be used: a word for its name, and a sentence that goes on after that."""

    condition: str
    reason: str

    @property
    def may_miss_anything(self) -> bool:
        """Say whether there may be more missing than is noticed while reading."""
        return not self.condition.startswith((NEWER, REPLACED))


@frozen(kw_only=True)
class Memory:
    """What is known without the file, if it was in use."""

    in_hand: SpooledBatch | None = None
    checkpoint: Mapping[str, int] | None = None
    """None: it was not in use. Then nobody knows yet where a gap will end."""


def build(
    source: sqlite3.Connection | None,
    path: Path,
    problem: Problem,
    memory: Memory,
    homes: Collection[str],
) -> tuple[Salvaged, bool]:
    """Build the file that will take the place of *path*; say what is in it and whether it is all.

    *path* is as it was afterwards, and when this fails: UnusableFileError, for want of room.
    """
    fresh = unfinished(path)
    discard(fresh)
    try:
        with open_sqlite(fresh, SPOOL_FORMAT) as target, explaining(fresh, SPOOL_FORMAT):
            target.execute("PRAGMA wal_autocheckpoint = 256")
            salvaged = _carry_over(source, target, memory)
            is_damaged = problem.may_miss_anything or bool(salvaged.damage)
            now = time.time_ns() // 1000
            checkpoint = memory.checkpoint or {}
            last = None if memory.checkpoint is None else max([now, *checkpoint.values()])
            missing = [
                Gap(home=home, first=LONG_AGO, last=last, reason=GapReason.SPOOL_DAMAGED)
                for home in sorted({*homes, *salvaged.homes, *checkpoint})
                if is_damaged
            ]
            target.execute("BEGIN")
            ledger.commit(target, Progress(checkpoint=checkpoint), now)
            for gap in missing:
                ledger.lose(target, gap, now)
            bound_quarantine(target)
            target.execute("COMMIT")
        fresh.rename(finished(path))
    except BaseException:
        discard(fresh)
        raise
    return salvaged, is_damaged


def put_in_place(path: Path, problem: Problem, salvaged: Salvaged, *, is_damaged: bool) -> None:
    """Set the old file aside for the new one, and say what happened."""
    aside = exchange(path, problem.condition, datetime.now(UTC))
    log.error(
        "%s %s. Saved into a new spool: %d batches with %d points, which will be delivered, and %d "
        "lines of the quarantine%s. %s%s",
        path,
        problem.reason,
        salvaged.batches,
        salvaged.points,
        salvaged.lines,
        _said_of_spoilt(salvaged),
        f"The old file is {aside} now: look at it or delete it. " if aside.exists() else "",
        "What may be missing is fetched from Home Assistant again, as far as it still has it"
        if is_damaged
        else "Nothing is missing"
        if not salvaged.spoilt_batches
        else "What is missing is fetched from Home Assistant again, as far as it still has it",
        extra=SPOOL_SET_ASIDE,
    )
    for each in salvaged.damage[:10]:
        log.info("%s: what was in the way: %s", path, each)


def lay_foundation(path: Path) -> None:
    """Give a journal that lost its database an empty one, or SQLite would delete the journal."""
    fresh = unfinished(path)
    discard(fresh)
    with open_sqlite(fresh, SPOOL_FORMAT):
        pass
    shutil.copyfile(fresh, path)
    discard(fresh)


def open_to_read(path: Path) -> sqlite3.Connection | None:
    """Return a connection that will not change the file; None when it cannot be opened."""
    with suppress(sqlite3.Error):
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None
        )
    return None


def _carry_over(
    source: sqlite3.Connection | None, target: sqlite3.Connection, memory: Memory
) -> Salvaged:
    if source is None:
        return Salvaged(damage=["it cannot be opened"])
    return carry_over(source, target, memory.in_hand)


def _said_of_spoilt(salvaged: Salvaged) -> str:
    if not salvaged.spoilt_batches:
        return ""
    return (
        f"; {salvaged.spoilt_batches} batches with {salvaged.lost_points} points were damaged and "
        f"are in the quarantine, as far as there is anything of them"
    )
