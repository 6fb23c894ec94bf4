"""What a real Home Assistant has sent, all of it, in every schema, into a real InfluxDB and back."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import isfinite
from typing import Any

import pytest
import trio

from tests.schemas.corpus import Recorded, recorded
from tests.support.influx_lines import parse_line
from tests.support.influx_series import StoredPoint, all_points
from tests.support.line_parser import LONGEST_STRING_BYTES
from tests.support.servers import InfluxDB1
from tests.support.sink_configs import influx_config
from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.line_protocol_model import Schema
from trio_ingest.delivery.writer import Writer
from trio_ingest.lane import open_sink
from trio_ingest.lane_settings import make_encoder, make_event_encoder
from trio_ingest.model.batch import Batch
from trio_ingest.model.instant import to_microseconds
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.spooled import RefusedLine
from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.field_names import FieldNames
from trio_ingest.processing.series import OWN_TAGS
from trio_ingest.spool.memory import MemorySpool

pytestmark = pytest.mark.servers

HOME = "home"
REGISTRIES = {HOME: Latest(Registry())}
LINES_IN_BATCH = 1000
MANY = 2000
CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f]")
SAYS_NOTHING = ("", "unknown", "unavailable")
WORDS = {
    **dict.fromkeys(("on", "open", "home", "locked", "above_horizon"), 1.0),
    **dict.fromkeys(("off", "closed", "not_home", "unlocked", "below_horizon"), 0.0),
}

CONFLICT = re.compile(r"field type conflict: input field .+ is type .+, already exists as type ")
# The unit "\\" as a measurement. The server takes the line, and then the comma for a part of the name;
# Home Assistant's own line is the same.
ENDS_IN_BACKSLASH = "\\\\,"

Change = Recorded[StateChange]
JsonObject = Mapping[str, Any]


def sink_for(server: InfluxDB1, schema: Schema, database: str) -> InfluxSinkConfig:
    server.create_database(database)
    return influx_config(url=server.url, database=database, schema=schema)


def deliver(sink: InfluxSinkConfig, lines: Sequence[str]) -> list[RefusedLine]:
    """Have a writer deliver *lines*, and return those that the server would not take."""
    spool = MemorySpool()
    encoding = make_encoder(sink, REGISTRIES).encoding

    async def run() -> None:
        for start in range(0, len(lines), LINES_IN_BATCH):
            part = [line.encode() for line in lines[start : start + LINES_IN_BATCH]]
            await spool.append(Batch.of_lines(part, encoding=encoding, first=0, last=0))
        spool.seal()
        async with open_sink(sink) as opened:
            await Writer(name="influx").run(spool, opened)

    trio.run(run)
    return spool.quarantine


def time_of(change: Change) -> int:
    """Return the instant of a change as it was told."""
    new = change.told["data"]["new_state"]
    text = change.told["time_fired"] if new is None else new["last_updated"]
    return to_microseconds(datetime.fromisoformat(text))


def stored_by_entity(
    points: Sequence[StoredPoint],
) -> dict[tuple[str, int], StoredPoint]:
    """Return the points by what tells them apart; no two are the same."""
    found = {(point.tags["entity_id"], point.time): point for point in points}
    assert len(found) == len(points)
    return found


def one_line(text: str) -> str:
    return CONTROL_CHARACTERS.sub(" ", text)


def numbers_in(attributes: JsonObject) -> Iterator[tuple[str, float]]:
    """Yield the attributes that are numbers, true or false."""
    for name, value in attributes.items():
        if isinstance(value, int | float):
            yield name, float(value)


def python_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def test_tidy(influxdb: InfluxDB1) -> None:
    """Nothing is refused; each state and each number of an attribute is what the frame says."""
    sink = sink_for(influxdb, Schema.TIDY, "corpus_tidy")
    changes, _ = recorded()
    encoder = make_encoder(sink, REGISTRIES)
    lines = [encoder.encode(HOME, change.heard) for change in changes]

    refused = deliver(sink, [line for line in lines if line is not None])

    assert [] == refused
    stored = stored_by_entity(all_points(influxdb, "corpus_tidy"))
    assert len(stored) == len(changes) > MANY
    names = FieldNames({*OWN_TAGS, "state", "value"})
    compared = 0
    for change in changes:
        entity_id, new = change.told["data"]["entity_id"], change.told["data"]["new_state"]
        point = stored[entity_id, time_of(change)]
        assert entity_id.partition(".")[0] == point.measurement
        if new is None:
            assert {"state": "removed"} == point.fields
            continue
        assert one_line(new["state"]) == point.fields["state"]
        for name, number in numbers_in(new["attributes"]):
            assert number == point.fields[names.number(name)]
            compared += 1
    assert compared > MANY


def test_homeiq(influxdb: InfluxDB1) -> None:
    """Nothing is refused; each state is what the frame says, and so are all attributes."""
    sink = sink_for(influxdb, Schema.HOMEIQ, "corpus_homeiq")
    changes, _ = recorded()
    encoder = make_encoder(sink, REGISTRIES)
    lines = [encoder.encode(HOME, change.heard) for change in changes]

    refused = deliver(sink, [line for line in lines if line is not None])

    assert [] == refused
    stored = stored_by_entity(all_points(influxdb, "corpus_homeiq"))
    assert len(stored) == len(changes) > MANY
    compared = 0
    for change in changes:
        data = change.told["data"]
        fields = stored[data["entity_id"], time_of(change)].fields
        assert change.told["context"]["id"] == fields["context_id"]
        for state, field in ((data["new_state"], "state"), (data["old_state"], "old_state")):
            if state is None:
                assert field not in fields
            elif len(json.dumps(state)) <= LONGEST_STRING_BYTES:
                told = json.loads(fields[field])
                assert [state[key] for key in KEPT] == [told[key] for key in KEPT]
        if data["new_state"] is None:
            assert "" == fields["state_value"]
            continue
        assert one_line(data["new_state"]["state"]) == fields["state_value"]
        attributes = data["new_state"]["attributes"]
        if attributes and len(json.dumps(attributes)) <= LONGEST_STRING_BYTES:
            assert attributes == json.loads(fields["attributes"])
            compared += 1
    assert compared > MANY


KEPT = ("entity_id", "state", "attributes", "last_changed", "last_updated", "context")


def test_home_assistant(influxdb: InfluxDB1) -> None:
    """Every change that has a line has its point, and each state and number is what the frame says.

    Missing are only fields of a type that the database had otherwise before, and those are in the
    quarantine. Home Assistant's integration makes them, too: `state` is a number where an attribute
    of that name is one.
    """
    sink = sink_for(influxdb, Schema.HOME_ASSISTANT, "corpus_home_assistant")
    changes, _ = recorded()
    encoder = make_encoder(sink, REGISTRIES)
    lines = [encoder.encode(HOME, change.heard) for change in changes]

    refused = deliver(sink, [line for line in lines if line is not None])

    points = all_points(influxdb, "corpus_home_assistant")
    stored = {
        (f"{point.tags['domain']}.{point.tags['entity_id']}", point.time): point
        for point in points
        if "domain" in point.tags
    }
    missing = fields_in_quarantine(refused)
    assert missing
    compared = 0
    for change, line in zip(changes, lines, strict=True):
        new = change.told["data"]["new_state"]
        assert (line is None) == (new is None or new["state"] in SAYS_NOTHING)
        if line is None or line.startswith(ENDS_IN_BACKSLASH):
            continue
        key = (change.told["data"]["entity_id"], time_of(change))
        point = stored.pop(key)
        lost = missing.pop(key, {})
        check_conflicts(lost, point, points)
        assert not lost.keys() & point.fields.keys()
        compared += check_like_home_assistant(new, {**point.fields, **lost})
    assert {} == stored
    assert {} == missing
    assert compared > MANY


def fields_in_quarantine(refused: Sequence[RefusedLine]) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the fields by entity and instant: each of them stands in a line by itself."""
    missing: dict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
    for each in refused:
        assert CONFLICT.search(each.reason), each.reason
        point = parse_line(each.line.decode())
        [(name, value)] = point.fields.items()
        entity_id = f"{point.tags['domain']}.{point.tags['entity_id']}"
        missing[entity_id, point.time][name] = value
    return missing


def check_conflicts(lost: JsonObject, point: StoredPoint, points: Sequence[StoredPoint]) -> None:
    """Check that each field which a point has lost is stored in its measurement as another type."""
    for name, value in lost.items():
        types = {
            type(each.fields[name])
            for each in points
            if each.measurement == point.measurement and name in each.fields
        }
        assert len(types) == 1
        assert type(value) not in types


def check_like_home_assistant(new: JsonObject, fields: JsonObject) -> int:
    """Check state and numbers of a point by the integration's rules; return how many numbers."""
    number = python_number(new["state"])
    own = {"value"} if number is not None else {"state"}
    if number is None:
        assert " ".join(new["state"].splitlines()) == fields["state"]
        number = WORDS.get(new["state"])
        own |= {"value"} if number is not None else set()
    if number is not None and isfinite(number):
        assert number == fields["value"]
    compared = 0
    for name, expected in numbers_in(new["attributes"]):
        if name == "":
            continue  # no field can be called so; Home Assistant's line is refused because of it
        aside = f"{name}_" if name in own or name == "time" else name
        assert expected == fields[as_v1_writes(aside)]
        compared += 1
    return compared


def as_v1_writes(name: str) -> str:
    """Return the name of a field as the integration's client for version 1 has it stored."""
    return name.replace("\\", r"\\").replace("\n", r"\n")


def test_events(influxdb: InfluxDB1) -> None:
    """All other events are taken, and each is read back with the whole of its data."""
    sink = sink_for(influxdb, Schema.TIDY, "corpus_events")
    _, events = recorded()
    encoder = make_event_encoder(sink, REGISTRIES)

    refused = deliver(sink, [encoder.encode(HOME, event.heard) for event in events])

    assert [] == refused
    points = all_points(influxdb, "corpus_events")
    assert sorted(
        (point.measurement, point.time, point.fields["context_id"], point.fields["data"])
        for point in points
    ) == sorted(
        (
            f"event_{event.told['event_type']}",
            to_microseconds(datetime.fromisoformat(event.told["time_fired"])),
            event.told["context"]["id"],
            json.dumps(event.told["data"], ensure_ascii=False, separators=(",", ":")),
        )
        for event in events
    )
    assert len(points) > MANY / 10
