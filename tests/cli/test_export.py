"""`trio-ingest export`, as a person calls it; its lines go into a real InfluxDB."""

import csv
import io
import sys
from pathlib import Path

import httpx
import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result

from tests.records.databases import START, change, write_database
from tests.schemas.corpus import recorded
from tests.support.influx_series import all_points
from tests.support.servers import InfluxDB1
from trio_ingest.cli import main
from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.config.sink_model import AttributesConfig
from trio_ingest.model.state_change import HomeEvent
from trio_ingest.processing.event_lines import EventLineEncoder
from trio_ingest.processing.tidy import TidyEncoder

MANY = 150
CHANGES = [change("sensor.a", 0, "1.5", {"list": [1]}), change("light.b", 1, "on")]
EVENTS = [HomeEvent(event_type="x", time=START + 5, data={"a": 1})]
TIME = "2026-09-21T14:13:20.000000+00:00"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return write_database(tmp_path / "home.db", CHANGES, EVENTS)


def export(database: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["export", "--database", str(database), *arguments])


def test_line_protocol(database: Path) -> None:
    """Both tables are written, and it is said what the lines are, beside them."""
    result = export(database, "--precision", "ms", "--nested", "json")

    assert [
        'sensor,entity_id=sensor.a state="1.5",value=1.5,list_json="[1]" 1790000000000',
        'light,entity_id=light.b state="on",value=1.0 1790000001000',
        'event_x context_id="",data="{\\"a\\":1}",a=1.0 1790000000000',
    ] == result.stdout.splitlines()
    assert f"{database}: 3 lines: line protocol with times in milliseconds (precision ms)\n" == (
        result.stderr
    )


def test_a_choice(database: Path) -> None:
    """Of some entities there are state changes only."""
    result = export(database, "--entity", "light.*")

    assert ["light,entity_id=light.b"] == [
        line.partition(" ")[0] for line in result.stdout.splitlines()
    ]


def test_several_homes(database: Path) -> None:
    """Where there are several homes, each point says which it is of, unless told otherwise."""
    write_database(database, [change("sensor.a", 0, "2")], home="cabin")

    tagged, plain = export(database), export(database, "--no-home-tag")

    assert (1, 3) == (tagged.stdout.count(",home=cabin"), tagged.stdout.count(",home=home"))
    assert "home=" not in plain.stdout


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("states", [TIME, "home", "sensor.a", "1.5", "1.5", "", "", "", '{"list":[1]}', "{}"]),
        (
            "events",
            [TIME.replace("20.000000", "20.000005"), "home", "x", "0", "", "", "", "", "", "", '{"a":1}', "{}"],
        ),
    ],
)  # fmt: skip
def test_csv(database: Path, table: str, expected: list[str]) -> None:
    """The columns of a table are written as they are stored, with a header."""
    result = export(database, "--format", "csv", "--table", table)

    rows = list(csv.reader(io.StringIO(result.stdout)))
    assert dict(zip(rows[0], expected, strict=True)) == dict(zip(rows[0], rows[1], strict=True))


def test_parquet(database: Path, tmp_path: Path) -> None:
    """So they are as Parquet, with times that are times and numbers that are numbers."""
    file = tmp_path / "states.parquet"

    result = export(database, "--format", "parquet", "--output", str(file))

    assert 0 == result.exit_code, result.output
    table = pyarrow.parquet.read_table(file)
    assert "timestamp[us, tz=UTC]" == str(table.schema.field("time").type)
    [first, second] = table.to_pylist()
    assert (TIME, 1.5, '{"list":[1]}') == (
        first["time"].isoformat(timespec="microseconds"),
        first["value"],
        first["attributes"],
    )
    assert ("light.b", "on", None) == (second["entity_id"], second["state"], second["area"])


def test_parquet_of_events(database: Path, tmp_path: Path) -> None:
    """The other events are a table of their own."""
    file = tmp_path / "events.parquet"

    export(database, "--format", "parquet", "--table", "events", "--output", str(file))

    [event] = pyarrow.parquet.read_table(file).to_pylist()
    assert ("x", 0) == (event["event_type"], event["sequence"])


def test_no_pyarrow(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pyarrow it is said how to get it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    result = export(database, "--format", "parquet")

    assert 1 == result.exit_code
    assert "pip install 'trio-ingest[parquet]'" in result.output


def test_a_file_that_is_there(database: Path) -> None:
    """What is there is not written over."""
    before = database.read_bytes()

    result = export(database, "--output", str(database))

    assert 1 == result.exit_code
    assert f"{database}: cannot be written: File exists" in result.output
    assert before == database.read_bytes()


@pytest.mark.servers
def test_into_influxdb(influxdb: InfluxDB1, tmp_path: Path) -> None:
    """What is exported and written to InfluxDB 1.6.7 is what the daemon would have put there."""
    told = {
        (each.heard.time, each.heard.entity_id): each.heard
        for each in recorded()[0][:MANY]
        if "\\ud" not in repr(each.heard)  # SQLite keeps no halves of surrogate pairs
    }
    events = [each.heard for each in recorded()[1][:20]]
    database = write_database(tmp_path / "home.db", told.values(), events)
    encoder = TidyEncoder(
        registries={},
        attributes=AttributesConfig(),
        tags={},
        precision=Precision.US,
        home_tag=False,
    )
    event_encoder = EventLineEncoder(tags={}, precision=Precision.US)
    direct = [encoder.encode("home", each) for each in told.values()]
    direct += [event_encoder.encode("home", each) for each in events]

    carried_over = export(database).stdout_bytes

    for name, content in (("direct", "\n".join(direct).encode()), ("carried", carried_over)):
        influxdb.create_database(name)
        answer = httpx.post(
            f"{influxdb.url}/write",
            params={"db": name, "precision": "u"},
            content=content,
            timeout=60,
        )
        assert (204, "") == (answer.status_code, answer.text)
    points = [
        {(each.measurement, *sorted(each.tags.items()), each.time): each.fields for each in all_points(influxdb, name)}
        for name in ("direct", "carried")
    ]  # fmt: skip
    assert points[0] == points[1]
    assert len(points[0]) > MANY * 0.9
