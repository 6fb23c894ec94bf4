"""The tables of a spool's file. Instants are microseconds since the epoch."""

from trio_ingest.sqlite_file import FileFormat

# Pages of 16 KiB hold a batch in few pieces; auto_vacuum lets a drained spool shrink.
SPOOL_FORMAT = FileFormat(
    noun="a spool of trio-ingest",
    application_id=0x7472_5370,  # "trSp"
    version=1,
    before_first_table="""
        PRAGMA page_size = 16384;
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

        CREATE TABLE dropped (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            reason TEXT NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            points INTEGER NOT NULL,
            dropped INTEGER NOT NULL
        ) STRICT;
    """,
)

INSERT_BATCH = """
    INSERT INTO batch (encoding, points, raw_bytes, crc32, first, last, body)
    VALUES (:encoding, :points, :raw_bytes, :crc32, :first, :last, :body)
"""

ADVANCE_CHECKPOINT = """
    INSERT INTO checkpoint (home, time) VALUES (?, ?)
    ON CONFLICT (home) DO UPDATE SET time = max(time, excluded.time)
"""

SELECT_OLDEST = """
    SELECT number, encoding, points, raw_bytes, crc32, first, last, body
    FROM batch ORDER BY number LIMIT 1
"""

DELETE_BATCH = """
    DELETE FROM batch WHERE number = ?
    RETURNING encoding, points, length(body) AS size_bytes
"""

SELECT_DROPPABLE = """
    SELECT number, length(body) AS size_bytes, points, first, last
    FROM batch WHERE number IS NOT ? ORDER BY number
"""

SELECT_TOTALS = """
    SELECT count(*) AS batches, ifnull(sum(points), 0) AS points,
        ifnull(sum(length(body)), 0) AS size_bytes, min(first) AS oldest,
        (SELECT count(*) FROM quarantine) AS quarantined_lines
    FROM batch
"""

# Intervals that touch are one, or a long outage would leave a row for each batch.
EXTEND_DROPPED = """
    UPDATE dropped
    SET first = min(first, :first), last = max(last, :last),
        points = points + :points, dropped = :now
    WHERE number = (SELECT max(number) FROM dropped) AND reason = :reason
        AND first - :touch <= :last AND :first <= last + :touch
"""

INSERT_DROPPED = """
    INSERT INTO dropped (reason, first, last, points, dropped)
    VALUES (:reason, :first, :last, :points, :now)
"""

INSERT_QUARANTINE = """
    INSERT INTO quarantine (line, reason, encoding, batch, quarantined) VALUES (?, ?, ?, ?, ?)
"""

FORGET_QUARANTINE = """
    DELETE FROM quarantine WHERE number IN (
        SELECT number FROM (
            SELECT number, row_number() OVER newest_first AS lines,
                sum(length(line)) OVER newest_first AS size_bytes
            FROM quarantine WINDOW newest_first AS (ORDER BY number DESC)
        )
        WHERE lines > :lines OR size_bytes > :size_bytes
    )
"""
