"""What the log makes of a calm time, and of an outage: nothing, and a story of a few lines."""

import json
import re
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.daemon import DaemonProcess, running_daemon, until
from tests.support.influx_double import InfluxDouble, open_influx_double
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

# What differs from run to run, or from one operating system to another.
CHANCE = re.compile(r"(?<=127\.0\.0\.1:)\d+|(?<=trying again in )[\d.]+|(?<=in the spool: )\d+")


def configuration(simulator: Simulator, sink: InfluxDouble) -> str:
    return f"""
        logging.format = "json"
        logging.level = "debug"

        [home_assistant.home]
        url = "{simulator.url}"
        token_file = "ha.token"
        reconnect_max_delay = "50ms"

        [sink.influx]
        kind = "influxdb"
        url = "{sink.url}"
        api = "v1"
        database = "home"
        batch.linger = "20ms"
    """


def warnings(daemon: DaemonProcess) -> list[str]:
    """Return what `journalctl -p warning` would show, without what is chance."""
    records = [json.loads(line) for line in daemon.log().splitlines()]
    serious = [each for each in records if each["level"] not in ("debug", "info")]
    return [f"{each['level']}: {CHANCE.sub('N', each['message'])}" for each in serious]


def values_of_last(sink: InfluxDouble) -> set[object]:
    """Return the states that *sink* has of the entity that changes last."""
    return {
        fields.get("value")
        for (series, _), fields in sink.points.items()
        if "sensor.last" in series
    }


async def changes_arrive(
    simulator: Simulator, sink: InfluxDouble, daemon: DaemonProcess, sessions: int = 1
) -> None:
    """Have something happen in the home, and wait until the database has it."""
    await daemon.wait_log("connected to", sessions)
    await simulator.burst(50)
    simulator.set_state("sensor.last", str(sessions))
    await until(lambda: sessions in values_of_last(sink))


async def test_an_outage_is_a_few_lines(tmp_path: Path) -> None:
    """A calm time has no warnings; a lost sink has one, a lost home one for each new reason."""
    token = tmp_path / "ha.token"
    token.touch(mode=0o600)
    token.write_text("simulated-token")
    sink = InfluxDouble(api=InfluxApi.V1, max_body=25_000_000)
    async with open_simulator(Home(number_of_entities=12)) as simulator, AsyncExitStack() as stack:
        async with open_influx_double(sink):
            text = configuration(simulator, sink)
            daemon = await stack.enter_async_context(running_daemon(tmp_path, text))
            await changes_arrive(simulator, sink, daemon)
            daemon.send(signal.SIGHUP)
            await daemon.wait_log("generation 2 stands")
            calm = warnings(daemon)

        await simulator.burst(50)
        await daemon.wait_log("influx: still: ", times=2)
        async with open_influx_double(sink, urlsplit(sink.url).port or 0):
            await daemon.wait_log("delivers again after")
            await simulator.restart(down_seconds=0.5)
            await changes_arrive(simulator, sink, daemon, sessions=2)
            await daemon.wait_log("repaired in")
            assert await daemon.stop() == 0

    assert [] == calm
    assert [
        "warning: influx: http://127.0.0.1:N: Connection refused. It is tried again until it works (points in the spool: N)",
        "warning: home: not connected: Home Assistant closed the session; trying again in N s and for as long as it takes",
        "warning: home: not connected: cannot connect to 127.0.0.1:N: Connection refused; trying again in N s and for as long as it takes",
    ] == warnings(daemon)
