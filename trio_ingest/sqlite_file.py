"""Open a SQLite file of ours, or say clearly why it cannot be used.

A format is told by SQLite's own header fields: `application_id` says whose file it is and
`user_version` which tables are in it. What is committed is on the platter: the journal is WAL, so
that others may read meanwhile, with `synchronous=FULL`, so that a commit survives the power cut.
"""

import os
import sqlite3
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from attrs import field, frozen

PATIENCE_SECONDS = 1.0  # how long one statement waits for another process that is writing

NEWER = "newer-format"
# Its words repeat names of the schema. When those are damaged they may be no text, and Python says
# that instead.
SAID_BY_SQLITE = (sqlite3.DatabaseError, UnicodeDecodeError)
DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})


class UnusableFileError(Exception):
    """A file cannot be used; the message says which, why, and what to do. Waiting will not help."""


class UnreadableFileError(UnusableFileError):
    """What is in the file is the trouble; a new one in its place would do.

    `condition` says what it is, in a word: damaged, foreign, or newer-format-3.
    """

    def __init__(self, path: Path, *, condition: str, reason: str, advice: str) -> None:
        super().__init__(f"{path} {reason}. {advice}")
        self.condition = condition
        self.reason = reason


@frozen(kw_only=True)
class FileFormat:
    """What marks a file as ours, and how to make a new one.

    `before_first_table` holds the pragmas that SQLite takes in an empty file only, `upgrades` what
    makes an older version the next one: SQL, or what is done in the transaction.
    """

    noun: str
    application_id: int
    version: int
    tables: str
    before_first_table: str = ""
    upgrades: Mapping[int, str | Callable[[sqlite3.Connection], None]] = field(factory=dict)


@contextmanager
def open_sqlite(path: Path, file_format: FileFormat) -> Generator[sqlite3.Connection]:
    """Open the file, made first (for its owner alone) when it is missing.

    The connection is in autocommit mode: a transaction begins where the code says BEGIN. It may be
    used from any thread, by one at a time. Raises UnusableFileError.
    """
    with explaining(path, file_format):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        connection = sqlite3.connect(
            path, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
        )
    with closing(connection):
        with explaining(path, file_format):
            if _is_empty(connection):
                _create(connection, file_format)
            version = _recognise(connection, path, file_format)
            _upgrade(connection, file_format, version)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        yield connection


@contextmanager
def open_existing(path: Path, file_format: FileFormat, query: str) -> Generator[sqlite3.Connection]:
    """Open a file that is there, just as it is; *query* are SQLite's parameters for its URI.

    Nothing is made and nothing is brought up to date. Raises UnusableFileError when it is not of
    the present format, and what SQLite raises.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{query}",
        uri=True,
        timeout=PATIENCE_SECONDS,
        isolation_level=None,
    )
    with closing(connection):
        version = _recognise(connection, path, file_format)
        if version < file_format.version:
            raise UnusableFileError(
                f"{path} was written by an older trio-ingest (format {version}; this one knows "
                f"{file_format.version}). The daemon brings it up to date when it starts."
            )
        yield connection


@contextmanager
def explaining(path: Path, file_format: FileFormat) -> Generator[None]:
    """Translate what SQLite or the system says of the file into an UnusableFileError."""
    try:
        yield
    except (OSError, *SAID_BY_SQLITE) as error:
        if isinstance(error, SAID_BY_SQLITE) and _is_unreadable(error, path):
            raise damaged(path, file_format, str(error)) from error
        raise UnusableFileError(
            f"{path} cannot be opened as {file_format.noun}: {error}. Check that this user may "
            f"write to the file and its directory, and that the disk has room."
        ) from error


def damaged(path: Path, file_format: FileFormat, why: str) -> UnreadableFileError:
    """Return the error for a file in which not everything is as it should be."""
    return UnreadableFileError(
        path,
        condition="damaged",
        reason=f"is damaged, or not {file_format.noun}: {why}",
        advice="Move it away, with the -wal and -shm files beside it: a new one is made at the "
        "next start.",
    )


def is_damage(error: sqlite3.DatabaseError | UnicodeDecodeError) -> bool:
    """Say whether the file's content is to blame: neither the disk's weather nor a bug of ours."""
    if isinstance(error, UnicodeDecodeError):
        return True
    # Python itself finds that a text is not UTF-8, and then there is no code.
    return _code(error) in DAMAGE or "Could not decode to UTF-8" in str(error)


def _is_unreadable(error: sqlite3.DatabaseError | UnicodeDecodeError, path: Path) -> bool:
    """Say the same while the file is being opened, when the tables are not known to be there."""
    if _code(error) == sqlite3.SQLITE_READONLY:  # one byte of the header says so, too
        return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    is_weather = isinstance(error, sqlite3.OperationalError)
    return is_damage(error) or _code(error) == sqlite3.SQLITE_ERROR or not is_weather


def _code(error: sqlite3.DatabaseError | UnicodeDecodeError) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF  # the upper bits only refine it


def read_number(connection: sqlite3.Connection, query: str) -> int:
    """Return the one integer that *query* asks for."""
    (number,) = connection.execute(query).fetchone()
    return int(number)


def _is_empty(connection: sqlite3.Connection) -> bool:
    return read_number(connection, "SELECT count(*) FROM sqlite_schema") == 0


def _create(connection: sqlite3.Connection, file_format: FileFormat) -> None:
    connection.executescript(f"""
        {file_format.before_first_table}
        BEGIN IMMEDIATE;
        {file_format.tables}
        PRAGMA application_id = {file_format.application_id};
        PRAGMA user_version = {file_format.version};
        COMMIT;
    """)


def _recognise(connection: sqlite3.Connection, path: Path, file_format: FileFormat) -> int:
    """Return the version of the file."""
    if read_number(connection, "PRAGMA application_id") != file_format.application_id:
        raise UnreadableFileError(
            path,
            condition="foreign",
            reason=f"is not {file_format.noun}, but a database of another program",
            advice="Move it away, or configure another path.",
        )
    version = read_number(connection, "PRAGMA user_version")
    if version < 1:
        raise damaged(path, file_format, f"there is no format {version}")
    if version > file_format.version:
        raise UnreadableFileError(
            path,
            condition=f"{NEWER}-{version}",
            reason=f"was written by a newer trio-ingest (format {version}; this one knows "
            f"{file_format.version})",
            advice="Install the newer one again, or move the file away.",
        )
    return version


def _upgrade(connection: sqlite3.Connection, file_format: FileFormat, version: int) -> None:
    for older in range(version, file_format.version):
        upgrade = file_format.upgrades.get(older, "")
        if isinstance(upgrade, str):
            connection.executescript(f"BEGIN IMMEDIATE; {upgrade}")
        else:
            connection.execute("BEGIN IMMEDIATE")
            upgrade(connection)
        connection.execute(f"PRAGMA user_version = {older + 1}")
        connection.execute("COMMIT")
