"""Long-term statistics are imported beside the states, hour by hour."""

from typing import Any

from tests.importing.homes import Killed, Scene, hours_pass, killed
from trio_ingest.config.sink_model import EntityPatterns, SqliteSinkConfig
from trio_ingest.importing.order import Progress
from trio_ingest.simulator.statistics import Series

HOUR = 3600


def statistics_of(scene: Scene) -> list[dict[str, Any]]:
    columns = ("statistic_id", "time_us", "sum", "unit")
    rows = scene.query(f"SELECT {', '.join(columns)} FROM statistics ORDER BY 1, 2")
    return [dict(zip(columns, row, strict=True)) for row in rows]


async def test_statistics_with_gaps(scene: Scene) -> None:
    """Each hour that there is is there once, in the unit that it is stored in; no other is made."""
    start = scene.first // 1_000_000 // HOUR * HOUR + HOUR
    hours = {start + HOUR * hour: {"sum": hour * 1.5} for hour in (0, 1, 5, 900, 901, 2000)}
    for statistic_id, shown, factor in (("sensor.a", "kWh", 1.0), ("x:cost", "MWh", 0.001)):
        scene.simulator.core.statistics.add(
            Series(
                statistic_id=statistic_id,
                source="recorder" if factor == 1.0 else "x",
                shown_unit=shown,
                factor=factor,
                hours=hours,
            )
        )
    hours_pass(scene.simulator, 2200)
    scene.simulator.step()

    result = await scene.do(with_statistics=True)

    expected = [
        {"statistic_id": name, "time_us": hour * 1_000_000, "sum": numbers["sum"], "unit": "kWh"}
        for name in ("sensor.a", "x:cost")
        for hour, numbers in hours.items()
    ]
    assert expected == statistics_of(scene)
    assert 12 == result.counts["file"].statistics.total()


async def test_statistics_of_excluded_entities(scene: Scene) -> None:
    """An entity that the sink leaves out has no statistics there; what is no entity's is kept."""
    path = scene.directory / "home.db"
    exclude = EntityPatterns(entities=("sensor.a",))
    scene.sinks = (SqliteSinkConfig(name="file", path=path, exclude=exclude),)
    start = scene.first // 1_000_000 // HOUR * HOUR + HOUR
    for statistic_id, source in (("sensor.a", "recorder"), ("x:cost", "x")):
        hours = {start: {"sum": 1.0}}
        scene.simulator.core.statistics.add(
            Series(statistic_id=statistic_id, source=source, hours=hours)
        )
    hours_pass(scene.simulator, 2)
    scene.simulator.step()

    result = await scene.do(with_statistics=True)

    assert ["x:cost"] == [each["statistic_id"] for each in statistics_of(scene)]
    assert 1 == result.counts["file"].filtered


async def test_killed_between_states_and_statistics(scene: Scene) -> None:
    """When the states are done, the same import goes on with the statistics alone."""
    start = scene.first // 1_000_000 // HOUR * HOUR + HOUR
    scene.simulator.core.statistics.add(
        Series(statistic_id="sensor.a", hours={start: {"sum": 1.0}})
    )
    hours_pass(scene.simulator, 2)
    scene.simulator.step()

    def kill(progress: Progress) -> None:
        if progress.what == "statistics":
            raise Killed

    scene.listen = kill
    await killed(scene, with_statistics=True)
    scene.listen = lambda _: None
    asked_before = len(scene.questions())

    await scene.do(with_statistics=True)

    kinds = {each["type"] for each in scene.questions()[asked_before + 1 :]}
    assert {"recorder/statistics_during_period"} == kinds
    assert 1 == len(statistics_of(scene))
