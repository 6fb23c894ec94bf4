"""What the whole daemon writes into its databases is what Home Assistant itself remembers."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from pathlib import Path

import pytest
import trio
from attrs import frozen

from tests.support.clock import now
from tests.support.home_assistant import HomeAssistant, Remembered
from tests.support.servers import InfluxDB1

pytestmark = [pytest.mark.home_assistant, pytest.mark.servers, pytest.mark.slow]

DATABASE = "real_home"
PATIENCE_SECONDS = 60.0
STOP_SECONDS = 30.0

CONFIGURATION = """
[home_assistant.home]
url = "{url}"
token = "{token}"
reconnect_max_delay = "1s"

[sink.file]
kind = "sqlite"
path = "home.db"
batch.linger = "200ms"

[sink.influx]
kind = "influxdb"
url = "{influxdb}"
api = "v1"
database = "{database}"
batch.linger = "200ms"
"""


@frozen
class Daemon:
    """A running daemon, and what is in its two databases."""

    sqlite: Path
    influxdb: InfluxDB1

    def in_sqlite(self, entity_ids: Iterable[str], since: int) -> list[Remembered]:
        """Return the changes of *entity_ids* after *since* that the embedded database has."""
        with closing(sqlite3.connect(self.sqlite)) as connection:
            rows = connection.execute(
                "SELECT entity_id, time_us, state FROM state_changes WHERE time_us > ?", [since]
            ).fetchall()
        return sorted_changes(rows, entity_ids)

    def in_influxdb(self, entity_ids: Iterable[str], since: int) -> list[Remembered]:
        """Return the changes of *entity_ids* after *since* that InfluxDB has."""
        rows = self.influxdb.query(
            f'SELECT "entity_id", "state" FROM /.*/ WHERE time > {since * 1000}', DATABASE
        )
        return sorted_changes(
            ((row["entity_id"], row["time"] // 1000, row["state"]) for row in rows), entity_ids
        )

    async def wait_recorded(self, count: int, entity_ids: Iterable[str], since: int) -> None:
        """Wait until both databases have *count* changes of *entity_ids*."""
        chosen = list(entity_ids)
        await wait_until(lambda: len(self.in_sqlite(chosen, since)) >= count)
        await wait_until(lambda: len(self.in_influxdb(chosen, since)) >= count)


def sorted_changes(
    rows: Iterable[tuple[str, int, str]], entity_ids: Iterable[str]
) -> list[Remembered]:
    """Return the rows of *entity_ids* as Home Assistant would put them, as they happened."""
    chosen = set(entity_ids)
    changes = (
        Remembered(entity_id=entity_id, time=time, state=None if state == "removed" else state)
        for entity_id, time, state in rows
        if entity_id in chosen
    )
    return sorted(changes, key=Remembered.order)


async def wait_until(come_true: Callable[[], object]) -> None:
    """Wait for something that another process brings about."""
    with trio.fail_after(PATIENCE_SECONDS):
        while not come_true():
            await trio.sleep(0.1)


@pytest.fixture(scope="module")
def daemon(
    home_assistant: HomeAssistant, influxdb: InfluxDB1, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Daemon]:
    """The daemon with the read-only token; it has to outlive every test and end in peace."""
    directory = tmp_path_factory.mktemp("daemon")
    influxdb.create_database(DATABASE)
    (directory / "config.toml").write_text(
        CONFIGURATION.format(
            url=home_assistant.url,
            token=home_assistant.read_only_token,
            influxdb=influxdb.url,
            database=DATABASE,
        )
    )
    log = directory / "daemon.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "trio_ingest", "run", "--config", "config.toml"],
            cwd=directory,
            env={"STATE_DIRECTORY": str(directory / "state")},
            stdout=output,
            stderr=output,
        ) as process,
    ):
        running = Daemon(directory / "home.db", influxdb)
        try:
            trio.run(wait_until, lambda: b"connected to" in log.read_bytes())
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)
    assert process.returncode == 0, log.read_text()


async def test_life_of_an_entity(home_assistant: HomeAssistant, daemon: Daemon) -> None:
    """Creation, change, change of an attribute alone and removal are in both databases."""
    entity_id = "sensor.recorded_life"
    start = now()

    await home_assistant.set_state(entity_id, "1", {"unit_of_measurement": "W"})
    await home_assistant.set_state(entity_id, "2", {"unit_of_measurement": "W"})
    await home_assistant.set_state(entity_id, "2", {"unit_of_measurement": "kW"})
    await home_assistant.set_state(entity_id, "unavailable")
    await home_assistant.remove_state(entity_id)
    await daemon.wait_recorded(5, [entity_id], start)

    remembered = await home_assistant.history(entity_id, since=start)
    assert [row.state for row in remembered] == ["1", "2", "2", "unavailable", None]
    assert remembered == daemon.in_sqlite([entity_id], start)
    assert remembered == daemon.in_influxdb([entity_id], start)


async def test_rename(home_assistant: HomeAssistant, daemon: Daemon) -> None:
    """A rename is recorded as the removal of the old entity and the creation of the new one."""
    old, new = "input_boolean.heating", "input_boolean.boiler"
    start = now()

    await home_assistant.rename(old, new)
    await daemon.wait_recorded(2, [old, new], start)

    recorded = daemon.in_sqlite([old, new], start)
    assert [(old, None), (new, "off")] == [(row.entity_id, row.state) for row in recorded]
    assert recorded == daemon.in_influxdb([old, new], start)
    await home_assistant.rename(new, old)


async def test_burst(home_assistant: HomeAssistant, daemon: Daemon) -> None:
    """Of twenty thousand changes as fast as Home Assistant can make them, none is missing."""
    entity_ids = [f"sensor.load_{number}" for number in range(100)]
    start = now()

    await home_assistant.call("loadgen", "burst", n=20_000, entities=100, per_tick=50)
    await daemon.wait_recorded(20_000, entity_ids, start)

    remembered = await home_assistant.history(*entity_ids, since=start)
    assert len(remembered) == 20_000
    assert remembered == daemon.in_sqlite(entity_ids, start)
    assert remembered == daemon.in_influxdb(entity_ids, start)


async def test_restart(home_assistant: HomeAssistant, daemon: Daemon) -> None:
    """A restart of Home Assistant is weather: the same daemon goes on recording afterwards."""
    entity_id = "sensor.recorded_after_restart"
    await home_assistant.restart()
    start = now()

    await home_assistant.set_state(entity_id, "1")
    await daemon.wait_recorded(1, [entity_id], start)

    remembered = await home_assistant.history(entity_id, since=start)
    assert remembered == daemon.in_sqlite([entity_id], start)
    assert remembered == daemon.in_influxdb([entity_id], start)
