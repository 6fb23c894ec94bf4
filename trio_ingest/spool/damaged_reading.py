"""Read the tables of a damaged file row by row, around what cannot be read."""

import sqlite3
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from attrs import field, frozen

from trio_ingest.sqlite_file import SAID_BY_SQLITE

PROBED_NUMBERS = 200_000  # some seconds; the number that was given last may be damaged, too
Values = dict[str, object]


@frozen(kw_only=True)
class Table:
    """A table that is read: the columns we need, and what stands for those that may be missing.

    With a `number` as its key, rows in the middle of what is damaged are looked for one by one.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...] = ("number",)
    defaults: Mapping[str, str] = field(factory=dict)
    """SQL literals."""
    bulky: str | None = None
    """The column that may be unreadable while the rest of its row is not; it is None then."""
    is_outdated: bool = False
    """Only files of older formats have it."""

    @property
    def is_numbered(self) -> bool:
        """Say whether the key is a number."""
        return self.key == ("number",)


@contextmanager
def lenient(connection: sqlite3.Connection) -> Generator[None]:
    """Let SQLite read meanwhile what it can, and texts be what they are."""
    text_factory = connection.text_factory
    connection.text_factory = _decode
    try:
        # So it reads a file that was cut, and skips what it does not understand of the schema.
        connection.execute("PRAGMA writable_schema = ON")
        yield
    finally:
        connection.text_factory = text_factory
        connection.execute("PRAGMA writable_schema = OFF")


def read(connection: sqlite3.Connection, table: Table, damage: list[str]) -> Generator[Values]:
    """Yield the rows that can be read, some perhaps twice; what was in the way goes to *damage*."""
    try:
        columns = _columns(connection, table)
    except (*SAID_BY_SQLITE, LookupError) as error:
        damage.append(f"{table.name}: {error}")
        return
    if not columns:
        return
    select = f"SELECT {', '.join(columns.values())} FROM {table.name}"  # noqa: S608 - our names
    ends = []
    for direction in ("ASC", "DESC"):
        order = ", ".join(f"{column} {direction}" for column in table.key)
        last: Values = {}
        try:
            for row in _rows(connection, f"{select} ORDER BY {order}"):
                last = dict(zip(table.columns, row, strict=True))
                yield last
        except SAID_BY_SQLITE as error:
            damage.append(f"{table.name}: {error}")
            ends.append(last.get("number"))
        else:
            return  # one way without a stumble is all there is
    if table.is_numbered:
        yield from _between(connection, table, columns, ends)


def last_number(connection: sqlite3.Connection, table: str) -> int:
    """Return the number that was given last; 0 when it cannot be read."""
    query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
    try:
        rows = list(_rows(connection, query, table))
    except SAID_BY_SQLITE:
        return 0
    numbers = [row[0] for row in rows if isinstance(row[0], int) and 0 <= row[0] < 2**62]
    return max(numbers, default=0)


def _between(
    connection: sqlite3.Connection,
    table: Table,
    columns: Mapping[str, str],
    ends: list[object],
) -> Generator[Values]:
    """Look for the rows between the last one before the damage and the first one behind it."""
    known_last = last_number(connection, table.name)
    low = ends[0] if isinstance(ends[0], int) else 0
    high = ends[1] if isinstance(ends[1], int) else known_last + 1
    slim = {**columns, table.bulky: "NULL"} if table.bulky else {}
    for number in range(low + 1, min(high, known_last + 1, low + 1 + PROBED_NUMBERS)):
        for choice in filter(None, (columns, slim)):
            query = f"SELECT {', '.join(choice.values())} FROM {table.name} WHERE number = ?"  # noqa: S608
            try:
                rows = list(_rows(connection, query, number))
            except SAID_BY_SQLITE:
                continue
            yield from (dict(zip(table.columns, row, strict=True)) for row in rows)
            break


def _columns(connection: sqlite3.Connection, table: Table) -> Mapping[str, str]:
    """Return for each column what to select. Raises LookupError when we need one that is not."""
    there = {row[1] for row in _rows(connection, f"PRAGMA table_info({table.name})")}
    if table.is_outdated and not there:
        return {}
    missing = [each for each in table.columns if each not in there and each not in table.defaults]
    if missing:
        raise LookupError(f"without {', '.join(missing)}")
    return {each: each if each in there else table.defaults[each] for each in table.columns}


def _rows(
    connection: sqlite3.Connection, query: str, *parameters: object
) -> Generator[tuple[object, ...]]:
    cursor = connection.cursor()
    cursor.row_factory = None
    yield from cursor.execute(query, parameters)


def _decode(text: bytes) -> str:
    return text.decode("utf-8", "replace")
