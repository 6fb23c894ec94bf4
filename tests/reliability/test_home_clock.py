"""The clock of Home Assistant's machine is put back, while we listen and while we are away.

Times come from that clock. What we hear live is recorded under whatever time it says. What
happened while we were away is looked for after the time that we heard last: when that lies in the
future, by a clock that was put back a little, only the present states are known.
"""

import time
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path

import pytest
import trio
from attrs import define

from tests.reliability.bench import (
    FAST,
    SQLITE,
    Bench,
    Read,
    configuration,
    open_bench,
    under_load,
)
from tests.reliability.oracle import by_key
from tests.reliability.stored import in_sqlite
from tests.support.daemon import running_daemon
from trio_ingest.simulator.simulator import Simulator

MINUTES = 5 * 60.0
DAYS = 3 * 86_400.0
BY = pytest.mark.parametrize("seconds", [MINUTES, DAYS], ids=["minutes", "days"])


@define
class WallClock:
    """A clock that can be put back."""

    offset: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.offset


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


@pytest.fixture
async def bench(clock: WallClock) -> AsyncGenerator[Bench]:
    async with open_bench(clock=clock) as opened:
        yield opened


@pytest.fixture
def read(tmp_path: Path) -> Read:
    return partial(in_sqlite, tmp_path / "home.db")


def touch_everything(simulator: Simulator) -> None:
    """Have no state be from before now, as after a restart or when enough time has passed."""
    for state in list(simulator.core.states.all()):
        simulator.set_state(state.entity_id, state.value, state.attributes, force_update=True)


@BY
async def test_while_connected(
    bench: Bench, clock: WallClock, read: Read, tmp_path: Path, seconds: float
) -> None:
    """Nothing is missing when the clock is put back while we listen, or when it is set right."""
    simulator = bench.simulator
    text = configuration(simulator.url, simulator.token, SQLITE)
    async with running_daemon(tmp_path, text) as daemon:
        await bench.settle(daemon, read)
        async with under_load(simulator):
            await trio.sleep(0.3)
            clock.offset -= seconds
            await trio.sleep(0.5)
            clock.offset += seconds
            await trio.sleep(0.3)
        evidence = await bench.finish(daemon, read)

    assert 1 == evidence.sessions


@BY
async def test_a_session_is_lost_afterwards(
    bench: Bench, clock: WallClock, read: Read, tmp_path: Path, seconds: float
) -> None:
    """A gap after the clock was put back is repaired like any other."""
    simulator = bench.simulator
    text = configuration(simulator.url, simulator.token, SQLITE)
    async with running_daemon(tmp_path, text) as daemon:
        await bench.settle(daemon, read)
        clock.offset -= seconds
        touch_everything(simulator)
        async with under_load(simulator):
            await trio.sleep(0.5)
            simulator.kill()
            simulator.step()
            await daemon.wait_log("connected to ws", 2)
        await daemon.wait_log("repaired in")
        evidence = await bench.finish(daemon, read)

    assert evidence.fetched > 0


async def test_put_back_by_days_while_we_are_away(
    bench: Bench, clock: WallClock, read: Read, tmp_path: Path
) -> None:
    """When all that Home Assistant knows is older than the checkpoint, all of it is fetched."""
    simulator = bench.simulator
    text = configuration(simulator.url, simulator.token, SQLITE)
    await bench.introduce(tmp_path, text, read)
    clock.offset -= DAYS
    await simulator.burst(500)
    touch_everything(simulator)

    async with running_daemon(tmp_path, text) as daemon:
        evidence = await bench.finish(daemon, read)

    assert evidence.fetched >= 500


async def test_put_back_by_minutes_while_we_are_away(
    bench: Bench, clock: WallClock, read: Read, tmp_path: Path
) -> None:
    """The present states are recorded then, everything that we hear is, and nothing is invented."""
    simulator = bench.simulator
    text = configuration(simulator.url, simulator.token, SQLITE)
    await bench.introduce(tmp_path, text, read)
    clock.offset -= MINUTES
    await simulator.burst(500)
    touch_everything(simulator)
    away = len(simulator.emissions)
    present = {(state.entity_id, state.value) for state in simulator.core.states.all()}

    async with running_daemon(tmp_path, text, options=FAST) as daemon:
        await daemon.wait_log("connected to ws", 2)
        await simulator.burst(500)
        fresh = by_key(simulator.emissions[away:])
        with trio.fail_after(30):
            while set(fresh) - {(point.entity_id, point.time) for point in read()}:
                await trio.sleep(0.1)
        assert await daemon.stop() == 0

    verdict = bench.oracle.judge(read())
    wrong = [*verdict.invented, *verdict.doubled, *verdict.spoiled]
    assert not wrong, str(verdict)
    assert not present - {(point.entity_id, point.state) for point in read()}
