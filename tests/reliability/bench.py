"""Where faults are injected: a home in which something happens all the time, and its daemon."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from attrs import frozen

from tests.reliability.evidence import Evidence, accounts_of, evidence_of, unaccounted
from tests.reliability.oracle import SHOWN, Oracle
from tests.reliability.stored import Stored
from tests.support.daemon import DaemonProcess, running_daemon
from trio_ingest.simulator.core import Emission
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator
from trio_ingest.simulator.story import run_home

ENTITIES = 30
RATE = 100.0
LOOK_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
PATIENCE_SECONDS = 60.0

Read = Callable[[], Sequence[Stored]]
FAST = ("-X", "frozen_modules=on")
"""Options of Python for daemons that are started often."""


@frozen(kw_only=True)
class Bench:
    """A simulated home and who knows what happens in it."""

    simulator: Simulator
    oracle: Oracle

    async def introduce(self, directory: Path, text: str, read: Read) -> None:
        """Run a daemon until it has recorded what there is: from then on its promise counts."""
        async with running_daemon(directory, text, options=FAST) as daemon:
            with trio.fail_after(PATIENCE_SECONDS):
                while not self.oracle.is_furnished(await trio.to_thread.run_sync(read)):
                    await trio.sleep(LOOK_SECONDS)
            assert await daemon.stop() == 0, daemon.log()

    async def finish(self, daemon: DaemonProcess, read: Read) -> Evidence:
        """Let something fresh happen, wait until all is stored, and stop the daemon in peace.

        To be called when nothing else happens any more. Fails unless all is as it should be, and says what is not.
        """
        await self.settle(daemon, read)
        assert await daemon.stop() == 0, daemon.log()
        log = daemon.log()
        verdict = self.oracle.judge(await trio.to_thread.run_sync(read))
        assert verdict.is_good, f"{verdict}\n{log}"
        assert accounts_of(log), log
        for account in accounts_of(log):
            assert unaccounted(account) == 0, log
        assert "Traceback" not in log, log
        return evidence_of(log)

    async def settle(self, daemon: DaemonProcess, read: Read) -> None:
        """Let something fresh happen and wait until all is stored that has happened by then."""
        number = self.oracle.happen()
        missing: Sequence[Emission] = ()
        with trio.move_on_after(PATIENCE_SECONDS):
            while True:
                began = trio.current_time()
                missing = self.oracle.missing(await trio.to_thread.run_sync(read), number)
                if not missing:
                    return
                # To look must not take the time from those who are looked at.
                pause = 10 * (trio.current_time() - began)
                await trio.sleep(min(max(pause, LOOK_SECONDS), LONGEST_PAUSE_SECONDS))
        lines = [f"of {number} changes {len(missing)} are missing:", *map(str, missing[:SHOWN])]
        raise AssertionError("\n".join([*lines, daemon.log()]))


@asynccontextmanager
async def under_load(simulator: Simulator, rate: float = RATE) -> AsyncGenerator[None]:
    """Have *rate* changes a second happen for as long as the block runs."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_home, simulator, rate, name="load")
        yield
        nursery.cancel_scope.cancel(reason="the block is over")


@asynccontextmanager
async def open_bench(**options: object) -> AsyncGenerator[Bench]:
    """Furnish a home; *options* are those of the simulator."""
    home = Home(number_of_entities=ENTITIES)
    async with open_simulator(home, records_emissions=True, **options) as simulator:
        yield Bench(simulator=simulator, oracle=Oracle(simulator))


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    async with open_bench() as opened:
        yield opened


def configuration(home_url: str, token: str, sink: str) -> str:
    """Return a configuration that notices quickly when something is wrong."""
    return f"""
        [home_assistant.home]
        url = "{home_url}"
        token = "{token}"
        connect_timeout = "2s"
        auth_timeout = "2s"
        command_timeout = "5s"
        goodbye_timeout = "200ms"
        ping_interval = "300ms"
        ping_timeout = "2s"
        reconnect_max_delay = "100ms"

        [sink.data]
        batch.linger = "50ms"
        {sink}
    """


SQLITE = """
        kind = "sqlite"
        path = "home.db"
"""


def influx(url: str, timeout: str = "500ms") -> str:
    """Return the settings of a sink that speaks version 1, with the database `home`."""
    return f"""
        kind = "influxdb"
        url = "{url}"
        api = "v1"
        database = "home"
        timeout = "{timeout}"
    """
