"""How much the quarantine of a spool may hold."""

import sqlite3

from trio_ingest.config.common import MIB
from trio_ingest.spool import tables

QUARANTINE_LINES = 10_000
QUARANTINE_BYTES = 64 * MIB


def bound_quarantine(connection: sqlite3.Connection) -> int:
    """Let the oldest lines go that are too many; return how many."""
    bounds = {"lines": QUARANTINE_LINES, "size_bytes": QUARANTINE_BYTES}
    return connection.execute(tables.FORGET_QUARANTINE, bounds).rowcount
