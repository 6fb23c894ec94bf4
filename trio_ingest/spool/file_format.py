"""Which tables are in a spool's file. Instants are microseconds since the epoch."""

from trio_ingest.spool.news import CREATE_NEWS, bring_over
from trio_ingest.sqlite_file import FileFormat

GAP = """
        CREATE TABLE gap (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            home TEXT NOT NULL,
            reason TEXT NOT NULL,
            began INTEGER NOT NULL,   -- where it began
            first INTEGER NOT NULL,   -- where that begins which is not repaired yet
            last INTEGER,             -- null: not known yet
            points INTEGER NOT NULL,  -- dropped points, if that is why there is a gap
            is_found INTEGER NOT NULL,  -- 1: told of by the connector, who sees to it
            outcome TEXT NOT NULL,
            why TEXT NOT NULL,
            changed INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX open_gap ON gap (home, reason, first, is_found)
            WHERE outcome = 'open';
"""

# Of formats 1 and 2, see `bring_over`.
OLD_KNOWN = """
        CREATE TABLE known (
            home TEXT NOT NULL,
            entity_id TEXT NOT NULL,
            time INTEGER NOT NULL,
            fingerprint INTEGER,  -- null: removed
            PRIMARY KEY (home, entity_id)
        ) STRICT, WITHOUT ROWID;
"""

# A commit writes whole pages, and of small ones a third as much as of 16 KiB. auto_vacuum lets a
# drained spool shrink. Files of older versions keep the pages that they have.
SPOOL_FORMAT = FileFormat(
    noun="a spool of trio-ingest",
    application_id=0x7472_5370,  # "trSp"
    version=3,
    before_first_table="""
        PRAGMA page_size = 4096;
        PRAGMA auto_vacuum = INCREMENTAL;
    """,
    tables="""
        CREATE TABLE batch (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            encoding TEXT NOT NULL,
            points INTEGER NOT NULL,
            raw_bytes INTEGER NOT NULL,
            crc32 INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            homes TEXT NOT NULL,  -- a JSON array
            body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX batch_by_first ON batch (first);

        CREATE TABLE checkpoint (
            home TEXT PRIMARY KEY,
            time INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE quarantine (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            line BLOB NOT NULL,
            reason TEXT NOT NULL,
            encoding TEXT NOT NULL,
            batch INTEGER NOT NULL,
            quarantined INTEGER NOT NULL
        ) STRICT;
    """
    + CREATE_NEWS
    + GAP,
    upgrades={
        1: "ALTER TABLE batch ADD COLUMN homes TEXT NOT NULL DEFAULT '[]'; DROP TABLE dropped;"
        + OLD_KNOWN
        + GAP,
        2: bring_over,
    },
)
