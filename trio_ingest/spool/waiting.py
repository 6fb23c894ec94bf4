"""Read the batches that wait in a spool, from outside, one look after the other."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from attrs import frozen

from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.spool import tables
from trio_ingest.spool.reading import look

LAST_NUMBER = 2**63 - 1


@frozen(kw_only=True)
class Unreadable:
    """A batch of which the row makes no sense; `why` says what is wrong with it."""

    number: int
    why: str


@frozen(kw_only=True)
class Waiting:
    """A batch in the spool. Its body may be damaged."""

    number: int
    batch: Batch


def waiting(path: Path, up_to: int) -> Iterator[Waiting | Unreadable]:
    """Yield the batches up to that number, the oldest first. Raises UnusableFileError.

    Those that the daemon delivers meanwhile are left out, if they were not yielded before. Those of
    which it makes one may come twice, and with some that came later: none is left out for that.
    """
    after = 0
    while rows := look(path, partial(read_rows, after=after, up_to=up_to)):
        for row in rows:
            after = row["number"]
            yield interpret(row)
    if after < up_to:  # that one is delivered, or a part of the next one now
        for row in look(path, partial(read_rows, after=up_to, up_to=LAST_NUMBER))[:1]:
            yield interpret(row)


def read_rows(connection: sqlite3.Connection, after: int, up_to: int) -> Sequence[sqlite3.Row]:
    """Return the next few rows."""
    return connection.execute(tables.SELECT_BATCHES_AFTER, (after, up_to)).fetchall()


def interpret(row: sqlite3.Row) -> Waiting | Unreadable:
    """Return the batch in *row*."""
    columns = dict(row)
    number = columns.pop("number")
    try:
        encoding = Encoding(columns.pop("encoding"))
        homes = tuple(json.loads(columns.pop("homes")))
    except (ValueError, TypeError) as error:
        return Unreadable(number=number, why=str(error))
    return Waiting(number=number, batch=Batch(encoding=encoding, homes=homes, **columns))
