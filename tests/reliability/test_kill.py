"""The daemon is killed at any moment, again and again, while its database is flaky."""

import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random

import pytest
import trio
from attrs import frozen

from tests.faults.proxy import open_proxy
from tests.reliability.bench import FAST, Bench, configuration, influx, under_load
from tests.reliability.evidence import Evidence
from tests.reliability.flaky import FlakyInflux, bad_weather
from tests.reliability.stored import Stored, in_double
from tests.support.daemon import DaemonProcess, running_daemon
from tests.support.influx_double import open_influx_double
from trio_ingest.config.model import InfluxApi

SEED = os.environ.get("TRIO_INGEST_TEST_SEED", "1")
VICTIMS = 4
KILLS = 50
RATE = 60.0
START_SECONDS = 10.0
LOOK_SECONDS = 0.05


@frozen(kw_only=True)
class Victim:
    """One daemon after the other with the same state directory, and its flaky database."""

    directory: Path
    text: str
    server: FlakyInflux
    random: Random

    def read(self) -> Sequence[Stored]:
        return in_double(self.server)

    async def suffer(self) -> None:
        for _ in range(KILLS):
            async with running_daemon(self.directory, self.text, options=FAST) as daemon:
                await live_for_a_while(daemon, self.random)
                daemon.process.kill()

    async def recover(self, bench: Bench, found: list[Evidence]) -> None:
        async with running_daemon(self.directory, self.text, options=FAST) as daemon:
            found.append(await bench.finish(daemon, self.read))


@asynccontextmanager
async def open_victim(bench: Bench, directory: Path, seed: str) -> AsyncGenerator[Victim]:
    """Make a victim whose network is bad until its database is calm."""
    server = FlakyInflux(api=InfluxApi.V1, max_body=25_000_000, random=Random(f"{seed} sink"))
    async with open_influx_double(server):
        host, port = server.url.removeprefix("http://").split(":")
        async with open_proxy(host, int(port)) as proxy, trio.open_nursery() as nursery:
            nursery.start_soon(bad_weather, proxy, server, Random(f"{seed} network"))
            sink = influx(f"http://127.0.0.1:{proxy.port}")
            text = configuration(bench.simulator.url, bench.simulator.token, sink)
            yield Victim(directory=directory, text=text, server=server, random=Random(seed))
            nursery.cancel_scope.cancel(reason="the test is over")


@pytest.mark.slow
async def test_two_hundred_kills(bench: Bench, tmp_path: Path) -> None:
    """After 200 kills everything is stored exactly once, also what happened meanwhile."""
    print(f"rerun it with TRIO_INGEST_TEST_SEED={SEED}")  # noqa: T201 - pytest shows it
    found: list[Evidence] = []
    async with AsyncExitStack() as stack:
        victims = [
            await stack.enter_async_context(
                open_victim(bench, tmp_path / str(number), f"{SEED} {number}")
            )
            for number in range(VICTIMS)
        ]
        async with trio.open_nursery() as nursery:
            for each in victims:
                nursery.start_soon(bench.introduce, each.directory, each.text, each.read)

        async with under_load(bench.simulator, RATE), trio.open_nursery() as nursery:
            for each in victims:
                each.server.is_calm = False
                nursery.start_soon(each.suffer)
        async with trio.open_nursery() as nursery:
            for each in victims:
                each.server.is_calm = True
                nursery.start_soon(partial(each.recover, bench, found))

    assert VICTIMS == len(found)
    assert all(sum(each.server.struck.values()) > KILLS // 10 for each in victims)
    for evidence in found:
        assert KILLS + 2 == evidence.starts
        assert evidence.sessions > KILLS // 4, "it was hardly ever connected before it was killed"
        assert evidence.fetched > 0, "nothing was ever fetched from the recorder"
        assert evidence.recoveries > 0, "no batch was ever sent again by the one who had failed"
        assert evidence.spooled > 0, "nothing was ever held back in the spool"


async def live_for_a_while(daemon: DaemonProcess, random: Random) -> None:
    """Return at any moment of its start, or within a second after it has connected."""
    if random.random() < 0.25:
        await trio.sleep(random.uniform(0, 2))
        return
    before = daemon.log().count("connected to ws")
    with trio.move_on_after(START_SECONDS):
        while daemon.log().count("connected to ws") == before:
            await trio.sleep(LOOK_SECONDS)
    await trio.sleep(random.uniform(0, 1))
