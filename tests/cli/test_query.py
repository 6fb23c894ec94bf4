"""`trio-ingest query`, as a person calls it."""

import csv
import io
import json
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.records.databases import START, change, write_database
from trio_ingest.cli import main
from trio_ingest.cli.chart import bars
from trio_ingest.cli.records_files import read_wanted
from trio_ingest.records.wanted import Wanted

CHANGES = [
    change("sensor.a", 0, "1.5", {"unit_of_measurement": "W", "on": True, "list": [1, None]}),
    change("light.b", 1, "on", {"brightness": 180}),
    change("sensor.a", 30, "2.5", {"unit_of_measurement": "W", "brightness": "high"}),
    change("sensor.a", 60, "unavailable"),
    change("sensor.a", 61, "7", {"brightness": 0.1}),
    change("light.b", 62, None),
]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return write_database(tmp_path / "home.db", CHANGES)


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def query(database: Path, *arguments: str) -> Result:
    command = ["query", "--database", str(database), *arguments]
    return CliRunner().invoke(main, command, env={"COLUMNS": "80"})


def found(database: Path, *arguments: str) -> Any:
    result = query(database, "--format", "json", *arguments)
    assert 0 == result.exit_code, result.output
    return json.loads(result.stdout)


def test_json(database: Path) -> None:
    """An array of objects: the instant to the microsecond, who, and the fields."""
    assert {
        "time": "2026-09-21T14:13:20.000000+00:00",
        "home": "home",
        "entity_id": "sensor.a",
        "state": "1.5",
        "value": 1.5,
    } == found(database)[0]
    assert [] == found(database, "--entity", "nothing.*")


def test_fields(database: Path) -> None:
    """Attributes are fields, of any shape; what is not there is null."""
    [first, second] = found(
        database, "--field", "list", "--field", "on", "--field", "brightness", "--limit", "2",
        "--until", "2026-09-21T14:13:22",
    )  # fmt: skip

    assert ([1, None], True, None) == (first["list"], first["on"], first["brightness"])
    assert (None, None, 180) == (second["list"], second["on"], second["brightness"])


def test_csv(database: Path) -> None:
    """A header, and a line a record; a list is JSON in its cell."""
    result = query(database, "--format", "csv", "--field", "state", "--field", "list")

    rows = list(csv.reader(io.StringIO(result.stdout)))
    assert ["time", "home", "entity_id", "state", "list"] == rows[0]
    assert ["2026-09-21T14:13:20.000000+00:00", "home", "sensor.a", "1.5", "[1, null]"] == rows[1]
    assert ["removed", ""] == rows[-1][3:]


def test_table(database: Path) -> None:
    """The newest are shown, in the order of their time, and it is said that there are more."""
    result = query(database, "--limit", "2")

    lines = [
        line.split() for line in result.stdout.splitlines() if "sensor" in line or "light" in line
    ]
    assert [
        ["2026-09-21", "14:14:21", "sensor.a", "7", "7"],
        ["2026-09-21", "14:14:22", "light.b", "removed"],
    ] == lines
    assert "The newest 2; --limit shows more of them." in result.stderr


@pytest.mark.parametrize(
    ("aggregate", "first"), [("mean", 2.0), ("min", 1.5), ("max", 2.5), ("last", 2.5), ("count", 2)]
)
def test_spans(database: Path, aggregate: str, first: float) -> None:
    """A record for each span that has a value; what has none is in none of them."""
    rows = found(
        database, "--every", "20s", "--aggregate", aggregate, "--entity", "sensor.*",
        "--until", "2026-09-21T14:13:40",
    )  # fmt: skip
    assert [1.5 if aggregate != "count" else 1] == [row["value"] for row in rows]

    rows = found(database, "--every", "40s", "--aggregate", aggregate, "--entity", "sensor.*")

    assert ["2026-09-21T14:13:20.000000+00:00", "2026-09-21T14:14:00.000000+00:00"] == [
        row["time"] for row in rows
    ]
    assert [first, 7.0 if aggregate != "count" else 1] == [row["value"] for row in rows]


def test_spans_of_an_attribute(database: Path) -> None:
    """An attribute that is text at times counts as a number when it is one; the last is as it is."""
    mean = found(database, "--every", "1h", "--field", "brightness")
    last = found(database, "--every", "30s", "--aggregate", "last", "--field", "brightness")

    assert {"light.b": 180.0, "sensor.a": 0.1} == {
        row["entity_id"]: row["brightness"] for row in mean
    }
    assert [180, "high", 0.1] == [row["brightness"] for row in last]


def test_chart(database: Path) -> None:
    """A chart has its range, a label at either end, and a value holds until the next."""
    result = query(database, "--format", "chart", "--entity", "sensor.a")

    lines = result.stdout.splitlines()
    assert "mean of value, a column is 1 s" == lines[0]
    assert "sensor.a  1.5 … 7" == lines[1]
    assert f"         7 ▏{' ' * 61}█" == lines[2]
    assert f"       1.5 ▏{'▁' * 30}{'█' * 32}" == lines[7]
    assert "2026-09-21 14:13:20" in lines[8]


def drawn(rows: Iterable[str]) -> list[str]:
    """Return the rows without their labels."""
    return [row.partition("▏")[2] for row in rows]


def test_bars() -> None:
    """The least value has the lowest bar, the highest fills the chart, nothing comes before."""
    assert [" ▁▁█"] == drawn(bars({1: 0.0, 3: 5.0}, 4, 1))
    assert ["  ▂█", " ▁██"] == drawn(bars({1: 0.0, 2: 3.0, 3: 5.0}, 4, 2))
    assert ["██"] == drawn(bars({0: 3.0}, 2, 1))


def test_nothing_to_chart(database: Path) -> None:
    """Where there is nothing, that is said."""
    result = query(database, "--format", "chart", "--entity", "x.*")

    assert (0, "There is nothing.\n") == (result.exit_code, result.output)


def test_chart_of_no_numbers(database: Path) -> None:
    """What is never a number has no chart."""
    result = query(database, "--format", "chart", "--field", "state")

    assert 0 == result.exit_code, result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--last", "1d", "--since", "2026-01-01"], "--last and --since exclude each other"),
        (["--last", "soon"], "--last: "),
        (["--every", "0s"], "--every is more than nothing"),
        (["--since", "soon"], "no instant"),
        (["--aggregate", "min"], "--aggregate goes with --every"),
        (["--every", "1h", "--field", "a", "--field", "b"], "there is one --field"),
        (["--config", "x"], "--database goes without"),
    ],
)
def test_usage(database: Path, arguments: list[str], words: str) -> None:
    """What contradicts itself is a usage error."""
    result = query(database, *arguments)

    assert 2 == result.exit_code, result.output
    assert words in result.output


def test_last() -> None:
    """The last day ends now, or where it is told to end."""
    now = START

    last = read_wanted(last="1d", since=None, until=None, globs=("a",), home=None, now=lambda: now)
    before = read_wanted(
        last="1h", since=None, until="2026-09-21T14:13:20", globs=(), home=None, now=lambda: now
    )

    assert Wanted(since=START - 86_400 * 10**6, globs=("a",)) == last
    assert Wanted(since=START - 3600 * 10**6, until=START) == before


def test_which_database(tmp_path: Path) -> None:
    """The configuration names it, by its sink where there are several; secrets are not needed."""
    write_database(tmp_path / "a.db", CHANGES)
    file = tmp_path / "config.toml"
    text = """
        home_assistant.home = { url = "http://127.0.0.1:1", token_file = "secret" }
        sink.a = { kind = "sqlite", path = "a.db" }
    """
    file.write_text(text)
    one = CliRunner().invoke(main, ["query", "--config", str(file)])
    file.write_text(text + 'sink.b = { kind = "sqlite" }')
    several = CliRunner().invoke(main, ["query", "--config", str(file)])
    named = CliRunner().invoke(main, ["query", "a", "--config", str(file)])
    other = CliRunner().invoke(main, ["query", "c", "--config", str(file)])

    assert [0, 2, 0, 2] == [each.exit_code for each in (one, several, named, other)], several.output
    assert "name one: a, b" in several.output


def test_no_database(tmp_path: Path) -> None:
    """A database that is missing, or none, is said, with exit code 1."""
    (tmp_path / "text.db").write_text("no database, but long enough to look like one " * 30)

    for name, words in (
        ("none.db", "there is no database"),
        ("text.db", "is damaged, or not a database"),
    ):
        result = query(tmp_path / name)
        assert 1 == result.exit_code
        assert words in result.output
    assert ["text.db"] == [each.name for each in tmp_path.iterdir()]
