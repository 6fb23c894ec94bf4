"""The embedded database: tables for the daemon to write, views for people to read."""

from trio_ingest.sqlite_file import FileFormat

DATABASE_FORMAT = FileFormat(
    noun="a database of trio-ingest",
    application_id=0x7472_4462,  # "trDb"
    version=1,
    tables="""
        CREATE TABLE state_changes (
            entity_id TEXT NOT NULL,
            time_us INTEGER NOT NULL,  -- microseconds since 1970-01-01T00:00:00Z
            home TEXT NOT NULL,
            state TEXT NOT NULL,       -- 'removed' when the entity was removed
            value REAL,                -- the state as a number, where it is one
            attributes TEXT NOT NULL,  -- a JSON object
            area TEXT,
            device TEXT,
            floor TEXT,
            tags TEXT NOT NULL,        -- a JSON object
            PRIMARY KEY (entity_id, time_us, home)
        ) STRICT;
        CREATE INDEX state_changes_by_time ON state_changes (time_us);

        -- Every change, with its instant in UTC and by the clock on the reader's wall.
        CREATE VIEW states AS
        SELECT
            strftime('%Y-%m-%dT%H:%M:%S', time_us / 1000000, 'unixepoch')
                || printf('.%06dZ', time_us % 1000000) AS time,
            datetime(time_us / 1000000, 'unixepoch', 'localtime') AS local_time,
            home,
            entity_id,
            state,
            value,
            json_extract(attributes, '$.unit_of_measurement') AS unit,
            json_extract(attributes, '$.friendly_name') AS name,
            area,
            device,
            floor,
            attributes,
            tags,
            time_us
        FROM state_changes;

        -- The newest change of each entity.
        CREATE VIEW latest AS
        SELECT states.*
        FROM states JOIN (
            SELECT entity_id, home, max(time_us) AS time_us
            FROM state_changes GROUP BY entity_id, home
        ) USING (entity_id, home, time_us);
    """,
)

UPSERT = """
    INSERT INTO state_changes (
        home, entity_id, time_us, state, value, attributes, area, device, floor, tags
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (entity_id, time_us, home) DO UPDATE SET
        state = excluded.state,
        value = iif(excluded.state = state, coalesce(excluded.value, value), excluded.value),
        attributes = iif(
            excluded.state = state AND length(excluded.attributes) < length(attributes),
            attributes, excluded.attributes
        ),
        area = iif(excluded.state = state, coalesce(excluded.area, area), excluded.area),
        device = iif(excluded.state = state, coalesce(excluded.device, device), excluded.device),
        floor = iif(excluded.state = state, coalesce(excluded.floor, floor), excluded.floor),
        tags = excluded.tags
"""
"""The same change may be told again, and not as fully: the history has not all attributes of a
state, and the registries may not be read yet. Then what is there stays, and what is told better
replaces it.
"""

EVENT_TABLES = """
    CREATE TABLE IF NOT EXISTS events (
        event_type TEXT NOT NULL,
        time_us INTEGER NOT NULL,   -- microseconds since 1970-01-01T00:00:00Z
        home TEXT NOT NULL,
        sequence INTEGER NOT NULL,  -- 0; the second within a microsecond is 1
        domain TEXT,
        service TEXT,
        entity_id TEXT,             -- several have commas between them
        context_id TEXT NOT NULL,
        context_user_id TEXT,
        context_parent_id TEXT,
        data TEXT NOT NULL,         -- a JSON object
        tags TEXT NOT NULL,         -- a JSON object
        PRIMARY KEY (event_type, time_us, home, sequence)
    ) STRICT;
    CREATE INDEX IF NOT EXISTS events_by_time ON events (time_us);
"""
"""Made where they are missing, for a file may be older than they are."""

UPSERT_EVENT = """
    INSERT INTO events (
        home, event_type, time_us, sequence, domain, service, entity_id,
        context_id, context_user_id, context_parent_id, data, tags
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (event_type, time_us, home, sequence) DO UPDATE SET
        domain = excluded.domain, service = excluded.service, entity_id = excluded.entity_id,
        context_id = excluded.context_id, context_user_id = excluded.context_user_id,
        context_parent_id = excluded.context_parent_id, data = excluded.data, tags = excluded.tags
"""

STATISTICS_TABLE = """
    CREATE TABLE IF NOT EXISTS statistics (
        statistic_id TEXT NOT NULL,
        time_us INTEGER NOT NULL,   -- when the hour began
        home TEXT NOT NULL,
        source TEXT NOT NULL,       -- 'recorder', or the integration that has made it
        unit TEXT,
        name TEXT,
        mean REAL,
        min REAL,
        max REAL,
        sum REAL,
        state REAL,                 -- what the counter stood at
        last_reset_us INTEGER,
        area TEXT,
        device TEXT,
        floor TEXT,
        tags TEXT NOT NULL,         -- a JSON object
        PRIMARY KEY (statistic_id, time_us, home)
    ) STRICT;
"""

UPSERT_STATISTIC = """
    INSERT INTO statistics (
        statistic_id, home, time_us, source, unit, name, mean, min, max, sum, state, last_reset_us,
        area, device, floor, tags
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (statistic_id, time_us, home) DO UPDATE SET
        source = excluded.source, unit = excluded.unit, name = excluded.name,
        mean = excluded.mean, min = excluded.min, max = excluded.max, sum = excluded.sum,
        state = excluded.state, last_reset_us = excluded.last_reset_us,
        area = coalesce(excluded.area, area), device = coalesce(excluded.device, device),
        floor = coalesce(excluded.floor, floor), tags = excluded.tags
"""
"""Home Assistant lets its owner correct statistics, so the numbers that are told last count."""
