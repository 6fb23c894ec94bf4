"""What is said to the tables of a spool's file, see `file_format`."""

INSERT_BATCH = """
    INSERT INTO batch (encoding, points, raw_bytes, crc32, first, last, homes, body)
    VALUES (:encoding, :points, :raw_bytes, :crc32, :first, :last, :homes, :body)
"""

SET_CHECKPOINT = """
    INSERT INTO checkpoint (home, time) VALUES (?, ?)
    ON CONFLICT (home) DO UPDATE SET time = excluded.time
"""

ADD_NEWS = "INSERT INTO news (known) VALUES (?)"

SELECT_NEWS = "SELECT known FROM news ORDER BY number"

FORGET_NEWS = "DELETE FROM news"

SELECT_OLDEST = """
    SELECT number, encoding, points, raw_bytes, crc32, first, last, homes, body
    FROM batch ORDER BY number LIMIT 1
"""

SELECT_FOLLOWERS = """
    SELECT number, encoding, points, raw_bytes, crc32, first, last, homes, body
    FROM batch WHERE number > ? ORDER BY number
"""

REWRITE_BATCH = """
    UPDATE batch SET points = :points, raw_bytes = :raw_bytes, crc32 = :crc32, first = :first,
        last = :last, homes = :homes, body = :body
    WHERE number = :number
"""

DELETE_BATCH = """
    DELETE FROM batch WHERE number = ?
    RETURNING number, encoding, points, length(body) AS size_bytes, first, last, homes
"""

SELECT_DROPPABLE = """
    SELECT number, length(body) AS size_bytes, points, first, last, homes
    FROM batch WHERE number IS NOT ? ORDER BY number
"""

SELECT_TOTALS = """
    SELECT count(*) AS batches, ifnull(sum(points), 0) AS points,
        ifnull(sum(length(body)), 0) AS size_bytes, min(first) AS oldest,
        (SELECT count(*) FROM quarantine) AS quarantined_lines,
        (SELECT count(*) FROM gap WHERE outcome = 'open') AS open_gaps
    FROM batch
"""

SELECT_WAITING = """
    SELECT count(*) AS batches, ifnull(sum(points), 0) AS points,
        ifnull(sum(length(body)), 0) AS size_bytes, min(first) AS oldest, max(last) AS newest,
        ifnull(max(number), 0) AS last_number
    FROM batch
"""

SELECT_ENCODINGS = "SELECT encoding, sum(points) FROM batch GROUP BY encoding ORDER BY encoding"

SELECT_BATCHES_AFTER = """
    SELECT number, encoding, points, raw_bytes, crc32, first, last, homes, body
    FROM batch WHERE number > ? AND number <= ? ORDER BY number LIMIT 16
"""

SELECT_GAPS = """
    SELECT home, reason, began, first, last, points, outcome, why FROM gap
    WHERE (outcome = 'open') = ? ORDER BY number DESC LIMIT ?
"""

SELECT_DROPPED = """
    SELECT reason, sum(points) FROM gap GROUP BY reason HAVING sum(points) > 0 ORDER BY reason
"""

SELECT_CHECKPOINT = "SELECT home, time FROM checkpoint"

COUNT_OPEN_GAPS = "SELECT count(*) FROM gap WHERE outcome = 'open'"

SELECT_OPEN_GAPS = """
    SELECT home, reason, first, last FROM gap WHERE outcome = 'open' ORDER BY first, number
"""

SELECT_LOST_GAPS = """
    SELECT home, reason, first, last FROM gap
    WHERE outcome = 'open' AND NOT is_found ORDER BY first, number
"""

# What the spool had lost is seen to from now on.
FIND_GAP = """
    UPDATE OR IGNORE gap SET is_found = 1, changed = :now
    WHERE home = :home AND reason = :reason AND first = :first AND outcome = 'open'
"""

OPEN_GAP = """
    INSERT INTO gap (home, reason, began, first, last, points, is_found, outcome, why, changed)
    VALUES (:home, :reason, :first, :first, :last, :points, :is_found, :outcome, '', :now)
    ON CONFLICT (home, reason, first, is_found) WHERE outcome = 'open' DO UPDATE
    SET last = CASE
            WHEN excluded.last IS NULL THEN last
            ELSE max(ifnull(last, excluded.last), excluded.last)
        END,
        points = points + excluded.points, changed = excluded.changed
"""

# Dropped intervals that touch are one, or a long outage would leave a row for each batch. But those
# that are seen to stay as they are: what is fetched for them may have to be dropped again.
EXTEND_GAP = """
    UPDATE gap
    SET last = max(last, :last), points = points + :points, changed = :now
    WHERE number = (
            SELECT max(number) FROM gap
            WHERE home = :home AND reason = :reason AND outcome = 'open' AND NOT is_found
        )
        AND first <= :first AND :first <= last + :touch
"""

ADVANCE_GAP = """
    UPDATE OR IGNORE gap SET first = :until, changed = :now
    WHERE home = :home AND reason = :reason AND first = :first AND outcome = 'open' AND is_found
"""

# When the gap has grown meanwhile it stays open from there.
CLOSE_GAP = """
    UPDATE OR IGNORE gap
    SET outcome = CASE WHEN last > :last THEN 'open' ELSE :outcome END,
        first = ifnull(:last, first), why = :why, changed = :now
    WHERE home = :home AND reason = :reason AND first = :first AND outcome = 'open' AND is_found
"""

# A gap that would move to where another one begins becomes a part of that one.
TAKE_GAP = """
    DELETE FROM gap
    WHERE home = :home AND reason = :reason AND first = :first AND outcome = 'open' AND is_found
        AND EXISTS (
            SELECT * FROM gap AS other WHERE other.home = :home AND other.reason = :reason
                AND other.first = :until AND other.outcome = 'open' AND other.is_found
                AND other.number <> gap.number
        )
    RETURNING last, points
"""

FORGET_CLOSED_GAPS = """
    DELETE FROM gap WHERE outcome <> 'open' AND number <= (
        SELECT number FROM gap WHERE outcome <> 'open' ORDER BY number DESC LIMIT 1 OFFSET 1000
    )
"""

PURGE_BATCHES = """
    DELETE FROM batch WHERE number IN (
        SELECT number FROM batch
        WHERE number <= :up_to AND (:before IS NULL OR last < :before)
            AND NOT (:spares_oldest AND number = (SELECT min(number) FROM batch))
        ORDER BY number LIMIT :most
    )
    RETURNING points, first, last, homes
"""

# What is purged at one time is one gap a home, however many batches that are.
WRITE_PURGE = """
    INSERT INTO gap (
        number, home, reason, began, first, last, points, is_found, outcome, why, changed
    )
    VALUES (:number, :home, :reason, :first, :first, :last, :points, 0, :outcome, :why, :now)
    ON CONFLICT (number) DO UPDATE
    SET began = min(began, excluded.began), first = min(first, excluded.first),
        last = max(last, excluded.last), points = points + excluded.points
    RETURNING number
"""

SELECT_PURGES = "SELECT number, points FROM gap WHERE reason = 'purged'"

INSERT_QUARANTINE = """
    INSERT INTO quarantine (line, reason, encoding, batch, quarantined) VALUES (?, ?, ?, ?, ?)
"""

SELECT_QUARANTINE = """
    SELECT number, line, reason, encoding, batch, quarantined FROM quarantine
"""

COUNT_QUARANTINE = "SELECT count(*) FROM quarantine"

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

RESTORE_BATCH = """
    INSERT OR IGNORE INTO batch
        (number, encoding, points, raw_bytes, crc32, first, last, homes, body)
    VALUES (:number, :encoding, :points, :raw_bytes, :crc32, :first, :last, :homes, :body)
"""

RESTORE_NEWS = "INSERT OR IGNORE INTO news (number, known) VALUES (:number, :known)"

RESTORE_LINE = """
    INSERT OR IGNORE INTO quarantine (number, line, reason, encoding, batch, quarantined)
    VALUES (:number, :line, :reason, :encoding, :batch, :quarantined)
"""

RESTORE_GAP = """
    INSERT OR IGNORE INTO gap (
        number, home, reason, began, first, last, points, is_found, outcome, why, changed
    )
    VALUES (
        :number, :home, :reason, :began, :first, :last, :points, :is_found, :outcome, :why, :changed
    )
"""

ENSURE_SEQUENCE = """
    INSERT INTO sqlite_sequence (name, seq)
    SELECT ?1, 0 WHERE NOT EXISTS (SELECT * FROM sqlite_sequence WHERE name = ?1)
"""

RAISE_SEQUENCE = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?"

STATEMENTS = [
    *(
        INSERT_BATCH,
        SET_CHECKPOINT,
        ADD_NEWS,
        SELECT_OLDEST,
        SELECT_FOLLOWERS,
        REWRITE_BATCH,
        DELETE_BATCH,
        SELECT_DROPPABLE,
    ),
    *(SELECT_TOTALS, SELECT_CHECKPOINT, SELECT_NEWS, COUNT_OPEN_GAPS, SELECT_OPEN_GAPS),
    *(SELECT_LOST_GAPS, FIND_GAP, OPEN_GAP, EXTEND_GAP, ADVANCE_GAP, CLOSE_GAP),
    *(FORGET_NEWS, TAKE_GAP, FORGET_CLOSED_GAPS, SELECT_PURGES),
    *(INSERT_QUARANTINE, FORGET_QUARANTINE),
]
