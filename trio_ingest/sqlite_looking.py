"""Look into a SQLite file of ours from outside, whether a daemon has it open or not.

Nothing is left behind. Each look is short and sees one moment: a long one would keep SQLite from
beginning its journal anew, so that it grew for as long as somebody pages through an export.
"""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from attrs import frozen

from trio_ingest.sqlite_file import FileFormat, UnusableFileError, explaining, open_existing

T = TypeVar("T")

TRIES = 10


class NoFileError(UnusableFileError):
    """There is no such file, or nothing in it yet."""


def look(
    path: Path, file_format: FileFormat, noun: str, see: Callable[[sqlite3.Connection], T]
) -> T:
    """Return what *see* returns of the file at *path*, called a *noun*. Raises UnusableFileError.

    While a daemon runs there is a journal, and the file is read together with it. Otherwise the
    file is all there is, and is read as one that nobody changes, or SQLite would make a journal
    for us. Should a daemon start or stop just then, *see* is called again.
    """
    with explaining_access(path, file_format):
        for tries_left in reversed(range(TRIES)):
            before = observe(path, noun)
            mode = "mode=ro" if before.has_journal else "mode=ro&immutable=1"
            try:
                with open_existing(path, file_format, mode) as connection:
                    connection.row_factory = sqlite3.Row
                    seen = see(connection)
            except sqlite3.Error:
                if tries_left and observe(path, noun) != before:
                    continue
                raise
            if before.has_journal or observe(path, noun) == before:
                return seen
        raise UnusableFileError(f"{path} comes and goes, and cannot be read. Try it again.")


@frozen
class Appearance:
    """How a file looks from outside."""

    has_journal: bool
    size: int
    modified: int


def observe(path: Path, noun: str) -> Appearance:
    """Look at the file. Raises NoFileError when it is not there, or empty as yet."""
    try:
        status = path.stat()
    except FileNotFoundError:
        message = f"{path}: there is no {noun}. The daemon makes it when it runs."
        raise NoFileError(message) from None
    has_journal = path.with_name(f"{path.name}-wal").exists()
    if not status.st_size and not has_journal:
        raise NoFileError(f"{path}: there is no {noun} yet, the file is empty.")
    return Appearance(has_journal, status.st_size, status.st_mtime_ns)


@contextmanager
def explaining_access(path: Path, file_format: FileFormat) -> Generator[None]:
    """Translate what goes wrong with a file that a daemon may have open."""
    with explaining(path, file_format):
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
