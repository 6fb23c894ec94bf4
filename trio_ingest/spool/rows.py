"""What the rows of a spool's file say, or that they cannot be true: bits flip."""

import json
from collections.abc import Mapping, Sequence

from attrs import asdict

from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.gap import Gap, GapReason
from trio_ingest.model.spooled import SpooledBatch
from trio_ingest.spool.policy import StoredBatch

Row = Mapping[str, object]


class DamagedRowError(Exception):
    """A row was read, and makes no sense."""


def spooled_batch(row: Row) -> SpooledBatch:
    """Return the batch of *row*. Its body is not looked into. Raises DamagedRowError."""
    stored = stored_batch({**row, "size_bytes": 0})
    raw_bytes, crc32 = _number(row, "raw_bytes"), _number(row, "crc32")
    body = row["body"]
    if not isinstance(body, bytes):
        raise DamagedRowError(f"the body of batch {stored.number} is no bytes")
    if not 0 < stored.points <= raw_bytes:
        raise DamagedRowError(f"batch {stored.number} cannot have {stored.points} points")
    try:
        encoding = Encoding(str(row["encoding"]))
    except ValueError as error:
        raise DamagedRowError(f"batch {stored.number}: {error}") from error
    batch = Batch(
        encoding=encoding,
        body=body,
        points=stored.points,
        raw_bytes=raw_bytes,
        crc32=crc32,
        first=stored.first,
        last=stored.last,
        homes=stored.homes,
    )
    return SpooledBatch(number=stored.number, batch=batch)


def batch_row(spooled: SpooledBatch) -> Row:
    """Return the columns of a batch; the inverse of `spooled_batch`."""
    batch = spooled.batch
    row = asdict(batch, recurse=False)
    return {**row, "number": spooled.number, "homes": json.dumps(batch.homes)}


def stored_batch(row: Row) -> StoredBatch:
    """Return what *row* says of a batch, apart from its body. Raises DamagedRowError."""
    return StoredBatch(
        number=_number(row, "number"),
        size_bytes=_number(row, "size_bytes"),
        points=_number(row, "points"),
        first=_number(row, "first"),
        last=_number(row, "last"),
        homes=_homes(row["homes"]),
    )


def open_gap(home: str, reason: str, first: int, last: int | None) -> Gap:
    """Return the gap of a row. Raises DamagedRowError."""
    try:
        return Gap(home=home, reason=GapReason(reason), first=first, last=last)
    except ValueError as error:
        raise DamagedRowError(f"a gap of {home}: {error}") from error


def _homes(text: object) -> Sequence[str]:
    try:
        homes = json.loads(str(text))
    except ValueError as error:
        raise DamagedRowError(f"the homes of a batch are not JSON: {error}") from error
    if not isinstance(homes, list) or not all(isinstance(home, str) for home in homes):
        raise DamagedRowError(f"the homes of a batch are no list of names: {text!r}")
    return tuple(homes)


def _number(row: Row, column: str) -> int:
    value = row[column]
    if not isinstance(value, int):
        raise DamagedRowError(f"{column} is {value!r}, no number")
    return value
