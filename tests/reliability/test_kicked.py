"""Home Assistant throws us out: more happens at once than any client may have pending."""

from functools import partial
from pathlib import Path

from tests.reliability.bench import SQLITE, Bench, configuration, under_load
from tests.reliability.stored import in_sqlite
from tests.support.daemon import running_daemon


async def test_ten_thousand_changes_at_once(bench: Bench, tmp_path: Path) -> None:
    """A burst that cuts off every subscriber costs a session and not one change."""
    simulator = bench.simulator
    text = configuration(simulator.url, simulator.token, SQLITE)
    read = partial(in_sqlite, tmp_path / "home.db")
    await bench.introduce(tmp_path, text, read)
    async with running_daemon(tmp_path, text) as daemon:
        async with under_load(simulator):
            await daemon.wait_log("connected to ws", 2)
            await bench.settle(daemon, read)

            await simulator.burst(10_000, per_tick=10_000)
            await daemon.wait_log("connected to ws", 3)
        evidence = await bench.finish(daemon, read)

    assert evidence.fetched >= 10_000
