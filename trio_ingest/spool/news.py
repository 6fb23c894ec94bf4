"""What is known of the entities, in a spool's file: what each commit has brought, a row each.

Of an entity the last row that tells of it counts. Now and then all of them become one, so that
there is never much more than what a start has to read anyway. See ADR 22.
"""

import sqlite3
import zlib
from collections.abc import Mapping

import msgspec
from attrs import define, field, frozen

from trio_ingest.model.progress import Known
from trio_ingest.spool import tables
from trio_ingest.spool.rows import DamagedRowError

CREATE_NEWS = """
        CREATE TABLE news (
            number INTEGER PRIMARY KEY,
            known BLOB NOT NULL  -- zlib of MessagePack: home -> entity -> [time, fingerprint]
        ) STRICT;
"""

# What comes behind the first row, in which all was known once, may be that long.
LEAST_BYTES = 64 * 1024
TIMES_THE_FIRST = 3

KnownByHome = Mapping[str, Mapping[str, Known]]
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[str, dict[str, Known]]).decode


@frozen
class Lengths:
    """How many bytes the rows have: the first one, and those behind it."""

    first: int = 0
    behind: int = 0

    def with_one_of(self, size: int) -> "Lengths | None":
        """Return what they are with one more row; None when it is time to make one of them all."""
        if self.first == 0:
            return Lengths(size)
        longer = Lengths(self.first, self.behind + size)
        return None if longer.behind > LEAST_BYTES + TIMES_THE_FIRST * self.first else longer


@define(eq=False)
class News:
    """All that is known, as the last commit has left it, and the way to add to it.

    It is read when this is made: DamagedRowError. Nobody else may write it meanwhile.
    """

    _connection: sqlite3.Connection = field(repr=False)
    _known: dict[str, dict[str, Known]] = field(init=False, factory=dict, repr=False)
    _lengths: Lengths = field(init=False, factory=Lengths)
    _written: tuple[KnownByHome, Lengths] | None = field(init=False, default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        for (packed,) in self._connection.execute(tables.SELECT_NEWS):
            merge(self._known, unpack(packed))
            self._lengths = self._lengths.with_one_of(len(packed)) or self._lengths

    def write_down(self, known: KnownByHome) -> None:
        """Write what has become known; part of a transaction. Once it is over say `committed`."""
        self._written = None
        if not any(known.values()):
            return
        news = pack(known)
        lengths = self._lengths.with_one_of(len(news))
        if lengths is None:
            news = pack(merge(self.everything(), known))
            lengths = Lengths(len(news))
            self._connection.execute(tables.FORGET_NEWS)
        self._connection.execute(tables.ADD_NEWS, (news,))
        self._written = known, lengths

    def committed(self) -> None:
        """Take note that what was written last is on the disk."""
        if self._written is not None:
            known, self._lengths = self._written
            merge(self._known, known)
            self._written = None

    def everything(self) -> dict[str, dict[str, Known]]:
        """Return a copy of all that is known."""
        return {home: dict(entities) for home, entities in self._known.items()}


def read_all(connection: sqlite3.Connection) -> KnownByHome:
    """Return all that is known. Raises DamagedRowError."""
    return News(connection).everything()


def pack(known: KnownByHome) -> bytes:
    """Return the bytes of a row."""
    return zlib.compress(_encode(known), level=1)


def unpack(packed: bytes) -> dict[str, dict[str, Known]]:
    """Return what a row tells; the inverse of `pack`. Raises DamagedRowError."""
    try:
        return _decode(zlib.decompress(packed))
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError, TypeError) as error:
        raise DamagedRowError(f"what is known of entities: {error}") from error


def merge(known: dict[str, dict[str, Known]], news: KnownByHome) -> dict[str, dict[str, Known]]:
    """Add *news* to what is *known*, and return that."""
    for home, entities in news.items():
        if entities:
            known.setdefault(home, {}).update(entities)
    return known


def bring_over(connection: sqlite3.Connection) -> None:
    """Make a row of all that is known of the table with a row for each entity, of format 2."""
    known: dict[str, dict[str, Known]] = {}
    for home, entity_id, time, fingerprint in connection.execute("SELECT * FROM known"):
        known.setdefault(home, {})[entity_id] = Known(time, fingerprint)
    connection.execute(CREATE_NEWS)
    connection.execute("DROP TABLE known")
    News(connection).write_down(known)
