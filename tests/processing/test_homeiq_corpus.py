"""What a real Home Assistant has sent, all of it, in the schema `homeiq`, into a real database."""

import ast
import gzip
import json
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from tests.support.line_parser import parse_strictly
from tests.support.servers import InfluxDB1
from trio_ingest.config.line_protocol_model import Precision, StateFormat
from trio_ingest.home_assistant.messages import Event, decode_frame, to_state_change
from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.homeiq import HomeiqEncoder

CORPUS = Path(__file__).parent.parent / "samples" / "corpus.jsonl.gz"
LONGEST_STRING_BYTES = 64 * 1024
BLANKS = str.maketrans("\t\r\n", "   ")


@pytest.fixture(scope="module")
def recorded() -> list[StateChange]:
    """The state changes of the recorded frames."""
    with gzip.open(CORPUS, "rt", encoding="utf-8") as frames:
        messages = [message for frame in frames for message in decode_frame(frame)]
    events = [message.event for message in messages if isinstance(message, Event)]
    return [change for event in events if (change := to_state_change(event)) is not None]


def lines_of(changes: list[StateChange], state_format: StateFormat) -> list[str]:
    encoder = HomeiqEncoder(
        registries={}, tags={}, precision=Precision.US, state_format=state_format
    )
    return [encoder.encode("home", change) for change in changes]


def test_snapshots_of_the_corpus(recorded: list[StateChange]) -> None:
    """Each recorded state has the same identity without its old state, and no field but with it."""
    live = [change for change in recorded if not change.is_removal]
    seen = [replace(change, before=None) for change in live]

    for event, snapshot in zip(
        map(parse_strictly, lines_of(live, StateFormat.PLAIN)),
        map(parse_strictly, lines_of(seen, StateFormat.PLAIN)),
        strict=True,
    ):
        assert (snapshot.tags, snapshot.time) == (event.tags, event.time)
        assert snapshot.fields.items() <= event.fields.items()


@pytest.mark.servers
@pytest.mark.parametrize("state_format", list(StateFormat))
def test_the_recorded_corpus(
    influxdb: InfluxDB1, recorded: list[StateChange], state_format: StateFormat
) -> None:
    """InfluxDB 1.6.7 refuses no line, and each state and all its attributes are read back."""
    database = influxdb.create_database(f"homeiq_corpus_{state_format}")

    answer = httpx.post(
        f"{influxdb.url}/write",
        params={"db": database, "precision": "u"},
        content="\n".join(lines_of(recorded, state_format)).encode(),
    )

    assert (answer.status_code, answer.text) == (204, "")
    fields = '"state_value", "attributes", "context_id", "entity_id"'
    rows = influxdb.query(f'SELECT {fields} FROM "home_assistant_events"', database)
    stored = {(row["entity_id"], row["time"] // 1000): row for row in rows}
    assert len(stored) == len(rows) == len(recorded) > 2000
    for change in recorded:
        row = stored[change.entity_id, change.time]
        assert row["context_id"] == change.context.id
        if change.state is None:
            assert (row["state_value"], row["attributes"]) == ("", None)
            continue
        if state_format is StateFormat.LEGACY:
            assert ast.literal_eval(row["state_value"])["state"] == change.state.value
        else:
            assert row["state_value"] == change.state.value.translate(BLANKS)
        text = json.dumps(change.state.attributes.by_name)
        if change.state.attributes.by_name and len(text) <= LONGEST_STRING_BYTES:
            assert json.loads(row["attributes"]) == change.state.attributes.by_name
        else:
            assert row["attributes"] is None
