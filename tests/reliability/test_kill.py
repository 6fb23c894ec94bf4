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
from tests.support.daemon import running_daemon
from tests.support.fork_server import open_fork_server
from tests.support.influx_double import open_influx_double
from trio_ingest.config.line_protocol_model import InfluxApi

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
        async with open_fork_server() as server:
            for _ in range(KILLS):
                async with server.daemon(self.directory):
                    await live_for_a_while(self.directory / "daemon.log", self.random)

    async def recover(self, bench: Bench, found: list[Evidence | str]) -> None:
        async with running_daemon(self.directory, self.text, options=FAST) as daemon:
            try:
                found.append(await bench.finish(daemon, self.read))
            except AssertionError as error:  # to be told when all groups are left
                found.append(str(error))


@asynccontextmanager
async def open_victim(bench: Bench, directory: Path, seed: str) -> AsyncGenerator[Victim]:
    """Make a victim whose network is bad until its database is calm."""
    server = FlakyInflux(api=InfluxApi.V1, max_body=25_000_000, random=Random(f"{seed} sink"))
    async with open_influx_double(server):
        host, port = server.url.removeprefix("http://").split(":")
        async with open_proxy(host, int(port)) as proxy, trio.open_nursery() as nursery:
            nursery.start_soon(bad_weather, proxy, server, Random(f"{seed} network"))
            sink = influx(f"http://127.0.0.1:{proxy.port}", timeout="2s")
            text = configuration(bench.simulator.url, bench.simulator.token, sink)
            yield Victim(directory=directory, text=text, server=server, random=Random(seed))
            nursery.cancel_scope.cancel(reason="the test is over")


@pytest.mark.slow
async def test_two_hundred_kills(bench: Bench, tmp_path: Path) -> None:
    """After 200 kills everything is stored exactly once, also what happened meanwhile."""
    print(f"rerun it with TRIO_INGEST_TEST_SEED={SEED}")  # noqa: T201 - pytest shows it
    found: list[Evidence | str] = []
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

    wrong = [each for each in found if isinstance(each, str)]
    assert not wrong, wrong[0]
    assert VICTIMS == len(found)
    assert all(sum(each.server.struck.values()) > KILLS // 10 for each in victims)
    for evidence in found:
        assert evidence.starts > KILLS // 2, "it was hardly ever started before it was killed"
        assert evidence.sessions > KILLS // 4, "it was hardly ever connected before it was killed"
        assert evidence.fetched > 0, "nothing was ever fetched from the recorder"
        assert evidence.recoveries > 0, "no batch was ever sent again by the one who had failed"
        assert evidence.spooled > 0, "nothing was ever held back in the spool"


async def live_for_a_while(log: Path, random: Random) -> None:
    """Return at any moment of its start, or within a second after it has connected."""
    if random.random() < 0.25:
        await trio.sleep(random.uniform(0, 0.5))
        return
    with log.open(encoding="utf-8") as lines, trio.move_on_after(START_SECONDS):
        lines.seek(0, os.SEEK_END)
        while "connected to ws" not in lines.read():
            await trio.sleep(LOOK_SECONDS)
    await trio.sleep(random.uniform(0, 1))
