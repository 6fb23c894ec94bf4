"""A real database is killed and started again, several times, while it is written to."""

from functools import partial
from pathlib import Path

import pytest
import trio

from tests.reliability.bench import Bench, configuration, influx, under_load
from tests.reliability.stored import in_influxdb
from tests.support.daemon import running_daemon
from tests.support.servers import running_influxdb

KILLS = 3


@pytest.mark.servers
@pytest.mark.slow
async def test_influxdb_is_killed(bench: Bench, tmp_path: Path) -> None:
    """What InfluxDB 1.6.7 had confirmed it still has, and what it had not it gets again."""
    with running_influxdb(tmp_path) as server:
        server.create_database("home")
        read = partial(in_influxdb, server, "home")
        text = configuration(bench.simulator.url, bench.simulator.token, influx(server.url))
        async with running_daemon(tmp_path / "daemon", text) as daemon:
            await bench.settle(daemon, read)
            async with under_load(bench.simulator):
                for kill in range(1, KILLS + 1):
                    await trio.sleep(0.5)
                    server.kill()
                    await daemon.wait_log("It is tried again until it works", kill)
                    await trio.to_thread.run_sync(server.start)
                    await daemon.wait_log("delivers again after", kill)
            evidence = await bench.finish(daemon, read)

    assert KILLS == evidence.recoveries
    assert evidence.spooled > 0
    assert 1 == evidence.sessions
