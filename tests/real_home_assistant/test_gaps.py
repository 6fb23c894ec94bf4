"""What a real Home Assistant remembers of the time when we were away is recorded all the same."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import trio

from tests.support.clock import now
from tests.support.daemon import DaemonProcess, running_daemon
from tests.support.home_assistant import HomeAssistant, Remembered

pytestmark = [pytest.mark.home_assistant, pytest.mark.slow]

PATIENCE_SECONDS = 90.0
REPAIRED = "repaired in"


def configuration(home_assistant: HomeAssistant) -> str:
    return f"""
        [home_assistant.home]
        url = "{home_assistant.url}"
        token = "{home_assistant.read_only_token}"
        reconnect_max_delay = "1s"

        [sink.file]
        kind = "sqlite"
        path = "home.db"
        batch.linger = "200ms"
    """


def recorded(directory: Path, entity_ids: list[str], since: int) -> list[Remembered]:
    with closing(sqlite3.connect(directory / "home.db")) as connection:
        rows = connection.execute(
            "SELECT entity_id, time_us, state FROM state_changes WHERE time_us > ?", [since]
        ).fetchall()
    found = [
        Remembered(entity_id=entity_id, time=time, state=None if state == "removed" else state)
        for entity_id, time, state in rows
        if entity_id in entity_ids
    ]
    return sorted(found, key=Remembered.order)


async def all_recorded(
    home_assistant: HomeAssistant, directory: Path, entity_ids: list[str], since: int
) -> list[Remembered]:
    """Wait until the database has what Home Assistant remembers; return that."""
    remembered = await home_assistant.history(*entity_ids, since=since)
    with trio.move_on_after(PATIENCE_SECONDS):
        while set(remembered) - set(recorded(directory, entity_ids, since)):
            await trio.sleep(0.2)
    assert remembered == recorded(directory, entity_ids, since)
    return remembered


async def is_repaired(daemon: DaemonProcess, times: int) -> None:
    with trio.fail_after(PATIENCE_SECONDS):
        while daemon.log().count(REPAIRED) < times:
            await trio.sleep(0.1)


async def test_changes_while_the_daemon_is_stopped(
    home_assistant: HomeAssistant, tmp_path: Path
) -> None:
    """Creation, change, change of an attribute and removal: to the microsecond, as it remembers."""
    entity_ids = ["sensor.gap_a", "sensor.gap_b", "sensor.gap_c"]
    start = now()
    await home_assistant.set_state("sensor.gap_a", "before", {"unit_of_measurement": "W"})
    async with running_daemon(tmp_path, configuration(home_assistant)) as daemon:
        await daemon.wait_log("connected to")
        await home_assistant.set_state("sensor.gap_b", "1")
        await all_recorded(home_assistant, tmp_path, entity_ids, start)
        assert await daemon.stop() == 0

    await home_assistant.set_state("sensor.gap_a", "while away", {"unit_of_measurement": "kW"})
    await home_assistant.set_state("sensor.gap_a", "while away", {"unit_of_measurement": "MW"})
    await home_assistant.remove_state("sensor.gap_b")
    await home_assistant.set_state("sensor.gap_c", "new")
    await home_assistant.remove_state("sensor.gap_c")
    await home_assistant.set_state("sensor.gap_c", "new again")
    await home_assistant.call("loadgen", "burst", n=3000, entities=30, per_tick=50)

    async with running_daemon(tmp_path, configuration(home_assistant)) as daemon:
        load = [f"sensor.load_{number}" for number in range(30)]
        remembered = await all_recorded(home_assistant, tmp_path, [*entity_ids, *load], start)
        assert await daemon.stop() == 0

    assert len(remembered) >= 3000
    assert (None, None) == tuple(
        [each.state for each in remembered if each.entity_id == entity_id][index]
        for entity_id, index in (("sensor.gap_b", -1), ("sensor.gap_c", 1))
    )


async def test_kicked_by_a_burst(home_assistant: HomeAssistant, tmp_path: Path) -> None:
    """More changes in one moment than any client may have pending cost a session, and no change."""
    load = [f"sensor.load_{number}" for number in range(100)]
    async with running_daemon(tmp_path, configuration(home_assistant)) as daemon:
        await daemon.wait_log("connected to")
        start = now()

        await home_assistant.call("loadgen", "burst", n=6000, entities=100, per_tick=6000)
        await daemon.wait_log("connected to", times=2)
        remembered = await all_recorded(home_assistant, tmp_path, load, start)
        assert await daemon.stop() == 0

    assert len(remembered) == 6000


async def test_home_assistant_restarts(home_assistant: HomeAssistant, tmp_path: Path) -> None:
    """After a restart what was restored is not written again, and what is gone is removed."""
    entity_id = "sensor.gone_with_the_restart"
    async with running_daemon(tmp_path, configuration(home_assistant)) as daemon:
        await daemon.wait_log("connected to")
        await home_assistant.set_state(entity_id, "1")
        start = now()
        await home_assistant.restart()
        await daemon.wait_log("connected to", times=2)
        await is_repaired(daemon, 1)
        await home_assistant.set_state("sensor.after", "1")
        await all_recorded(home_assistant, tmp_path, ["sensor.after"], start)
        assert await daemon.stop() == 0

    [removal] = recorded(tmp_path, [entity_id], start)
    assert removal.state is None
    with closing(sqlite3.connect(tmp_path / "home.db")) as connection:
        again = connection.execute(
            "SELECT entity_id, state FROM state_changes WHERE time_us > ?", [start]
        ).fetchall()
    assert not [each for each in again if each[0] == "input_boolean.heating"], again
