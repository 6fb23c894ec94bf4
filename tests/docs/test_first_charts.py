"""docs/first-charts.md: whoever does what it says has something to see in each panel."""

import os
import shlex
import sys
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from tests.docs.first_charts import DATABASES, PANELS, TEXT, Section, section
from tests.docs.queries import filled_in
from tests.docs.story import Row, ask_sqlite
from tests.support.daemon import running_daemon
from tests.support.influx_series import ask
from tests.support.servers import InfluxDB1
from trio_ingest.config.loading import load
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

TOKEN = "simulated-token"
PATIENCE_SECONDS = 20.0


@pytest.mark.parametrize("database", DATABASES)
def test_the_configuration_is_valid(database: str, tmp_path: Path) -> None:
    """Each configuration of the page can be loaded, with its token files beside it."""
    for name in ("ha.token", "influx.token"):
        (tmp_path / name).write_text(TOKEN)
        (tmp_path / name).chmod(0o600)
    file = tmp_path / "trio-ingest.toml"
    file.write_text(section(database).configuration)

    config = load(file, {"STATE_DIRECTORY": str(tmp_path)})

    assert 1 == len(config.sinks)
    assert not config.warnings


def test_each_database_has_each_panel() -> None:
    """There are the same three panels for all of them."""
    for database in DATABASES:
        assert PANELS == tuple(section(database).queries)


def rows_of(query: str, ask_for: Callable[[str], Sequence[Row]]) -> Sequence[Row]:
    """Return what a panel of the last hour shows."""
    now_ms = time.time_ns() // 1_000_000
    return ask_for(filled_in(query, start_ms=now_ms - 3_600_000, end_ms=now_ms + 60_000))


async def wait_rows(query: str, ask_for: Callable[[str], Sequence[Row]]) -> Sequence[Row]:
    with trio.fail_after(PATIENCE_SECONDS):
        while not (rows := rows_of(query, ask_for)):
            await trio.sleep(0.1)
        return rows


@asynccontextmanager
async def followed(
    page: Section, directory: Path, **replaced: str
) -> AsyncGenerator[tuple[Simulator, Section]]:
    """Do what the page says, with our addresses in place of its own, up to `run`."""
    assert f"its token, `{TOKEN}`" in TEXT
    async with open_simulator(Home(number_of_entities=60)) as simulator:
        configuration = page.configuration.replace("http://127.0.0.1:8123", simulator.url)
        for theirs, ours in replaced.items():
            assert theirs in configuration
            configuration = configuration.replace(theirs, ours)
        (directory / "ha.token").write_text(simulator.token)
        (directory / "ha.token").chmod(0o600)
        (directory / "trio-ingest.toml").write_text(configuration)
        doctor, run = (shlex.split(command) for command in page.commands)
        assert ["trio-ingest", "run", "--config", "trio-ingest.toml"] == run
        environment = {**os.environ, "STATE_DIRECTORY": str(directory / "state")}
        (directory / "state").mkdir(mode=0o700)
        await trio.run_process(
            [sys.executable, "-m", "trio_ingest", *doctor[1:]], cwd=directory, env=environment
        )
        async with running_daemon(directory, configuration, options=()) as daemon:
            await daemon.wait_log("connected to")
            for _ in range(200):
                simulator.step()
            yield simulator, page


async def check_panels(
    page: Section, simulator: Simulator, ask_for: Callable[[str], Sequence[Row]]
) -> None:
    """Each panel has rows, and together they are about what it is named for."""
    temperature, lights, power = [await wait_rows(page.queries[name], ask_for) for name in PANELS]

    rooms = {entity.room.name for entity in simulator.home.entities if entity.room}
    assert {row["area"] for row in temperature} <= rooms
    assert all(row["entity_id"].startswith("light.") for row in lights)
    assert all(row["entity_id"].endswith("_power") for row in power)


@pytest.mark.servers
async def test_influxdb_1(influxdb: InfluxDB1, tmp_path: Path) -> None:
    """From nothing to three panels, with a real InfluxDB 1.6.7; the doctor makes the database."""
    database = "first_charts"

    def ask_for(query: str) -> Sequence[Row]:
        points = ask(influxdb, database, query)
        return [{**point.tags, "time": point.time, **point.fields} for point in points]

    ours = {"http://127.0.0.1:8086": influxdb.url, '"home_assistant"': f'"{database}"'}
    async with followed(section("InfluxDB 1"), tmp_path, **ours) as (simulator, page):
        assert {"name": database} in influxdb.query("SHOW DATABASES")
        await check_panels(page, simulator, ask_for)


async def test_sqlite(tmp_path: Path) -> None:
    """From nothing to three panels, without any server."""
    path = tmp_path / "home.db"

    ours = {"/srv/trio-ingest/home.db": str(path)}
    async with followed(section("SQLite"), tmp_path, **ours) as (simulator, page):
        await check_panels(page, simulator, lambda query: ask_sqlite(path, query))
