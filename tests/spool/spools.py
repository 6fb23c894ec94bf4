"""Spools on disk for the tests of what is done to them from outside."""

import sqlite3
from contextlib import closing
from pathlib import Path

from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.spooled import RefusedLine
from trio_ingest.spool.store import open_store

CONFIG = SpoolConfig()


def make_spool(path: Path, *batches: Batch) -> None:
    """Make a spool in which these wait."""
    with open_store(path, CONFIG) as store:
        for batch in batches:
            store.append(batch)


def refuse_lines(
    path: Path, *lines: bytes, reason: str = "no", encoding: Encoding = Encoding.LINE_PROTOCOL_US
) -> None:
    """Let a batch of *lines* come and end in the quarantine; nothing waits before it."""
    batch = Batch.of_lines([b"any"], encoding=encoding, first=1, last=2)
    with open_store(path, CONFIG) as store:
        store.append(batch)
        refused = [RefusedLine(line=each, reason=reason) for each in lines]
        store.settle(store.oldest().number, refused)


def execute(path: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    """Do something to the file by hand."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(sql, values).fetchall()


def damage_batch(path: Path, number: int) -> None:
    """Let a bit flip in the body of a batch."""
    [(body,)] = execute(path, "SELECT body FROM batch WHERE number = ?", number)
    assert isinstance(body, bytes)
    flipped = body[:-1] + bytes([body[-1] ^ 1])
    execute(path, "UPDATE batch SET body = ? WHERE number = ?", flipped, number)


def names_beside(path: Path) -> set[str]:
    """Return the names of what is in the directory of the spool."""
    return {each.name for each in path.parent.iterdir()}
