"""Where imported batches wait: nothing gives way to them, and nothing that is known is changed."""

import pytest
import trio

from tests.importing.homes import Scene, live_for_hours
from tests.support.daemon import running_daemon, toml, until
from tests.support.influx_double import Answer, InfluxDouble, Request, open_influx_double
from tests.support.sink_configs import influx_config
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.config.sink_model import BatchConfig, SpoolConfig, SqliteSinkConfig
from trio_ingest.importing import deposit as deposit_module
from trio_ingest.spool.inspection import SpoolReport, inspect_spool


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deposit_module, "SECONDS_BETWEEN_LOOKS", 0.01)


class SlowInflux(InfluxDouble):
    """An InfluxDB that is down for the first few requests, and again whenever a test says so."""

    refusals: int = 2

    def answer(self, request: Request) -> Answer:
        if self.refusals > 0:
            self.refusals -= 1
            return Answer(503, headers=[("Retry-After", "0")])
        return super().answer(request)


def influx(scene: Scene, double: InfluxDouble, **settings: object) -> None:
    scene.sinks = (
        influx_config(
            url=double.url, database="home", batch=BatchConfig(max_points=50), **settings
        ),
    )


def report(scene: Scene, sink: str) -> SpoolReport:
    return inspect_spool(scene.directory / "state" / "spool" / f"{sink}.db")


async def test_room_is_waited_for(scene: Scene) -> None:
    """However small the spool and slow the sink, nothing is dropped: the import waits."""
    await live_for_hours(scene.simulator, 1)
    double = SlowInflux(api=InfluxApi.V1)
    async with open_influx_double(double):
        influx(scene, double, spool=SpoolConfig(max_size=6000))
        largest = 0

        def look(_: object) -> None:
            nonlocal largest
            largest = max(largest, report(scene, "influx").size_bytes)

        scene.listen = look
        result = await scene.do()

    assert len(scene.happened()) == len(double.points)
    assert len(scene.happened()) == result.counts["influx"].states.total()
    assert 0 < largest <= 3000
    assert {} == report(scene, "influx").dropped_points
    assert 0 == report(scene, "influx").points


async def test_a_sink_that_is_away(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read is safe: later the same import delivers it without asking again."""
    monkeypatch.setattr(deposit_module, "PATIENCE_SECONDS", 0.2)
    await scene.simulator.burst(200)
    double = SlowInflux(api=InfluxApi.V1)
    double.refusals = 10_000
    async with open_influx_double(double):
        influx(scene, double)
        early = await scene.do()
        asked = len(scene.slices())
        double.refusals = 0

        late = await scene.do()

    assert not early.deliveries["influx"].is_settled
    assert "503" in (early.deliveries["influx"].trouble or "")
    assert len(scene.happened()) == early.deliveries["influx"].waiting
    assert late.deliveries["influx"].is_settled
    assert asked == len(scene.slices())
    assert len(scene.happened()) == len(double.points)


async def test_checkpoint_and_gaps_stay(scene: Scene) -> None:
    """What an import brings is the past: where the daemon goes on is not moved by it."""
    await scene.simulator.burst(50)
    await scene.do()

    after = report(scene, "file")

    assert {} == after.checkpoint
    assert [] == [*after.open_gaps, *after.closed_gaps]


def configuration(scene: Scene) -> str:
    return f"""
        [home_assistant.home]
        url = {toml(scene.simulator.url)}
        token = {toml(scene.simulator.token)}

        [sink.file]
        kind = "sqlite"
        path = "home.db"
        batch.linger = "20ms"
    """


async def test_beside_a_daemon(scene: Scene) -> None:
    """A daemon that runs delivers what is imported between what is live, and its sums come out."""
    await live_for_hours(scene.simulator)
    async with running_daemon(scene.directory, configuration(scene)) as daemon:
        await daemon.wait_log("connected to")
        await until(lambda: len(scene.recorded()) >= 120)
        await until(lambda: "home" in report(scene, "file").checkpoint)
        checkpoint = report(scene, "file").checkpoint
        live = iter(range(100))

        def something_happens(_: object) -> None:
            scene.simulator.set_state("sensor.live", str(next(live)))

        scene.listen = something_happens
        file = SqliteSinkConfig(
            name="file", path=scene.directory / "home.db", batch=BatchConfig(max_points=100)
        )
        scene.sinks = (file,)
        result = await scene.do()
        await until(lambda: scene.happened() == scene.recorded())
        after = report(scene, "file")
        assert await daemon.stop() == 0

    assert result.deliveries["file"].by_daemon
    assert after.checkpoint["home"] >= checkpoint["home"]
    assert () == after.open_gaps
    assert {} == after.dropped_points


async def test_the_daemon_ends_meanwhile(scene: Scene) -> None:
    """While no daemon delivers the import waits for room, and goes on when one is there again."""
    await live_for_hours(scene.simulator, 3)
    scene.sinks = (
        SqliteSinkConfig(
            name="file", path=scene.directory / "home.db", batch=BatchConfig(max_points=100)
        ),
    )
    async with trio.open_nursery() as nursery:
        async with running_daemon(scene.directory, configuration(scene)) as daemon:
            await daemon.wait_log("connected to")
            began = trio.Event()
            scene.listen = lambda progress: began.set() if progress.read > 100 else None
            nursery.start_soon(scene.do)
            await began.wait()
            assert await daemon.stop() == 0
        limit = deposit_module.BATCHES_WAITING
        await until(lambda: report(scene, "file").batches >= limit)
        await trio.sleep(0.2)
        assert report(scene, "file").batches == limit
        async with running_daemon(scene.directory, configuration(scene)) as daemon:
            await until(lambda: scene.happened() == scene.recorded())
            assert await daemon.stop() == 0
