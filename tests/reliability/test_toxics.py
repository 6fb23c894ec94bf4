"""Each of the eight toxics, and half-open connections, before the database and Home Assistant."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from attrs import frozen

from tests.faults.proxy import Proxy, open_proxy
from tests.faults.toxics import (
    Bandwidth,
    Down,
    Latency,
    LimitData,
    ResetPeer,
    Slicer,
    SlowClose,
    Timeout,
    Toxic,
)
from tests.reliability.bench import Bench, configuration, influx, under_load
from tests.reliability.stored import Stored, in_double
from tests.support.daemon import DaemonProcess, running_daemon
from tests.support.influx_double import RESET, InfluxDouble, open_influx_double
from trio_ingest.config.line_protocol_model import InfluxApi

CUTTING = {
    "down": Down(),
    "reset": ResetPeer(),
    "timeout": Timeout(seconds=0.3),
    "half-open": Timeout(),
    "limit": LimitData(number_of_bytes=3000),
    "slow close": SlowClose(seconds=0.5),
}
DELAYING = {
    "latency": Latency(seconds=0.4, jitter_seconds=0.1),
    "bandwidth": Bandwidth(bytes_per_second=4000),
    "slicer": Slicer(average_size=200, variation=100, delay_seconds=0.1),
}
SECONDS_IN = 1.5
HALF_OPEN_SECONDS = 3.0
"""Longer than it takes to find out."""
DELAY_SECONDS = 0.3


@frozen(kw_only=True)
class Fronts:
    """A database and Home Assistant, each behind a proxy of its own."""

    double: InfluxDouble
    database: Proxy
    home_assistant: Proxy
    text: str

    def read(self) -> Sequence[Stored]:
        return in_double(self.double)


@asynccontextmanager
async def open_fronts(bench: Bench) -> AsyncGenerator[Fronts]:
    simulator = bench.simulator
    double = InfluxDouble(api=InfluxApi.V1, max_body=25_000_000)
    async with (
        open_influx_double(double),
        open_proxy("127.0.0.1", port_of(double.url)) as database,
        open_proxy("127.0.0.1", port_of(simulator.url)) as home_assistant,
    ):
        text = configuration(
            f"http://127.0.0.1:{home_assistant.port}",
            simulator.token,
            influx(f"http://127.0.0.1:{database.port}"),
        )
        yield Fronts(double=double, database=database, home_assistant=home_assistant, text=text)


@pytest.fixture
async def fronts(bench: Bench) -> AsyncGenerator[Fronts]:
    async with open_fronts(bench) as opened:
        yield opened


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def each(toxics: dict[str, Toxic]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("toxic", list(toxics.values()), ids=list(toxics))


@each(CUTTING)
async def test_the_database_is_cut_off(
    bench: Bench, fronts: Fronts, tmp_path: Path, toxic: Toxic
) -> None:
    """What the database does not take waits in the spool, and is sent again."""

    def provoke() -> None:
        if isinstance(toxic, SlowClose):  # it needs an end to be slow about
            fronts.double.faults.append(RESET)

    async with running_daemon(tmp_path, fronts.text) as daemon:
        await suffer(bench, fronts, daemon, fronts.database, toxic, provoke=provoke)
        evidence = await bench.finish(daemon, fronts.read)

    assert evidence.recoveries > 0
    assert 1 == evidence.sessions


@each(CUTTING)
async def test_home_assistant_is_cut_off(
    bench: Bench, fronts: Fronts, tmp_path: Path, toxic: Toxic
) -> None:
    """What happens while the session is lost, or not known to be lost, is fetched afterwards."""

    def provoke() -> None:
        if isinstance(toxic, SlowClose):
            bench.simulator.kick_all()

    async with running_daemon(tmp_path, fronts.text) as daemon:
        await suffer(bench, fronts, daemon, fronts.home_assistant, toxic, provoke=provoke)
        await daemon.wait_log("repaired in")
        evidence = await bench.finish(daemon, fronts.read)

    assert evidence.sessions > 1
    assert evidence.fetched > 0


@each(DELAYING)
@pytest.mark.parametrize("front", ["database", "home_assistant"])
async def test_slow(bench: Bench, fronts: Fronts, tmp_path: Path, front: str, toxic: Toxic) -> None:
    """What comes late comes all the same."""
    late = trio.Event()

    async def watch() -> None:
        while age_of_oldest_missing(bench, fronts) < DELAY_SECONDS:
            await trio.sleep(0.02)
        late.set()

    async with running_daemon(tmp_path, fronts.text) as daemon:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch)
            await suffer(bench, fronts, daemon, getattr(fronts, front), toxic)
            nursery.cancel_scope.cancel(reason="the toxic is out")
        await bench.finish(daemon, fronts.read)

    assert late.is_set(), "nothing was late"


async def suffer(
    bench: Bench,
    fronts: Fronts,
    daemon: DaemonProcess,
    proxy: Proxy,
    toxic: Toxic,
    *,
    provoke: Callable[[], None] = lambda: None,
) -> None:
    """Have *toxic* in for a while under load, once the daemon has recorded something."""
    await bench.settle(daemon, fronts.read)
    async with under_load(bench.simulator):
        await trio.sleep(0.2)
        with proxy.toxic(toxic):
            provoke()
            is_half_open = isinstance(toxic, Timeout) and not toxic.seconds
            await trio.sleep(HALF_OPEN_SECONDS if is_half_open else SECONDS_IN)
        await trio.sleep(0.2)


def age_of_oldest_missing(bench: Bench, fronts: Fronts) -> float:
    """Return for how many seconds something has been on its way."""
    missing = bench.oracle.missing(fronts.read())
    if not missing:
        return 0.0
    return bench.simulator.core.ticker.clock() - min(each.time for each in missing) / 1e6
