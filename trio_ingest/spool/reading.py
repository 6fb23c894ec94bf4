"""Look into a spool from outside, whether a daemon has it open or not, and leave no trace.

Each look is short and sees one moment. A long one would keep SQLite from beginning its journal
anew, so that it grew for as long as somebody pages through an export.
"""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from attrs import frozen

from trio_ingest.spool.tables import SPOOL_FORMAT
from trio_ingest.sqlite_file import UnusableFileError, explaining, open_existing

T = TypeVar("T")

TRIES = 10


class NoSpoolError(UnusableFileError):
    """There is no spool."""


def look(path: Path, see: Callable[[sqlite3.Connection], T]) -> T:
    """Return what *see* returns of the spool at *path*. Raises UnusableFileError.

    While a daemon runs there is a journal, and the file is read together with it. Otherwise the
    file is all there is, and is read as one that nobody changes, or SQLite would make a journal
    for us. Should a daemon start or stop just then, *see* is called again.
    """
    with explaining_access(path):
        for tries_left in reversed(range(TRIES)):
            before = observe(path)
            mode = "mode=ro" if before.has_journal else "mode=ro&immutable=1"
            try:
                with open_existing(path, SPOOL_FORMAT, mode) as connection:
                    connection.row_factory = sqlite3.Row
                    seen = see(connection)
            except sqlite3.Error:
                if tries_left and observe(path) != before:
                    continue
                raise
            if before.has_journal or observe(path) == before:
                return seen
        raise UnusableFileError(f"{path} comes and goes, and cannot be read. Try it again.")


@frozen
class Appearance:
    """How a file looks from outside."""

    has_journal: bool
    size: int
    modified: int


def observe(path: Path) -> Appearance:
    """Look at the file. Raises NoSpoolError when it is not there, or empty as yet."""
    try:
        status = path.stat()
    except FileNotFoundError:
        message = f"{path}: there is no spool. The daemon makes it when it runs."
        raise NoSpoolError(message) from None
    has_journal = path.with_name(f"{path.name}-wal").exists()
    if not status.st_size and not has_journal:
        raise NoSpoolError(f"{path}: there is no spool yet, the file is empty.")
    return Appearance(has_journal, status.st_size, status.st_mtime_ns)


@contextmanager
def explaining_access(path: Path) -> Generator[None]:
    """Translate what goes wrong with a spool that a daemon may have open."""
    with explaining(path, SPOOL_FORMAT):
        try:
            yield
        except (BlockingIOError, sqlite3.OperationalError) as error:
            busy = isinstance(error, BlockingIOError) or "locked" in str(error)
            if not busy:
                raise
            raise UnusableFileError(
                f"{path} is locked: another program is writing to it and does not end. "
                f"Try it again."
            ) from error
