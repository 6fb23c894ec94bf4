"""Two daemons record one home into one database, and know nothing of each other."""

import signal
from functools import partial
from pathlib import Path

import pytest

from tests.reliability.bench import FAST, Bench, configuration, influx, under_load
from tests.reliability.stored import in_influxdb
from tests.support.daemon import running_daemon
from tests.support.servers import running_influxdb

pytestmark = [pytest.mark.servers, pytest.mark.slow]

RATE = 30.0


async def test_either_may_die(bench: Bench, tmp_path: Path) -> None:
    """While either is dead the other records all there is; together they write each point once."""
    with running_influxdb(tmp_path) as server:
        server.create_database("home")
        read = partial(in_influxdb, server, "home")
        text = configuration(bench.simulator.url, bench.simulator.token, influx(server.url))
        one, other = (
            partial(running_daemon, tmp_path / name, text, options=FAST) for name in ("a", "b")
        )
        async with other() as survivor:
            async with one() as victim:
                for each in (survivor, victim):  # from then on their promise counts
                    await each.wait_log("connected to ws")
                async with under_load(bench.simulator, RATE):
                    await bench.settle(victim, read)
                    victim.send(signal.SIGKILL)
                    await victim.wait()
                    await bench.settle(survivor, read)
            async with one() as returned:
                async with under_load(bench.simulator, RATE):
                    await returned.wait_log("repaired in")
                    survivor.send(signal.SIGKILL)
                    await survivor.wait()
                    await bench.settle(returned, read)
                async with other() as both:
                    await both.wait_log("repaired in")
                    of_one = await bench.finish(returned, read)
                    of_other = await bench.finish(both, read)

    assert 2 == of_one.starts == of_other.starts
    assert of_one.fetched > 0, "what it had missed was not fetched again"
    assert of_other.fetched > 0, "what it had missed was not fetched again"
