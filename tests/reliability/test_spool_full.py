"""What a full spool had to give up is fetched again from Home Assistant, once there is room."""

from pathlib import Path

import pytest

from tests.reliability.evidence import accounts_of
from tests.support.daemon import running_daemon, until
from tests.support.influx_double import Answer, InfluxDouble, open_influx_double
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

CHANGES = 3000


def configuration(simulator: Simulator, double: InfluxDouble, when_full: str) -> str:
    return f"""
        [home_assistant.home]
        url = "{simulator.url}"
        token = "{simulator.token}"

        [sink.small]
        kind = "influxdb"
        url = "{double.url}"
        api = "v1"
        database = "home"
        batch.max_points = 100
        batch.linger = "20ms"
        spool.max_size = "48 KiB"
        spool.when_full = "{when_full}"
    """


def points(double: InfluxDouble) -> set[tuple[str, int]]:
    """Return entity and instant (microseconds) of every point that the double has."""
    return {
        (dict(part.split("=", 1) for part in series.split(",")[1:])["entity_id"], time // 1000)
        for series, time in double.points
    }


@pytest.mark.parametrize("when_full", ["drop_oldest", "drop_newest"])
async def test_what_was_dropped_comes_back(tmp_path: Path, when_full: str) -> None:
    """An outage that was too long for the spool costs nothing that Home Assistant still has."""
    async with (
        open_simulator(Home(number_of_entities=20), records_emissions=True) as simulator,
        open_influx_double(InfluxDouble(api=InfluxApi.V1)) as double,
        running_daemon(tmp_path, configuration(simulator, double, when_full)) as daemon,
    ):
        await daemon.wait_log("connected to")
        double.faults.extend([Answer(503)] * 3)
        await simulator.burst(CHANGES, per_tick=50, pause_seconds=0.02)
        await daemon.wait_log("The spool is full")
        emitted = {(each.entity_id, each.time) for each in simulator.emissions}

        await until(lambda: emitted <= points(double), daemon.log)
        assert await daemon.stop() == 0
        (account,) = accounts_of(daemon.log())

    assert "(spool_full)" in daemon.log()
    reason = {"drop_oldest": "oldest", "drop_newest": "newest"}[when_full]
    assert account[f"dropped_spool_full_{reason}"] > 0
