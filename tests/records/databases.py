"""Makes embedded databases, as the daemon writes them."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from trio_ingest.config.sink_model import AttributesConfig
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.state_change import HomeEvent, State, StateChange
from trio_ingest.processing.event_rows import EventRowEncoder
from trio_ingest.processing.rows import RowEncoder
from trio_ingest.sinks.sqlite import open_database
from trio_ingest.sinks.sqlite_rows import Rows, read_rows
from trio_ingest.sinks.sqlite_tables import DATABASE_FORMAT, EVENT_TABLES, UPSERT, UPSERT_EVENT

START = 1_790_000_000_000_000
SECOND = 1_000_000


def change(
    entity_id: str,
    seconds: float,
    state: str | None,
    attributes: Mapping[str, object] | None = None,
) -> StateChange:
    """Return a change so long after START; without a state it is a removal."""
    present = (
        None if state is None else State(value=state, attributes=Attributes.of(attributes or {}))
    )
    return StateChange(entity_id=entity_id, time=START + round(seconds * SECOND), state=present)


def write_database(
    path: Path,
    changes: Iterable[StateChange] = (),
    events: Iterable[HomeEvent] = (),
    *,
    home: str = "home",
    registry: Registry | None = None,
    tags: Mapping[str, str] | None = None,
    value_map: Mapping[str, Mapping[str, float]] | None = None,
) -> Path:
    """Record them; the database is made when it is missing."""
    rows = rows_of(changes, events, home=home, registry=registry, tags=tags, value_map=value_map)
    with open_database(path) as connection:
        connection.execute("BEGIN")
        insert(connection, rows)
        connection.execute("COMMIT")
    return path


def in_memory(
    changes: Iterable[StateChange] = (), events: Iterable[HomeEvent] = (), **how: Any
) -> Sequence[sqlite3.Row]:
    """Return the rows as a database has them, in their order, without a file."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        connection.executescript(DATABASE_FORMAT.tables + EVENT_TABLES)
        insert(connection, rows_of(changes, events, **how))
        return [
            *connection.execute("SELECT * FROM state_changes ORDER BY time_us, entity_id, home"),
            *connection.execute("SELECT * FROM events ORDER BY time_us, event_type, sequence"),
        ]


def insert(connection: sqlite3.Connection, rows: Rows) -> None:
    """Write the rows as the sink does."""
    connection.executemany(UPSERT, rows.changes)
    connection.executemany(UPSERT_EVENT, rows.events)


def rows_of(
    changes: Iterable[StateChange],
    events: Iterable[HomeEvent],
    *,
    home: str = "home",
    registry: Registry | None = None,
    tags: Mapping[str, str] | None = None,
    value_map: Mapping[str, Mapping[str, float]] | None = None,
) -> Rows:
    """Return them as the sink reads them from a batch."""
    registries = {home: Latest(registry or Registry())}
    encoder = RowEncoder(registries, AttributesConfig(), tags or {}, value_map or {})
    event_encoder = EventRowEncoder(tags or {})
    lines = [encoder.encode(home, each) for each in changes]
    lines += [event_encoder.encode(home, each) for each in events]
    rows, bad = read_rows([line.encode() for line in lines])
    assert not bad
    return rows
