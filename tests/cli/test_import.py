"""`trio-ingest import` as a person calls it, and as a script does."""

import io
import json
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import trio
from click.testing import CliRunner, Result
from rich.console import Console

from trio_ingest.cli import main
from trio_ingest.cli.import_screen import Pen, open_screen, shown_duration
from trio_ingest.importing.order import Progress
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

DAY = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}"
MIDNIGHT = datetime.fromisoformat(DAY).replace(tzinfo=ZoneInfo("Europe/Amsterdam")).astimezone(UTC)


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=12), records_emissions=True) as opened:
        await opened.burst(100)
        opened.set_state("sensor.marker", "1")
        yield opened


def write_configuration(directory: Path, url: str, token: str) -> Path:
    config_file = directory / "trio-ingest.toml"
    config_file.write_text(
        f"""
        state_directory = "state"

        [home_assistant.home]
        url = "{url}"
        token = "{token}"

        [sink.file]
        kind = "sqlite"
        path = "home.db"

        [sink.other]
        kind = "sqlite"
        path = "other.db"
        include.domains = ["light"]
        """,
        encoding="utf-8",
    )
    return config_file


async def call(directory: Path, simulator: Simulator, *arguments: str) -> Result:
    """Call the command in a thread, beside the simulated home."""
    config_file = write_configuration(directory, simulator.url, simulator.token)
    command = ["import", "--config", str(config_file), *arguments]
    return await trio.to_thread.run_sync(partial(CliRunner().invoke, main, command))


def rows(directory: Path) -> int:
    with closing(sqlite3.connect(directory / "home.db")) as connection:
        (number,) = connection.execute("SELECT count(*) FROM state_changes").fetchone()
    return int(number)


async def test_for_people(simulator: Simulator, tmp_path: Path) -> None:
    """What was read, what became of it in each sink, and how far it is meanwhile."""
    result = await call(tmp_path, simulator, "--from", DAY)

    assert result.exit_code == 0, result.output
    changes = simulator.emitted + 12  # the home as it stood at first
    began = f"{MIDNIGHT:%Y-%m-%d %H:%M:%S} UTC"
    assert (
        f"home: {changes} states read from Home Assistant's recorder, {began} to" in result.stdout
    )
    assert f"file: {changes} points of 13 entities\n  all is delivered\n" in result.stdout
    assert "home states: 100%" in result.stderr
    assert changes == rows(tmp_path)
    assert simulator.token not in result.output


async def test_for_scripts(simulator: Simulator, tmp_path: Path) -> None:
    """Standard output is one JSON object; progress goes elsewhere."""
    result = await call(
        tmp_path, simulator, "--from", DAY, "--json", "--sink", "file", "--home", "home"
    )

    report = json.loads(result.stdout)
    assert {"file"} == set(report["sinks"])
    assert rows(tmp_path) == report["sinks"]["file"]["states"]
    assert rows(tmp_path) == report["homes"]["home"]["states_read"]
    assert ("import", 0) == (
        report["sinks"]["file"]["delivered_by"],
        report["sinks"]["file"]["waiting"],
    )
    assert MIDNIGHT.isoformat() == report["homes"]["home"]["from"]


async def test_dry_run(simulator: Simulator, tmp_path: Path) -> None:
    """It is counted by domain and by entity, the most first, and nothing is there afterwards."""
    result = await call(tmp_path, simulator, "--from", DAY, "--dry-run")

    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert ["1", "sensor.marker"] in [line.split() for line in lines]
    assert "Nothing was written." == lines[-1]
    assert not (tmp_path / "state").exists()
    as_json = await call(tmp_path, simulator, "--from", DAY, "--dry-run", "--json")
    counted = json.loads(as_json.stdout)["sinks"]["file"]["entities"]
    assert 1 == counted["sensor.marker"]
    assert simulator.emitted + 12 == sum(counted.values())


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "Missing option '--from'"),
        (["--from", "yesterday"], "--from: 'yesterday' is no day or time"),
        (["--from", DAY, "--to", "2026-02-30"], "--to: '2026-02-30' is no day or time"),
        (
            ["--from", "2026-11-13", "--to", "2026-11-12"],
            "--to (2026-11-11 23:00:00 UTC) has to be",
        ),
        (["--from", "2026-11-13", "--to", "2026-11-13"], "has to be after --from"),
        (["--from", "9000-01-01"], "lies in the future"),
        (["--from", DAY, "--sink", "influx"], "no sink 'influx'. There are: file, other."),
        (["--from", DAY, "--home", "cabin"], "no home 'cabin'. There are: home."),
    ],
)
async def test_what_cannot_be_meant(
    simulator: Simulator, tmp_path: Path, arguments: list[str], word: str
) -> None:
    """It is said, the exit code is that of wrong usage, and nothing is done."""
    result = await call(tmp_path, simulator, *arguments)

    assert result.exit_code == 2, result.output
    assert word in " ".join(result.stderr.split())
    assert not (tmp_path / "home.db").exists()


async def test_it_fails(simulator: Simulator, tmp_path: Path) -> None:
    """Without a recorder the exit code is 1, and the reason is in one line."""
    simulator.recorder.is_running = False

    result = await call(tmp_path, simulator, "--from", DAY)

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "The import failed: home cannot be asked: Home Assistant's recorder is not running"
    )


def test_wrong_configuration(tmp_path: Path) -> None:
    """A configuration that is not valid is left with 78, as by every command."""
    config_file = write_configuration(tmp_path, "nonsense", "token")

    result = CliRunner().invoke(main, ["import", "--config", str(config_file), "--from", DAY])

    assert result.exit_code == 78


def progress(done: float, read: int, what: str = "states") -> Progress:
    return Progress(home="home", what=what, done=done, until=1_795_417_200_000_000, read=read)


def test_rate_and_what_is_left() -> None:
    """Both are by what has been done since the command began, not by what was done before."""
    times = iter([0.0, 0.0, 50.0, 100.0, 100.0])
    pen = Pen(lambda: next(times))

    words = [
        pen.text(each)
        for each in (progress(0.5, 0), progress(0.6, 1000), progress(0.6, 9, "statistics"))
    ]

    assert words == [
        "2026-11-23 07:00:00 UTC, 0 read",
        "2026-11-23 07:00:00 UTC, 1,000 read, 20/s, 3 min left",
        "2026-11-23 07:00:00 UTC, 9 read",
    ]


def test_on_a_terminal() -> None:
    """A bar for each kind of past, with the words beside it."""
    terminal = io.StringIO()
    with open_screen(Console(file=terminal, force_terminal=True, width=120)) as screen:
        for each in (progress(0.0, 0), progress(1.0, 1000), progress(0.5, 1001, "statistics")):
            screen.tell(each)

    shown = terminal.getvalue()
    assert all(words in shown for words in ("home states", "100 %", "1,000 read"))
    assert all(words in shown for words in ("home statistics", "50 %", "1,001 read"))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (119.0, "119 s"), (150.0, "2 min"), (7300.0, "2 h")]
)
def test_durations(seconds: float, text: str) -> None:
    """In a unit that people think in."""
    assert text == shown_duration(seconds)
