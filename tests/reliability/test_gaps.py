"""What happens while we are not connected is in the database all the same, each change once."""

import sqlite3
import time
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path

import pytest

from tests.reliability.evidence import accounts_of
from tests.support.daemon import DaemonProcess, running_daemon, until
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

ENTITIES = 15
# Less than a removal may be without a time, more than repairs reach back in any case.
LATER_SECONDS = 5
Point = tuple[str, int, str]


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=ENTITIES), records_emissions=True) as opened:
        yield opened


def configuration(simulator: Simulator, more: str = "") -> str:
    return f"""
        [home_assistant.home]
        url = "{simulator.url}"
        token = "{simulator.token}"
        reconnect_max_delay = "50ms"
        {more}

        [sink.embedded]
        kind = "sqlite"
        path = "home.db"
        batch.linger = "20ms"
    """


def recorded(directory: Path) -> set[Point]:
    database = directory / "home.db"
    if not database.exists():
        return set()
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT entity_id, time_us, state FROM state_changes"
        try:
            return set(connection.execute(query))
        except sqlite3.OperationalError:  # it is being made
            return set()


def emitted(simulator: Simulator) -> set[Point]:
    return {(e.entity_id, e.time, e.state or "removed") for e in simulator.emissions}


async def all_recorded(simulator: Simulator, directory: Path, daemon: DaemonProcess) -> None:
    def missing() -> set[Point]:
        return emitted(simulator) - recorded(directory)

    await until(lambda: not missing(), lambda: f"{sorted(missing())[:5]}\n{daemon.log()}")


@pytest.mark.parametrize(
    ("end", "feed"), [("kick_all", "events"), ("kill", "events"), ("kill", "entities")]
)
async def test_a_lost_session(simulator: Simulator, tmp_path: Path, end: str, feed: str) -> None:
    """Changes, new entities and removals before and while the session was lost are recorded."""
    async with running_daemon(tmp_path, configuration(simulator, f'feed = "{feed}"')) as daemon:
        await daemon.wait_log("connected to")
        simulator.set_state("sensor.brief", "1")
        simulator.remove("sensor.brief")
        await simulator.burst(200)
        await all_recorded(simulator, tmp_path, daemon)
        getattr(simulator, end)()
        await simulator.burst(300, per_tick=300)
        simulator.set_state("sensor.new", "1")
        simulator.remove("sensor.new")
        simulator.set_state("sensor.new", "2")
        await all_recorded(simulator, tmp_path, daemon)
        await daemon.wait_log("repaired in")
        assert await daemon.stop() == 0
        (account,) = accounts_of(daemon.log())

    assert account["written"] + account["deduplicated"] == account["received"]


async def test_a_stopped_daemon(simulator: Simulator, tmp_path: Path) -> None:
    """What happened while the daemon was stopped is recorded at the next start."""
    async with running_daemon(tmp_path, configuration(simulator)) as daemon:
        await daemon.wait_log("connected to")
        await simulator.burst(200)
        await all_recorded(simulator, tmp_path, daemon)
        assert await daemon.stop() == 0
    await simulator.burst(500)
    async with running_daemon(tmp_path, configuration(simulator)) as daemon:
        await all_recorded(simulator, tmp_path, daemon)
        assert await daemon.stop() == 0


@pytest.mark.parametrize("feed", ["events", "entities"])
async def test_a_killed_daemon(simulator: Simulator, tmp_path: Path, feed: str) -> None:
    """What was in memory when the daemon was killed is fetched again, removals without a time too."""
    config = configuration(simulator, f'feed = "{feed}"')
    async with running_daemon(tmp_path, config) as daemon:
        await daemon.wait_log("connected to")
        simulator.set_state("sensor.brief", "1")
        simulator.remove("sensor.brief")
        simulator.core.ticker.clock = lambda: time.time() + LATER_SECONDS
        await simulator.burst(300, per_tick=10, pause_seconds=0.001)
        await until(lambda: recorded(tmp_path), daemon.log)
        daemon.process.kill()
        await daemon.wait()
    await simulator.burst(50)
    async with running_daemon(tmp_path, config) as daemon:
        await all_recorded(simulator, tmp_path, daemon)
        assert await daemon.stop() == 0
