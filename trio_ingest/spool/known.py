"""Of which entities a spool knows, seen from outside."""

import sqlite3
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from trio_ingest.spool import tables
from trio_ingest.spool.reading import look
from trio_ingest.sqlite_file import UnusableFileError


def known_entities(path: Path, home: str) -> Collection[str]:
    """Return the entities of *home* of which something was heard, also those that are gone.

    None, where there is no spool, or none that can be read.
    """

    def see(connection: sqlite3.Connection) -> Collection[str]:
        rows = connection.execute(tables.SELECT_KNOWN).fetchall()
        return {row["entity_id"] for row in rows if row["home"] == home}

    with suppress(UnusableFileError, sqlite3.Error):
        return look(path, see)
    return ()
