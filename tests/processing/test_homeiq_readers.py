"""What HomeIQ's services ask of the database, asked of a real one that holds what we write.

They ask in Flux, which InfluxDB 1.6.7 does not speak, so each question is put in InfluxQL. Where
a reader asks for what nobody has ever written (the measurements `devices`, `entities`,
`config_entries` and `state_changed`, the tags `platform` and `error`, `context_id` as a tag), no
test can find it. Data-api and admin-api ask the same of events.
"""

import ast
import json
from typing import Any

import httpx
import pytest
from attrs import frozen

from tests.support.servers import InfluxDB1
from trio_ingest.config.line_protocol_model import Precision, StateFormat
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import Context, State, StateChange
from trio_ingest.processing.homeiq import HomeiqEncoder

pytestmark = pytest.mark.servers

START = 1_763_201_100_000_000
"""2025-11-15T10:05:00Z, at which intervals of five minutes begin."""
SECOND = 1_000_000
REGISTRY = Registry(
    entries={
        "sensor.meter": Entry(
            device_id="dev_meter",
            area_id="cellar",
            manufacturer="Shelly",
            model="Pro 3EM",
            sw_version="1.4.2",
        ),
        "sensor.meter_signal": Entry(
            device_id="dev_meter",
            area_id="cellar",
            manufacturer="Shelly",
            model="Pro 3EM",
            sw_version="1.4.2",
            entity_category="diagnostic",
        ),
        "light.kitchen": Entry(device_id="dev_light", area_id="kitchen", manufacturer="Signify"),
    }
)
PERSON = "0123456789abcdef0123456789abcdef"


def states(
    entity_id: str, attributes: dict[str, Any], *values: tuple[int, str | None, Context]
) -> list[StateChange]:
    """Return how an entity came to be, changed and perhaps went: seconds, values and contexts."""
    changes: list[StateChange] = []
    old: State | None = None
    for seconds, value, context in values:
        time = START + seconds * SECOND + 123
        new = None
        if value is not None:
            new = State(
                value=value,
                attributes=Attributes.of(attributes),
                last_changed=time,
                last_updated=time,
                context=context,
            )
        changes.append(
            StateChange(entity_id=entity_id, time=time, state=new, before=old, context=context)
        )
        old = new
    return changes


def context(number: int, parent: int | None = None, user: str | None = None) -> Context:
    parent_id = None if parent is None else f"01C{parent:02}"
    return Context(id=f"01C{number:02}", parent_id=parent_id, user_id=user)


EVENTS = [
    *states(
        "sensor.meter",
        {"device_class": "power", "unit_of_measurement": "W"},
        (0, "100.0", context(1)),
        (60, "200", context(2)),
        (300, "unavailable", context(3)),
        (360, "50", context(4)),
    ),
    *states("sensor.meter_signal", {}, (10, "-60", context(5))),
    *states(
        "light.kitchen",
        {"brightness": 128, "friendly_name": 'Kitchen "main"', "effect": None},
        (20, "off", context(6)),
        (30, "on", context(7, user=PERSON)),
    ),
    *states("switch.fan", {}, (31, "on", context(8, parent=7)), (40, None, context(9))),
    *states(
        "binary_sensor.motion", {"device_class": "motion", "on": True}, (33, "on", context(10, 7))
    ),
]


@frozen
class Reader:
    """Asks a database."""

    server: InfluxDB1
    database: str

    def ask(self, question: str) -> list[dict[str, Any]]:
        """Return the rows."""
        return self.server.query(question, self.database)

    def groups(self, question: str, tag: str) -> dict[str, dict[str, Any]]:
        """Return the row of each value of *tag*, by which the question groups."""
        answer = httpx.post(
            f"{self.server.url}/query", params={"db": self.database}, data={"q": question}
        )
        [result] = answer.raise_for_status().json()["results"]
        return {
            series["tags"][tag]: dict(zip(series["columns"], series["values"][0], strict=True))
            for series in result["series"]
        }


def written(server: InfluxDB1, state_format: StateFormat) -> Reader:
    encoder = HomeiqEncoder(
        registries={"home": Latest(REGISTRY)},
        tags={},
        precision=Precision.US,
        state_format=state_format,
    )
    database = server.create_database(f"homeiq_readers_{state_format}")
    lines = "\n".join(encoder.encode("home", change) for change in EVENTS)
    answer = httpx.post(
        f"{server.url}/write", params={"db": database, "precision": "u"}, content=lines.encode()
    )
    assert (answer.status_code, answer.text) == (204, "")
    return Reader(server, database)


@pytest.fixture(scope="module")
def reader(influxdb: InfluxDB1) -> Reader:
    """A reader of what is written with `state_format = "plain"`."""
    return written(influxdb, StateFormat.PLAIN)


@pytest.fixture(scope="module")
def legacy_reader(influxdb: InfluxDB1) -> Reader:
    """A reader of what is written with `state_format = "legacy"`."""
    return written(influxdb, StateFormat.LEGACY)


LIST = (
    'SELECT "context_id", "entity_id", "event_type", "device_id", "area_id", "entity_category", '
    '"event_category", "domain", "device_class" FROM "home_assistant_events"'
)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["context_id"].removeprefix("01C") for row in rows]


def test_list_of_events(reader: Reader) -> None:
    """Data-api lists events, the newest first, page by page: one row each, with its tags."""
    rows = reader.ask(f"{LIST} ORDER BY time DESC")
    page = reader.ask(f"{LIST} ORDER BY time DESC LIMIT 3 OFFSET 2")

    assert ids(rows) == ["04", "03", "02", "09", "10", "08", "07", "06", "05", "01"]
    assert page == rows[2:5]
    assert rows[0] == {
        "time": (START + 360 * SECOND + 123) * 1000,
        "context_id": "01C04",
        "entity_id": "sensor.meter",
        "event_type": "state_changed",
        "device_id": "dev_meter",
        "area_id": "cellar",
        "entity_category": None,
        "event_category": "appliance",
        "domain": "sensor",
        "device_class": "power",
    }


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("\"entity_id\" = 'light.kitchen'", ["06", "07"]),
        ("\"device_id\" = 'dev_meter'", ["01", "05", "02", "03", "04"]),
        ("\"area_id\" = 'kitchen'", ["06", "07"]),
        ("\"entity_category\" = 'diagnostic'", ["05"]),
        (
            "\"entity_category\" != 'diagnostic'",
            ["01", "06", "07", "08", "10", "09", "02", "03", "04"],
        ),
        ("\"event_category\" = 'security'", ["10"]),
        ("\"event_type\" = 'state_changed' AND \"domain\" = 'switch'", ["08", "09"]),
    ],
)
def test_list_of_some_events(reader: Reader, condition: str, found: list[str]) -> None:
    """Each filter of that list finds its events."""
    assert ids(reader.ask(f"{LIST} WHERE {condition} ORDER BY time")) == found


def test_event_by_id(reader: Reader) -> None:
    """Data-api finds an event by its id within thirty days."""
    since = (START - 30 * 86_400 * SECOND) * 1000

    rows = reader.ask(f"{LIST} WHERE \"context_id\" = '01C07' AND time > {since} LIMIT 1")

    assert [row["entity_id"] for row in rows] == ["light.kitchen"]


def test_detail_of_an_event(reader: Reader) -> None:
    """Around its time data-api finds the event whole, with states and attributes as objects."""
    time = EVENTS[6].time * 1000

    [row] = reader.ask(
        'SELECT "entity_id", "event_type", "context_id", "old_state", "state", "attributes", '
        '"domain", "device_class" FROM "home_assistant_events" '
        f"WHERE \"entity_id\" = 'light.kitchen' AND time >= {time} - 5s AND time < {time} + 5s "
        "ORDER BY time DESC LIMIT 1"
    )

    old_state, state, attributes = (
        json.loads(row[name]) for name in ("old_state", "state", "attributes")
    )
    assert row["context_id"] == "01C07"
    assert (old_state["state"], state["state"]) == ("off", "on")
    assert attributes == {"brightness": 128, "friendly_name": 'Kitchen "main"', "effect": None}
    assert state == {
        "entity_id": "light.kitchen",
        "state": "on",
        "attributes": attributes,
        "last_changed": "2025-11-15T10:05:30.000123+00:00",
        "last_reported": "2025-11-15T10:05:30.000123+00:00",
        "last_updated": "2025-11-15T10:05:30.000123+00:00",
        "context": {"id": "01C07", "parent_id": None, "user_id": PERSON},
    }


def test_detail_of_a_removal(reader: Reader) -> None:
    """The entity that is gone has an old state and no new one."""
    [row] = reader.ask(
        'SELECT "state", "old_state", "state_value", "previous_state" '
        'FROM "home_assistant_events" WHERE "context_id" = \'01C09\''
    )

    assert (row["state"], row["state_value"], row["previous_state"]) == (None, "", "on")
    assert json.loads(row["old_state"])["state"] == "on"


def test_categories(reader: Reader) -> None:
    """Data-api counts what has a category; the count of context ids is the number of events."""
    counted = reader.groups(
        'SELECT COUNT(*) FROM "home_assistant_events" WHERE "event_category" != \'\' '
        'GROUP BY "event_category"',
        "event_category",
    )

    assert {name: counts["count_context_id"] for name, counts in counted.items()} == {
        "appliance": 6,
        "lighting": 2,
        "monitoring": 1,
        "security": 1,
    }


def test_trace_of_an_automation(reader: Reader) -> None:
    """What a context brought about is found by its id, and then each of these by its own."""
    caused = reader.ask(f"{LIST} WHERE \"context_parent_id\" = '01C07' ORDER BY time")

    assert ids(caused) == ["08", "10"]
    [detail] = reader.ask(
        f'SELECT * FROM "home_assistant_events" WHERE "context_id" = \'{caused[0]["context_id"]}\''
    )
    assert (detail["entity_id"], detail["state_value"]) == ("switch.fan", "on")


def test_who_did_it(reader: Reader) -> None:
    """The one who did it is on the event of theirs only."""
    rows = reader.ask(f"{LIST} WHERE \"context_user_id\" = '{PERSON}'")

    assert ids(rows) == ["07"]


def test_number_of_events(reader: Reader) -> None:
    """Each event has one context id, so counting these counts events, in all and by interval."""
    question = 'SELECT COUNT("context_id") FROM "home_assistant_events"'
    interval = f"time >= {START}u AND time < {START + 600 * SECOND}u"

    in_all = reader.ask(question)
    by_interval = reader.ask(f"{question} WHERE {interval} GROUP BY time(5m)")

    assert [row["count"] for row in in_all] == [10]
    assert [row["count"] for row in by_interval] == [8, 2]


def test_counts_without_a_field(reader: Reader) -> None:
    """Admin-api and the analytics count all fields, and so each event several times, as ever."""
    [counts] = reader.ask('SELECT COUNT(*) FROM "home_assistant_events"')

    of_events = counts["count_context_id"]
    assert counts["count_state_value"] == of_events == len(EVENTS)
    assert sum(count for name, count in counts.items() if name != "time") > of_events


@pytest.mark.parametrize(
    ("field", "counts"),
    [
        ("manufacturer", {"Shelly": 5, "Signify": 2}),
        ("model", {"Pro 3EM": 5}),
        ("sw_version", {"1.4.2": 5}),
    ],
)
def test_reliability_of_devices(reader: Reader, field: str, counts: dict[str, int]) -> None:
    """Events are counted by maker and by model."""
    values = reader.ask(f'SELECT DISTINCT("{field}") AS "value" FROM "home_assistant_events"')

    found = {}
    for row in values:
        [counted] = reader.ask(
            f'SELECT COUNT("context_id") FROM "home_assistant_events" '
            f"WHERE \"{field}\" = '{row['value']}'"
        )
        found[row["value"]] = counted["count"]
    assert found == counts


def test_states_of_domains(reader: Reader) -> None:
    """The energy correlator reads the plain states, before and after, of what can be switched."""
    rows = reader.ask(
        'SELECT "entity_id", "state_value", "previous_state" FROM "home_assistant_events" '
        'WHERE "domain" =~ /^(switch|light|climate|fan|cover)$/ ORDER BY time'
    )

    assert [(row["entity_id"], row["previous_state"], row["state_value"]) for row in rows] == [
        ("light.kitchen", None, "off"),
        ("light.kitchen", "off", "on"),
        ("switch.fan", None, "on"),
        ("switch.fan", "on", ""),
    ]


def test_statistics_of_entities(reader: Reader) -> None:
    """The retention job reads states of entities by id, as text; as numbers they can be averaged."""
    entities = '"entity_id" =~ /^(sensor\\.meter|sensor\\.other)$/'

    states = reader.ask(f'SELECT "state_value" FROM "home_assistant_events" WHERE {entities}')
    means = reader.ask(
        'SELECT MEAN("normalized_value"), MIN("normalized_value"), MAX("normalized_value") '
        f'FROM "home_assistant_events" WHERE {entities} '
        f"AND time >= {START}u AND time < {START + 600 * SECOND}u GROUP BY time(5m)"
    )

    assert [row["state_value"] for row in states] == ["100.0", "200", "unavailable", "50"]
    assert [(row["mean"], row["min"], row["max"]) for row in means] == [
        (150, 100, 200),
        (50, 50, 50),
    ]


def test_how_long_it_was_on(reader: Reader) -> None:
    """The time that an entity spent in its previous state can be added up."""
    [row] = reader.ask(
        'SELECT SUM("duration_in_state_seconds") FROM "home_assistant_events" '
        "WHERE \"entity_id\" = 'light.kitchen' AND \"previous_state\" = 'off'"
    )

    assert row["sum"] == 10


def test_measurements(reader: Reader) -> None:
    """The measurement is there, and it is the only one."""
    assert reader.ask("SHOW MEASUREMENTS") == [{"name": "home_assistant_events"}]


def test_keys(reader: Reader) -> None:
    """The scripts that verify tags find them, and every field has the type that it always had."""
    tags = reader.ask('SHOW TAG KEYS FROM "home_assistant_events"')
    areas = reader.ask('SHOW TAG VALUES FROM "home_assistant_events" WITH KEY = "area_id"')
    fields = reader.ask('SHOW FIELD KEYS FROM "home_assistant_events"')

    assert {row["tagKey"] for row in tags} == {
        "area_id",
        "device_class",
        "device_id",
        "domain",
        "entity_category",
        "entity_id",
        "event_category",
        "event_type",
    }
    assert [row["value"] for row in areas] == ["cellar", "kitchen"]
    types = {row["fieldKey"]: row["fieldType"] for row in fields}
    assert {name for name, kind in types.items() if kind == "float"} == {
        "duration_in_state_seconds",
        "normalized_value",
    }
    assert set(types.values()) == {"float", "string"}


def test_activities(legacy_reader: Reader) -> None:
    """The activity writer has Python read each state, and gets a dict with state and attributes."""
    rows = legacy_reader.ask(
        'SELECT "state_value", "attributes", "entity_id" FROM "home_assistant_events" '
        f"WHERE \"event_type\" = 'state_changed' AND time > {START}u - 2h ORDER BY time"
    )

    read = {(row["entity_id"], row["time"]): row for row in rows}
    assert len(read) == len(EVENTS)
    for change in EVENTS:
        row = read[change.entity_id, change.time * 1000]
        if change.state is None:
            assert row["state_value"] == ""
            continue
        told = ast.literal_eval(row["state_value"])
        assert told["state"] == change.state.value
        assert told["attributes"] == change.state.attributes.by_name
        assert json.loads(row["attributes"] or "{}") == change.state.attributes.by_name
