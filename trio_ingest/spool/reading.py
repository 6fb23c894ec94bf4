"""Look into a spool from outside, whether a daemon has it open or not, and leave no trace."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

from trio_ingest import sqlite_looking
from trio_ingest.spool.file_format import SPOOL_FORMAT

T = TypeVar("T")

NoSpoolError = sqlite_looking.NoFileError


def look(path: Path, see: Callable[[sqlite3.Connection], T]) -> T:
    """Return what *see* returns of the spool at *path*. Raises UnusableFileError."""
    return sqlite_looking.look(path, SPOOL_FORMAT, "spool", see)


def explaining_access(path: Path) -> AbstractContextManager[None]:
    """Translate what goes wrong with a spool that a daemon may have open."""
    return sqlite_looking.explaining_access(path, SPOOL_FORMAT)
