"""Add a batch to a spool from outside, while a daemon has it open: it delivers it like its own.

The file is opened anew each time, for the daemon may have put another one in its place meanwhile.
"""

import json
import os
import sqlite3
from pathlib import Path

from attrs import asdict, frozen

from trio_ingest.model.batch import Batch
from trio_ingest.spool import tables
from trio_ingest.spool.file_format import SPOOL_FORMAT
from trio_ingest.spool.reading import explaining_access
from trio_ingest.spool.spare_disk import insist_on_spare_disk
from trio_ingest.spool.writing import COMMAND_PATIENCE_SECONDS, WritingLock, open_writing_lock
from trio_ingest.sqlite_file import open_existing


@frozen(kw_only=True)
class Room:
    """How much may wait in a spool for another batch to be added: few batches, or few bytes."""

    batches: int
    size_bytes: int

    def admits(self, batches: int, size_bytes: int, added_bytes: int) -> bool:
        """Say whether there is room for *added_bytes* beside what waits."""
        return batches < self.batches and size_bytes + added_bytes <= self.size_bytes


def add(path: Path, batch: Batch, room: Room) -> bool:
    """Commit *batch*, without its progress; False, and nothing is changed, when there is no room.

    Should the file be exchanged for another one just then, the batch goes into that one, too.
    Raises UnusableFileError, and OSError when the disk is full.
    """
    insist_on_spare_disk(path)
    with (
        explaining_access(path),
        open_writing_lock(path, COMMAND_PATIENCE_SECONDS) as writing,
    ):
        while True:
            before = path.stat()
            is_added = _add(path, batch, room, writing)
            if os.path.samestat(before, path.stat()):
                return is_added


def _add(path: Path, batch: Batch, room: Room, writing: WritingLock) -> bool:
    with (
        writing.held_at_both_ends(open_existing(path, SPOOL_FORMAT, "mode=rw")) as connection,
        writing,
        connection,
    ):
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")  # the daemon's business
        connection.execute("BEGIN IMMEDIATE")
        totals = connection.execute(tables.SELECT_TOTALS).fetchone()
        if not room.admits(totals["batches"], totals["size_bytes"], len(batch.body)):
            return False
        row = {**asdict(batch, recurse=False), "homes": json.dumps(batch.homes)}
        connection.execute(tables.INSERT_BATCH, row)
    return True
