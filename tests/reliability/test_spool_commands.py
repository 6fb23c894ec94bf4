"""A person looks at a spool and amends it while the daemon runs, and the sums still come out.

The embedded database takes part as the witness: it has every point once.
"""

import json
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import define
from click.testing import CliRunner, Result

from tests.support.daemon import (
    LOOK_SECONDS,
    PATIENCE_SECONDS,
    DaemonProcess,
    running_daemon,
    until,
)
from tests.support.influx_double import Answer, InfluxDouble, Request, open_influx_double
from trio_ingest.cli import main
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator
from trio_ingest.spool.waiting import Waiting
from trio_ingest.spool.waiting import waiting as read_waiting

Point = tuple[str, int]
STRANGE = "sensor.strange"


@define(kw_only=True)
class MoodyInflux(InfluxDouble):
    """An InfluxDB 1 that can be down, and that refuses lines with a word it dislikes."""

    is_down: bool = False
    dislikes: str = "nothing at all"

    def answer(self, request: Request) -> Answer:
        return Answer(503) if self.is_down else super().answer(request)

    def _store(self, lines: Sequence[str], scale: int) -> Answer:
        bad = {n: "not to my taste" for n, line in enumerate(lines) if self.dislikes in line}
        good = [line for n, line in enumerate(lines) if n not in bad]
        answer = super()._store(good, scale) if good else Answer(204)
        if not bad:
            return answer
        words = self._quoted(lines, bad)
        return self._error(400, "", f"partial write: {words} dropped=0" if good else words)


@define
class Scene:
    """What a test looks at."""

    directory: Path
    simulator: Simulator
    influx: MoodyInflux

    def daemon(self) -> Any:
        """Return the daemon, to be run."""
        return running_daemon(
            self.directory,
            f"""
            [home_assistant.home]
            url = "{self.simulator.url}"
            token = "{self.simulator.token}"
            reconnect_max_delay = "50ms"

            [sink.influx]
            kind = "influxdb"
            url = "{self.influx.url}"
            api = "v1"
            database = "home"
            batch.linger = "20ms"
            batch.max_points = 25

            [sink.witness]
            kind = "sqlite"
            path = "home.db"
            batch.linger = "20ms"
            """,
        )

    def delivered(self) -> set[Point]:
        """Return the points that the InfluxDB has."""
        pairs = (
            (dict(t.split("=") for t in series.split(",")[1:]), time)
            for series, time in self.influx.points
        )
        return {(tags["entity_id"], time // 1000) for tags, time in pairs}

    def witnessed(self) -> set[Point]:
        """Return the points that the witness has: of all that the daemon has recorded."""
        with closing(sqlite3.connect(self.directory / "home.db")) as connection:
            return set(connection.execute("SELECT entity_id, time_us FROM state_changes"))

    async def change(self, number: int) -> None:
        """Let things happen, and wait until the daemon has recorded all of them."""
        await self.simulator.burst(number)
        await self.recorded()

    async def recorded(self) -> None:
        """Wait until all that happened is in the witness, and in the spool or in the InfluxDB."""
        happened = {(each.entity_id, each.time) for each in self.simulator.emissions}
        await until(lambda: happened <= self.witnessed())

    def in_hand(self) -> set[Point]:
        """Return the points of the oldest batch, which the writer tries to deliver."""
        path = self.directory / "state" / "spool" / "influx.db"
        oldest = next(read_waiting(path, 10**9))
        assert isinstance(oldest, Waiting)
        found = set(times(b"\n".join(oldest.batch.lines())))
        return {point for point in self.witnessed() if point[1] in found}

    async def status(self) -> dict[str, Any]:
        done = await self.call("spool", "status", "influx", "--json")
        assert done.exit_code == 0, done.output
        [status] = json.loads(done.stdout)
        return dict(status)

    async def wait_status(self, **expected: object) -> None:
        """Wait until the status has these values."""
        status: dict[str, Any] = {}
        with trio.move_on_after(PATIENCE_SECONDS):
            while True:
                status = await self.status()
                if all(status[name] == value for name, value in expected.items()):
                    return
                await trio.sleep(LOOK_SECONDS)
        raise AssertionError(f"expected {expected}, but it is {status}")

    async def call(self, *arguments: str) -> Result:
        """Call a command on the daemon's state directory."""
        command = [*arguments, "--state-directory", str(self.directory / "state")]
        invoke = partial(CliRunner().invoke, main, command, catch_exceptions=False)
        return await trio.to_thread.run_sync(invoke)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncGenerator[Scene]:
    home = Home(number_of_entities=15)
    double = MoodyInflux(api=InfluxApi.V1)
    async with (
        open_simulator(home, records_emissions=True) as simulator,
        open_influx_double(double) as influx,
    ):
        yield Scene(tmp_path, simulator, influx)


async def started(scene: Scene, daemon: DaemonProcess) -> None:
    await daemon.wait_log("connected to")
    await scene.change(50)
    await until(lambda: scene.delivered() == scene.witnessed())


def times(lines: bytes) -> list[int]:
    return [int(line.rpartition(b" ")[2]) for line in lines.splitlines()]


async def test_outage(scene: Scene) -> None:
    """What waits can be seen, verified, exported and purged while the daemon runs; sums hold."""
    async with scene.daemon() as daemon:
        await started(scene, daemon)
        before = scene.witnessed()
        scene.influx.is_down = True
        await scene.change(300)
        waiting = scene.witnessed() - before
        await scene.wait_status(points=len(waiting))
        in_hand = scene.in_hand()
        verified = await scene.call("spool", "verify", "influx")
        exported = await scene.call("spool", "export", "influx")
        purged = await scene.call("spool", "purge", "influx", "--yes")
        assert (await scene.status())["points"] == len(in_hand)
        waiting_times = sorted(time for _, time in waiting)
        waiting -= in_hand
        scene.influx.is_down = False
        await scene.change(100)
        await until(lambda: scene.witnessed() - waiting <= scene.delivered())
        await scene.wait_status(points=0, dropped_points={"purged": len(waiting)})
        assert await daemon.stop() == 0

    assert "all is well" in verified.stdout
    assert waiting_times == sorted(times(exported.stdout_bytes))
    assert f"influx: {len(waiting):,} points deleted" in purged.stdout
    assert "the oldest batch stays" in purged.stdout
    assert scene.witnessed() - waiting == scene.delivered()
    assert "Traceback" not in daemon.log()
    after = await scene.call("spool", "verify", "influx")
    assert "0 batches of 0 points read: all is well" in after.stdout


async def test_purged_while_it_was_stopped(scene: Scene) -> None:
    """What was purged of a stopped daemon's spool is not fetched again; all else is delivered."""
    async with scene.daemon() as daemon:
        await started(scene, daemon)
        before = scene.witnessed()
        scene.influx.is_down = True
        await scene.change(200)
        waiting = scene.witnessed() - before
        await scene.wait_status(points=len(waiting))
        assert await daemon.stop() == 0
    names = {each.name for each in (scene.directory / "state" / "spool").iterdir()}
    exported = await scene.call("spool", "export", "influx")
    assert (await scene.call("spool", "verify", "influx")).exit_code == 0
    assert names == {each.name for each in (scene.directory / "state" / "spool").iterdir()}
    assert (await scene.call("spool", "purge", "influx", "--yes")).exit_code == 0
    assert sorted(time for _, time in waiting) == sorted(times(exported.stdout_bytes))

    scene.influx.is_down = False
    await scene.simulator.burst(100)
    async with scene.daemon() as daemon:
        await daemon.wait_log("connected to")
        await scene.change(100)
        await until(lambda: scene.witnessed() - waiting <= scene.delivered())
        assert await daemon.stop() == 0
    assert scene.witnessed() - waiting == scene.delivered()


async def test_killed(scene: Scene) -> None:
    """The spool of a daemon that was killed can be read and amended, and is used by the next."""
    async with scene.daemon() as daemon:
        await started(scene, daemon)
        before = scene.witnessed()
        scene.influx.is_down = True
        await scene.change(200)
        await scene.wait_status(points=len(scene.witnessed() - before))
        daemon.process.kill()
        await daemon.wait()
    waiting = scene.witnessed() - before
    exported = await scene.call("spool", "export", "influx")
    assert (await scene.call("spool", "purge", "influx", "--yes")).exit_code == 0

    scene.influx.is_down = False
    async with scene.daemon() as daemon:
        await daemon.wait_log("connected to")
        await scene.change(100)
        await until(lambda: scene.witnessed() - waiting <= scene.delivered())
        assert await daemon.stop() == 0
    assert sorted(time for _, time in waiting) == sorted(times(exported.stdout_bytes))
    assert scene.witnessed() - waiting == scene.delivered()


@pytest.mark.parametrize("is_running", [True, False], ids=["running", "stopped"])
async def test_refused_lines(scene: Scene, is_running: bool) -> None:
    """Lines that were refused are listed, and delivered once the sink likes them: none is lost."""
    scene.influx.dislikes = STRANGE
    async with scene.daemon() as daemon:
        await started(scene, daemon)
        for state in ("1", "2", "3"):
            scene.simulator.set_state(STRANGE, state)
        await scene.change(20)
        await scene.wait_status(points=0, quarantined_lines=3)
        listed = await scene.call("quarantine", "list", "influx", "--json")
        scene.influx.dislikes = "nothing at all"
        if not is_running:
            assert await daemon.stop() == 0
        retried = await scene.call("quarantine", "retry", "influx", "1", "2")
        purged = await scene.call("quarantine", "purge", "influx", "--all", "--yes")
        assert (await scene.status())["points"] == 2
        if is_running:
            await scene.change(20)
            await scene.wait_status(points=0, quarantined_lines=0)
            assert await daemon.stop() == 0
    async with scene.daemon() as daemon:
        await daemon.wait_log("connected to")
        await scene.change(20)
        await scene.wait_status(points=0, quarantined_lines=0)
        assert await daemon.stop() == 0

    lines = json.loads(listed.stdout)
    assert ["not to my taste" in each["reason"] for each in lines] == [True] * 3
    assert "2 lines put back" in retried.stdout
    assert "1 line deleted" in purged.stdout
    third = (STRANGE, times(lines[2]["line"].encode())[0])
    assert scene.witnessed() - {third} == scene.delivered()


async def test_much_ado(scene: Scene) -> None:
    """However often it is looked at and amended under load, no point is lost or made up."""
    scene.influx.dislikes = STRANGE
    async with scene.daemon() as daemon, trio.open_nursery() as nursery:
        await started(scene, daemon)

        async def load() -> None:
            for state in range(150):
                scene.simulator.set_state(STRANGE, str(state))
                await scene.simulator.burst(20)
            scene.influx.dislikes = "nothing at all"
            nursery.cancel_scope.cancel()

        nursery.start_soon(load)
        while True:
            for command in (["quarantine", "retry", "influx", "--all"], ["spool", "verify"]):
                done = await scene.call(*command)
                assert done.exit_code == 0, done.output

    async with scene.daemon() as daemon:
        await daemon.wait_log("connected to")
        await scene.call("quarantine", "retry", "influx", "--all")
        await scene.change(20)
        await scene.wait_status(points=0, quarantined_lines=0)
        assert await daemon.stop() == 0
    assert scene.witnessed() == scene.delivered()
    assert "Traceback" not in daemon.log()
