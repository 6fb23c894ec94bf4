"""Reloads under load: whatever comes, changes and goes, nothing is missing and nothing doubled."""

import signal
from functools import partial
from pathlib import Path
from random import Random

import trio

from tests.reliability.bench import FAST, Bench, configuration, influx, open_bench, under_load
from tests.reliability.stored import Stored, in_double, in_sqlite
from tests.support.daemon import DaemonProcess, running_daemon, until
from tests.support.influx_double import InfluxDouble, open_influx_double
from trio_ingest.config.line_protocol_model import InfluxApi

RELOADS = 200
SEED = 20261125
RATE = 60.0
BAD_FILES = ("[home_assistant.home", "[sink.data]\nkind = 'oracle'", "[admin]\nport = 1")


def config_file(random: Random, bench: Bench, cabin: Bench, double: InfluxDouble) -> str:
    """Return a configuration in which everything is at random but one home and its two sinks."""
    simulator, other = bench.simulator, cabin.simulator
    home = configuration(simulator.url, simulator.token, 'kind = "sqlite"\npath = "data.db"')
    parts = [
        'admin.listen = ""',
        f"logging.format = '{random.choice(['text', 'json'])}'",
        home.replace('ping_timeout = "2s"', 'ping_timeout = "30s"'),  # the machine may be busy
        f"[sink.remote]\nbatch.linger = '20ms'\n{influx(double.url, timeout='5s')}",
        f"""
            [home_assistant.cabin]
            url = "{other.url}"
            token = "{other.token}"
            ping_interval = "{random.choice([5, 6])}s"
        """,
    ]
    if random.random() < 0.5:
        parts.append(guest())
    if random.random() < 0.7:
        parts.append(
            f"""
                [sink.moody]
                kind = "sqlite"
                path = "moody{random.choice([1, 2])}.db"
                batch.max_points = {random.choice([100, 5000])}
                spool.max_size = "{random.choice([1, 100])} MiB"
                include.domains = {random.choice(["[]", '["light"]', '["sensor", "light"]'])}
            """
        )
    return "\n".join(parts)


def guest() -> str:
    return "[sink.guest]\nkind = 'sqlite'\npath = 'guest.db'\nbatch.linger = '20ms'\n"


def of_home(double: InfluxDouble) -> list[Stored]:
    """Return what the double has of the home that is looked at."""
    mine = {key: row for key, row in double.points.items() if ",home=home" in key[0]}
    return list(in_double(InfluxDouble(api=double.api, points=mine)))


async def test_two_hundred_reloads(bench: Bench, tmp_path: Path) -> None:
    """The sinks that stay have everything once, over one session; so has one that comes and goes."""
    random, file = Random(SEED), tmp_path / "trio-ingest.toml"
    data, late = (partial(in_sqlite, tmp_path / f"{name}.db", "home") for name in ("data", "guest"))
    server = InfluxDouble(api=InfluxApi.V1, max_body=25_000_000)
    async with open_bench() as cabin, open_influx_double(server) as double:
        text = config_file(Random(0), bench, cabin, double)
        text = text if "sink.guest" in text else text + guest()
        await bench.introduce(tmp_path, text, late)
        sessions = len(bench.simulator.connections)
        async with running_daemon(tmp_path, text, options=FAST) as daemon:
            await daemon.wait_log("home: connected to", 2)
            async with under_load(bench.simulator, RATE), under_load(cabin.simulator, 20):
                for _ in range(RELOADS):
                    is_bad = random.random() < 0.15
                    new = config_file(random, bench, cabin, double)
                    file.write_text(random.choice(BAD_FILES) if is_bad else new)
                    log_size = daemon.log_file.stat().st_size
                    daemon.send(signal.SIGHUP)
                    if random.random() < 0.8:  # in haste: the next one comes in the middle of it
                        await trio.sleep(random.uniform(0, 0.04))
                    else:
                        await said(daemon, "not reloaded" if is_bad else "stands", log_size)
                file.write_text(text)
                daemon.send(signal.SIGHUP)
            await bench.settle(daemon, late)
            await bench.settle(daemon, partial(of_home, double))
            evidence = await bench.finish(daemon, data)

    assert sessions + 1 == len(bench.simulator.connections)
    assert evidence.fetched > 0
    for stored in (late(), of_home(double)):
        verdict = bench.oracle.judge(stored)
        assert verdict.is_good, f"{verdict}\n{daemon.log()}"


async def said(daemon: DaemonProcess, text: str, after_bytes: int) -> None:
    """Wait until *text* was logged behind so much."""

    def news() -> str:
        with daemon.log_file.open(encoding="utf-8") as log:
            log.seek(after_bytes)
            return log.read()

    await until(lambda: text in news(), daemon.log)


async def test_stopped_in_the_middle_of_a_reload(bench: Bench, tmp_path: Path) -> None:
    """SIGTERM on the heels of SIGHUP ends the daemon in peace, however far the reload has come."""
    simulator, file = bench.simulator, tmp_path / "trio-ingest.toml"
    text = configuration(simulator.url, simulator.token, 'kind = "sqlite"\npath = "data.db"')
    read = partial(in_sqlite, tmp_path / "data.db")
    await bench.introduce(tmp_path, text, read)
    async with under_load(simulator):
        for delay in (0, 0.01):
            async with running_daemon(tmp_path, text, options=FAST) as daemon:
                before = daemon.log().count("connected to ws")
                await daemon.wait_log("connected to ws", before + 1)
                changed = text.replace('ping_timeout = "2s"', 'ping_timeout = "3s"')
                file.write_text(f'admin.listen = ""\n{changed}\n{guest()}')
                daemon.send(signal.SIGHUP)
                await trio.sleep(delay)
                assert await daemon.stop() == 0
    async with running_daemon(tmp_path, text) as daemon:
        await bench.finish(daemon, read)
