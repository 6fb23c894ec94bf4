"""Makes embedded databases, as the daemon writes them."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from trio_ingest.config.model import AttributesConfig
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.state_change import HomeEvent, State, StateChange
from trio_ingest.processing.event_rows import EventRowEncoder
from trio_ingest.processing.rows import RowEncoder
from trio_ingest.sinks.sqlite import open_database
from trio_ingest.sinks.sqlite_rows import read_rows
from trio_ingest.sinks.sqlite_tables import UPSERT, UPSERT_EVENT

START = 1_790_000_000_000_000
SECOND = 1_000_000


def change(
    entity_id: str,
    seconds: float,
    state: str | None,
    attributes: Mapping[str, object] | None = None,
) -> StateChange:
    """Return a change so long after START; without a state it is a removal."""
    present = None if state is None else State(value=state, attributes=attributes or {})
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
    registries = {home: Latest(registry or Registry())}
    encoder = RowEncoder(registries, AttributesConfig(), tags or {}, value_map or {})
    event_encoder = EventRowEncoder(tags or {})
    lines = [encoder.encode(home, each) for each in changes]
    lines += [event_encoder.encode(home, each) for each in events]
    rows, bad = read_rows([line.encode() for line in lines])
    assert not bad
    with open_database(path) as connection:
        connection.execute("BEGIN")
        connection.executemany(UPSERT, rows.changes)
        connection.executemany(UPSERT_EVENT, rows.events)
        connection.execute("COMMIT")
    return path
