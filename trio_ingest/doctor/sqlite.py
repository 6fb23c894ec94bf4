"""Checks the file of an embedded database; to make it is left to the daemon, as its owner."""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from trio_ingest.config.sink_model import SqliteSinkConfig
from trio_ingest.doctor.finding import About, Finding
from trio_ingest.sinks.sqlite_tables import DATABASE_FORMAT
from trio_ingest.sqlite_file import UnusableFileError, explaining, open_existing
from trio_ingest.words import show_size

CHECK = "database"


def check_sqlite(config: SqliteSinkConfig) -> Sequence[Finding]:
    """Look at the file. Blocks."""
    about = About(f"sink.{config.name}")
    path = config.path
    if not path.exists():
        return [judge_place(about, path)]
    try:
        with explaining(path, DATABASE_FORMAT), open_existing(path, DATABASE_FORMAT, mode(path)):
            size = path.stat().st_size
    except UnusableFileError as error:
        return [about.failed(CHECK, str(error), "The daemon would not start with it.")]
    if not os.access(path, os.W_OK):
        return [not_writable(about, path)]
    version = sqlite3.sqlite_version
    what = f"{path} is a database of trio-ingest ({show_size(size)}, SQLite {version})"
    return [about.ok(CHECK, what)]


def mode(path: Path) -> str:
    """Return how to open it so that no journal is made for us; see `spool/reading.py`."""
    has_journal = path.with_name(f"{path.name}-wal").exists()
    return "mode=ro" if has_journal else "mode=ro&immutable=1"


def judge_place(about: About, path: Path) -> Finding:
    """Say whether the file could be made."""
    place = next(each for each in path.parents if each.exists())
    if os.access(place, os.W_OK | os.X_OK):
        return about.ok(CHECK, f"{path} is not there yet; the daemon makes it")
    return not_writable(about, place)


def not_writable(about: About, path: Path) -> Finding:
    """Return that this user may not write there."""
    return about.failed(
        CHECK, f"{path} is not writable for this user", "Run this, and the daemon, as its owner."
    )
