"""Signals under load: whatever the daemon is told to do, nothing is missing and nothing doubled."""

import signal
from functools import partial
from pathlib import Path

import trio

from tests.reliability.bench import SQLITE, Bench, configuration, under_load
from tests.reliability.stored import in_sqlite
from tests.support.daemon import running_daemon
from trio_ingest.topology import DRAIN_SECONDS


async def test_terminated_under_load(bench: Bench, tmp_path: Path) -> None:
    """Told to stop it stops in time and with 0; what happens meanwhile it fetches the next time."""
    simulator = bench.simulator
    text = configuration(simulator.url, simulator.token, SQLITE)
    read = partial(in_sqlite, tmp_path / "home.db")
    await bench.introduce(tmp_path, text, read)
    async with under_load(simulator):
        for _ in range(3):
            async with running_daemon(tmp_path, text) as daemon:
                before = daemon.log().count("connected to ws")
                await daemon.wait_log("connected to ws", before + 1)
                await trio.sleep(0.3)
                with trio.fail_after(DRAIN_SECONDS + 5):
                    assert await daemon.stop() == 0
            await trio.sleep(0.3)
    async with running_daemon(tmp_path, text) as daemon:
        evidence = await bench.finish(daemon, read)

    assert 5 == evidence.starts
    assert evidence.fetched > 0
    assert "cut off" not in daemon.log()


async def test_reloaded_twice_under_load(bench: Bench, tmp_path: Path) -> None:
    """Two reloads on each other's heels cost nothing, nor do two that come one after the other."""
    simulator = bench.simulator
    text = configuration(simulator.url, simulator.token, SQLITE)
    read = partial(in_sqlite, tmp_path / "home.db")
    await bench.introduce(tmp_path, text, read)
    async with running_daemon(tmp_path, text) as daemon:
        file = tmp_path / "trio-ingest.toml"
        async with under_load(simulator):
            for sessions in (2, 3, 4):
                await daemon.wait_log("connected to ws", sessions)
                await trio.sleep(0.2)
                changed = text.replace(
                    "ping_timeout = ", f"backfill_max = '{sessions}h'\nping_timeout = "
                )
                file.write_text(f"admin.listen = ''\n{changed}")
                daemon.send(signal.SIGHUP)
                await trio.sleep(0.01)
                daemon.send(signal.SIGHUP)
            await daemon.wait_log("connected to ws", 5)
        evidence = await bench.finish(daemon, read)

    assert 5 == evidence.sessions
    assert evidence.fetched > 0
