"""The progress of a lane in the tables of its spool; each function is part of a transaction."""

import sqlite3
from collections.abc import Mapping, Sequence

from attrs import asdict

from trio_ingest.model.batch import Batch
from trio_ingest.model.gap import Gap, GapOutcome, GapReason
from trio_ingest.model.instant import MICROSECONDS_PER_SECOND
from trio_ingest.model.progress import Progress, Recollection
from trio_ingest.spool import tables
from trio_ingest.spool.news import KnownByHome
from trio_ingest.spool.policy import StoredBatch
from trio_ingest.spool.rows import open_gap
from trio_ingest.sqlite_file import read_number

TOUCHING = 60 * MICROSECONDS_PER_SECOND  # missing intervals that are nearer are one


def commit(connection: sqlite3.Connection, progress: Progress, now: int) -> None:
    """Write down *progress*, but for what is known of entities, which `News` does."""
    connection.executemany(tables.SET_CHECKPOINT, progress.checkpoint.items())
    for gap in progress.opened:
        row = {**asdict(gap), "points": 0, "is_found": 1, "outcome": GapOutcome.OPEN, "now": now}
        connection.execute(tables.FIND_GAP, row)
        connection.execute(tables.OPEN_GAP, row)
    for repair in progress.repairs:
        row = {**asdict(repair.gap), "outcome": repair.outcome, "why": repair.why, "now": now}
        remainder = repair.remainder
        if remainder is None:
            connection.execute(tables.CLOSE_GAP, row)
            connection.execute(tables.FORGET_CLOSED_GAPS)
        else:
            _advance(connection, row, remainder.first)


def _advance(connection: sqlite3.Connection, row: Mapping[str, object], until: int) -> None:
    """Let the gap of *row* begin at *until*, also when another one does."""
    if connection.execute(tables.ADVANCE_GAP, {**row, "until": until}).rowcount:
        return
    for last, points in connection.execute(tables.TAKE_GAP, {**row, "until": until}).fetchall():
        rest = {**row, "first": until, "last": last, "points": points, "is_found": 1}
        connection.execute(tables.OPEN_GAP, {**rest, "outcome": GapOutcome.OPEN})


def miss(
    connection: sqlite3.Connection,
    batch: Batch | StoredBatch,
    reason: GapReason,
    now: int,
    outcome: GapOutcome = GapOutcome.OPEN,
) -> None:
    """Write down that what is in *batch* is missing, in each home that it is from."""
    for home in batch.homes:
        gap = Gap(home=home, first=batch.first - 1, last=batch.last, reason=reason)
        row = {**asdict(gap), "points": batch.points, "outcome": outcome, "now": now}
        row |= {"is_found": 0, "touch": TOUCHING}
        is_open = outcome is GapOutcome.OPEN
        if is_open and connection.execute(tables.EXTEND_GAP, row).rowcount:
            continue
        connection.execute(tables.OPEN_GAP, row)


def lose(connection: sqlite3.Connection, gap: Gap, now: int) -> None:
    """Write down a gap that nobody sees to yet."""
    row = {**asdict(gap), "points": 0, "is_found": 0, "outcome": GapOutcome.OPEN, "now": now}
    connection.execute(tables.OPEN_GAP, row)


def recollect(connection: sqlite3.Connection, known: KnownByHome) -> Recollection:
    """Return all that was written down, with what is *known* of entities."""
    checkpoint = dict(connection.execute(tables.SELECT_CHECKPOINT))
    return Recollection(checkpoint=checkpoint, known=known, gaps=open_gaps(connection))


def open_gaps(connection: sqlite3.Connection) -> Sequence[Gap]:
    """Return the gaps that are open, those that begin first before the others."""
    return _gaps(connection, tables.SELECT_OPEN_GAPS)


def lost_gaps(connection: sqlite3.Connection) -> Sequence[Gap]:
    """Return those of them that the spool itself has made, and that nobody sees to yet."""
    return _gaps(connection, tables.SELECT_LOST_GAPS)


def _gaps(connection: sqlite3.Connection, query: str) -> Sequence[Gap]:
    return tuple(open_gap(*row) for row in connection.execute(query))


def count_open_gaps(connection: sqlite3.Connection) -> int:
    """Return how many gaps are open."""
    return read_number(connection, tables.COUNT_OPEN_GAPS)
