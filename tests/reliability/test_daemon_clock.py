"""The clock of the daemon's own machine is wrong, and jumps: a recorder never looks at it.

libfaketime stands between the daemon and the clock. That of durations stays right, as it is in a
machine whose wall clock is set.
"""

import signal
from functools import partial
from pathlib import Path

import pytest
import trio

from tests.reliability.bench import FAST, Bench, configuration, influx, under_load
from tests.reliability.stored import in_double
from tests.support.daemon import DaemonProcess, running_daemon
from tests.support.influx_double import Answer, InfluxDouble, open_influx_double
from trio_ingest.config.line_protocol_model import InfluxApi

LIBRARIES = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
JUMPS = ("2031-05-06", "2019-03-04", "1970-01-01", "2037-12-31")
LOGGING = """
    [logging]
    format = "json"
"""


def faking(file: Path) -> dict[str, str]:
    """Return the environment in which the clock shows what stands in *file*."""
    library = next(LIBRARIES, None)
    if library is None:
        raise RuntimeError("faketime is not installed; scripts/test installs it")
    return {
        "LD_PRELOAD": str(library),
        "DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "FAKETIME_CACHE_DURATION": "1",  # seconds; else each look at a clock reads the file
        "FAKETIME_TIMESTAMP_FILE": str(file),
    }


@pytest.mark.servers
@pytest.mark.slow
async def test_the_wall_clock_jumps(bench: Bench, tmp_path: Path) -> None:
    """Booted in 1970, set forward and back again: nothing is lost, doubled, spoiled or stalled."""
    simulator = bench.simulator
    file = tmp_path / "clock"
    file.write_text("@1970-01-01 00:00:20\n")
    double = InfluxDouble(api=InfluxApi.V1, max_body=25_000_000)
    read = partial(in_double, double)
    async with open_influx_double(double):
        text = configuration(simulator.url, simulator.token, influx(double.url)) + LOGGING
        for short in ("500ms", "2s"):  # libfaketime makes everything slow
            text = text.replace(f'timeout = "{short}"', 'timeout = "10s"')
        async with running_daemon(tmp_path, text, options=FAST, environment=faking(file)) as daemon:
            await bench.settle(daemon, read)
            booted = daemon.log()
            async with under_load(simulator, rate=20):
                for number, day in enumerate(JUMPS, 1):
                    file.write_text(f"@{day} 12:00:00\n")
                    await jumped(daemon, f'"{day}T12:')
                    double.faults.append(Answer(503))
                    await daemon.wait_log("delivers again after", number)
                    simulator.kill()
                    await daemon.wait_log("repaired in", number)
            evidence = await bench.finish(daemon, read)

    assert '"1970-01-01T00:00:' in booted
    assert evidence.fetched > 0
    assert len(JUMPS) == evidence.recoveries


async def jumped(daemon: DaemonProcess, moment: str) -> None:
    """Have the daemon say something until it says it at that moment."""
    with trio.fail_after(10):
        while moment not in daemon.log():
            daemon.send(signal.SIGUSR1)
            await trio.sleep(0.2)
