"""Of which entities a spool knows, seen from outside."""

import sqlite3
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from trio_ingest.spool import news
from trio_ingest.spool.reading import look
from trio_ingest.spool.rows import DamagedRowError
from trio_ingest.sqlite_file import UnusableFileError


def known_entities(path: Path, home: str) -> Collection[str]:
    """Return the entities of *home* of which something was heard, also those that are gone.

    None, where there is no spool, or none that can be read.
    """

    def see(connection: sqlite3.Connection) -> Collection[str]:
        return set(news.read_all(connection).get(home, ()))

    with suppress(UnusableFileError, DamagedRowError, sqlite3.Error):
        return look(path, see)
    return ()
