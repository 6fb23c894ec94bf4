"""What a real Home Assistant has recorded is imported, with the rights of a read-only user."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.support.clock import now
from tests.support.home_assistant import HomeAssistant, Remembered
from trio_ingest.model.instant import to_datetime, to_microseconds

pytestmark = [pytest.mark.home_assistant, pytest.mark.slow]

PATIENCE_SECONDS = 60.0
CHANGES = 20_000
BURSTS = 5
ENTITIES = [f"sensor.load_{number}" for number in range(100)]


def command(directory: Path, home_assistant: HomeAssistant, *options: str) -> list[str]:
    config_file = directory / "trio-ingest.toml"
    config_file.write_text(
        f"""
        state_directory = "state"

        [home_assistant.home]
        url = "{home_assistant.url}"
        token = "{home_assistant.read_only_token}"

        [sink.file]
        kind = "sqlite"
        path = "home.db"
        batch.max_points = 500
        """,
        encoding="utf-8",
    )
    program = [sys.executable, "-m", "trio_ingest", "import"]
    return [*program, "--config", str(config_file), "--json", *options]


def recorded(directory: Path) -> list[Remembered]:
    with closing(sqlite3.connect(directory / "home.db")) as connection:
        rows = connection.execute("SELECT entity_id, time_us, state FROM state_changes").fetchall()
    found = [
        Remembered(entity_id=entity_id, time=time, state=None if state == "removed" else state)
        for entity_id, time, state in rows
        if entity_id in ENTITIES
    ]
    return sorted(found, key=Remembered.order)


async def import_to_the_end(directory: Path, home_assistant: HomeAssistant, *options: str) -> Any:
    """Call the command; return what it says for scripts."""
    done = await trio.run_process(
        command(directory, home_assistant, *options), capture_stdout=True, capture_stderr=True
    )
    return json.loads(done.stdout)


async def test_twenty_thousand_changes(home_assistant: HomeAssistant, tmp_path: Path) -> None:
    """Killed in the middle and called again: each change is there once, and to the microsecond."""
    start = now()
    for _ in range(BURSTS):  # over some seconds, or one slice would have all
        await home_assistant.call(
            "loadgen", "burst", n=CHANGES // BURSTS, entities=len(ENTITIES), per_tick=200
        )
        await trio.sleep(1.0)
    await home_assistant.history(since=start)  # a small question, until its recorder has it all
    remembered = await home_assistant.history(*ENTITIES, since=start)
    period = ("--from", to_datetime(start).isoformat())

    process = await trio.lowlevel.open_process(
        command(tmp_path, home_assistant, *period),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    with trio.fail_after(PATIENCE_SECONDS):
        early: list[Remembered] = []
        while len(early) < CHANGES // 2:
            await trio.sleep(0.01)
            with suppress(sqlite3.OperationalError):  # there is no database yet
                early = recorded(tmp_path)
        os.kill(process.pid, signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
    early = recorded(tmp_path)

    report = await import_to_the_end(tmp_path, home_assistant, *period)

    assert CHANGES == len(remembered)
    assert len(early) < CHANGES
    assert remembered == recorded(tmp_path)
    assert report["homes"]["home"]["states_read"] < CHANGES  # it has not begun anew
    assert 0 == report["sinks"]["file"]["waiting"]


async def test_statistics(home_assistant: HomeAssistant, tmp_path: Path) -> None:
    """The hours that there are come in the unit they are stored in, which is not the one shown."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    hours = [midnight - timedelta(days=2) + timedelta(hours=each) for each in (0, 1, 2, 7, 30)]
    entity_id = "sensor.import_energy"
    await home_assistant.set_state(
        entity_id,
        "1000",
        {"unit_of_measurement": "Wh", "device_class": "energy", "state_class": "total_increasing"},
    )
    await home_assistant.command(
        "recorder/import_statistics",
        metadata={
            "has_mean": False,
            "mean_type": 0,
            "has_sum": True,
            "name": None,
            "source": "recorder",
            "statistic_id": entity_id,
            "unit_of_measurement": "kWh",
            "unit_class": "energy",
        },
        stats=[
            {"start": hour.isoformat(), "sum": number * 1.5, "state": number + 100.0}
            for number, hour in enumerate(hours)
        ],
    )
    with trio.fail_after(PATIENCE_SECONDS):
        while not await shown_sums(home_assistant, entity_id, hours[0]):
            await trio.sleep(0.1)

    await import_to_the_end(
        tmp_path, home_assistant, "--statistics", "--from", hours[1].isoformat()
    )

    with closing(sqlite3.connect(tmp_path / "home.db")) as connection:
        found = connection.execute(
            "SELECT time_us, sum, state, unit FROM statistics WHERE statistic_id = ? ORDER BY 1",
            [entity_id],
        ).fetchall()
    expected = [
        (to_microseconds(hour), number * 1.5, number + 100.0, "kWh")
        for number, hour in enumerate(hours)
    ]
    assert expected[1:] == found
    shown = await shown_sums(home_assistant, entity_id, hours[0])
    assert [1000 * number * 1.5 for number in range(5)] == shown


async def shown_sums(home_assistant: HomeAssistant, entity_id: str, start: datetime) -> list[float]:
    """Return the sums as Home Assistant gives them to whoever asks for no unit."""
    answer = await home_assistant.command(
        "recorder/statistics_during_period",
        start_time=start.isoformat(),
        statistic_ids=[entity_id],
        period="hour",
        types=["sum"],
    )
    return [row["sum"] for row in answer.get(entity_id, [])]
