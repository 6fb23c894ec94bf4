"""The whole import against a simulated home: all of the past, once, whatever comes in between."""

from datetime import datetime
from itertools import pairwise

import pytest

from tests.importing.homes import Killed, Scene, killed, live_for_hours
from trio_ingest.config.sink_model import EntityPatterns, SqliteSinkConfig
from trio_ingest.home_assistant.errors import leaves
from trio_ingest.importing import home as home_module
from trio_ingest.importing.order import ImportFailed, Progress
from trio_ingest.importing.period import WrongPeriod
from trio_ingest.importing.walk import ImportLane
from trio_ingest.model.batch import Batch
from trio_ingest.model.instant import to_datetime
from trio_ingest.simulator.entrance import Stall
from trio_ingest.simulator.statistics import Series


async def test_all_of_it_once(scene: Scene) -> None:
    """Every change is there, at its own microsecond, and every one was told once."""
    await live_for_hours(scene.simulator)

    result = await scene.do()

    assert scene.happened() == scene.recorded()
    assert len(scene.happened()) == result.counts["file"].states.total()
    assert {"states": len(scene.happened())} == result.homes["home"].read
    slices = scene.slices()
    assert len(slices) > 5
    assert all(before >= after for (_, before), (after, _) in pairwise(slices))
    assert 0.0 == scene.told[0].done
    assert 1.0 == scene.told[-1].done


async def test_a_period_in_the_middle(scene: Scene) -> None:
    """What happened at the beginning of the period is part of it, what happened at its end not."""
    await live_for_hours(scene.simulator, 1)
    times = [each.time for each in scene.simulator.emissions]
    first, last = times[100], times[400]

    await scene.do(start=to_datetime(first), end=to_datetime(last))

    assert [each for each in scene.happened() if first <= each[1] < last] == scene.recorded()


async def test_excluded_entities(scene: Scene) -> None:
    """What the sink leaves out is not even asked for."""
    await live_for_hours(scene.simulator, 1)
    include = EntityPatterns(domains=("sensor",))
    path = scene.directory / "home.db"
    scene.sinks = (SqliteSinkConfig(name="file", path=path, include=include),)

    await scene.do()

    assert [each for each in scene.happened() if each[0][:7] == "sensor."] == scene.recorded()
    asked = {entity for each in scene.questions()[1:] for entity in each["entity_ids"]}
    assert {"sensor"} == {each.partition(".")[0] for each in asked}


async def test_several_sinks(scene: Scene) -> None:
    """Home Assistant is asked once for all sinks, and each has what it selects."""
    await live_for_hours(scene.simulator, 1)
    lights = EntityPatterns(domains=("light",))
    scene.sinks = (
        SqliteSinkConfig(name="all", path=scene.directory / "home.db"),
        SqliteSinkConfig(name="lights", path=scene.directory / "lights.db", include=lights),
    )

    result = await scene.do()

    assert scene.happened() == scene.recorded()
    of_lights = [each for each in scene.happened() if each[0][:6] == "light."]
    assert len(of_lights) == result.counts["lights"].states.total()
    asked = [(each["start_time"], each["entity_ids"][0]) for each in scene.questions()]
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("at", [1, 8])
async def test_killed_while_reading(scene: Scene, at: int) -> None:
    """Wherever it is killed, the same import goes on with the slice that was not finished."""
    await live_for_hours(scene.simulator)
    steps: list[Progress] = []

    def kill(progress: Progress) -> None:
        steps.append(progress)
        if len(steps) == at:
            raise Killed

    scene.listen = kill
    await killed(scene)
    asked_before = len(scene.slices())
    scene.listen = lambda _: None

    await scene.do()

    assert scene.happened() == scene.recorded()
    went_on = scene.slices()[asked_before][0]
    assert abs((went_on - to_datetime(steps[-1].until)).total_seconds()) < 0.01


@pytest.mark.parametrize("is_committed", [False, True])
async def test_killed_while_writing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, is_committed: bool
) -> None:
    """Neither before nor after a batch is committed does the bookmark say more than is true."""
    await live_for_hours(scene.simulator, 2)
    put = ImportLane.put
    puts = 0

    async def put_and_die(lane: ImportLane, batches: list[Batch]) -> None:
        nonlocal puts
        puts += bool(batches)
        if puts == 4 and is_committed:
            await put(lane, batches)
        if puts == 4:
            raise Killed
        await put(lane, batches)

    with monkeypatch.context() as broken:
        broken.setattr(ImportLane, "put", put_and_die)
        await killed(scene)

    result = await scene.do()

    assert scene.happened() == scene.recorded()
    assert result.counts["file"].states.total() < len(scene.happened())


async def test_sessions_that_are_lost(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often one is lost, between two slices or in one, nothing is counted twice."""
    await live_for_hours(scene.simulator)
    put = ImportLane.put
    puts = 0

    async def put_and_lose(lane: ImportLane, batches: list[Batch]) -> None:
        nonlocal puts
        puts += 1
        await put(lane, batches)
        if puts in (1, 5, 12, 15, 22):
            scene.simulator.kill()

    monkeypatch.setattr(ImportLane, "put", put_and_lose)

    result = await scene.do(home={"reconnect_max_delay": 0.05})

    assert len(scene.simulator.connections) >= 6
    assert scene.happened() == scene.recorded()
    assert len(scene.happened()) == result.counts["file"].states.total()
    assert len(scene.happened()) == result.homes["home"].read["states"]


async def test_again_from_the_beginning(scene: Scene) -> None:
    """Once it is over, the same import changes nothing, for the points are the same."""
    await live_for_hours(scene.simulator, 1)
    await scene.do()
    before = scene.query("SELECT * FROM state_changes")

    await scene.do()

    assert before == scene.query("SELECT * FROM state_changes")


async def test_a_poorer_reading_takes_nothing_away(scene: Scene) -> None:
    """What was recorded live, with attributes that the recorder leaves out, stays as it is."""
    await live_for_hours(scene.simulator, 1)
    await scene.do()
    scene.query("UPDATE state_changes SET attributes = json_set(attributes, '$.unrecorded', 1)")
    before = scene.query("SELECT * FROM state_changes")

    await scene.do()

    assert "unrecorded" in before[0][5]
    assert before == scene.query("SELECT * FROM state_changes")


async def test_the_recorder_is_waited_for(scene: Scene) -> None:
    """What happened a moment ago is imported, although the recorder has to commit it first."""
    scene.simulator.recorder.lag_seconds = 1.0
    await scene.simulator.burst(100)

    await scene.do()

    assert scene.happened() == scene.recorded()


async def test_no_recorder(scene: Scene) -> None:
    """Without a recorder there is nothing to import, and nothing is left behind."""
    scene.simulator.recorder.is_running = False

    with pytest.raises(ImportFailed, match="recorder is not running"):
        await scene.do()

    assert not (scene.directory / "home.db").exists()  # noqa: ASYNC240 - tiny


async def test_access_is_withdrawn(scene: Scene) -> None:
    """A token that is good no more ends the import at once, with a word about it."""
    await live_for_hours(scene.simulator, 1)

    def withdraw(_: Progress) -> None:
        scene.simulator.revoke_token()

    scene.listen = withdraw
    failures: list[Exception] = []
    try:
        await scene.do(home={"reconnect_max_delay": 0.05})
    except* ImportFailed as group:
        failures = leaves(group)

    [failure] = failures
    assert "does not accept the token" in str(failure)


async def test_nobody_there(scene: Scene) -> None:
    """A Home Assistant that is not there is no reason to wait: a person is there to hear of it."""
    with pytest.raises(ImportFailed, match="home cannot be asked: cannot connect to"):
        await scene.do(home={"url": "http://127.0.0.1:9"})


async def test_home_assistant_does_not_come_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is waited for, but not for ever; the word at the end says what was the matter."""
    monkeypatch.setattr(home_module, "GIVE_UP_SECONDS", 0.3)
    await live_for_hours(scene.simulator, 1)

    def go_away(_: Progress) -> None:
        scene.simulator.stall(Stall.BEFORE_AUTH_OK)
        scene.simulator.kill()

    scene.listen = go_away
    failures: list[Exception] = []
    try:
        await scene.do(home={"reconnect_max_delay": 0.05, "auth_timeout": 0.05})
    except* ImportFailed as group:
        failures = leaves(group)

    [failure] = failures
    assert "no answer to our token" in str(failure)
    assert len(scene.simulator.connections) > 3


async def test_a_dry_run(scene: Scene) -> None:
    """Everything is read and counted, by entity, and nothing is written anywhere."""
    await live_for_hours(scene.simulator, 1)

    result = await scene.do(is_dry_run=True)

    counts = result.counts["file"].states
    assert len(scene.happened()) == counts.total()
    assert set(counts) == {each[0] for each in scene.happened()}
    assert [] == list(scene.directory.iterdir())  # noqa: ASYNC240 - tiny
    assert {} == result.deliveries


async def test_a_removed_entity_that_the_sink_knows(scene: Scene) -> None:
    """An entity that is gone is asked for when anybody remembers it: here the statistics do."""
    scene.simulator.set_state("sensor.gone", "1")
    scene.simulator.remove("sensor.gone")
    scene.simulator.core.statistics.add(Series(statistic_id="sensor.gone"))

    await scene.do()

    assert ["1", "removed"] == [state for name, _, state in scene.recorded() if "gone" in name]


async def test_by_the_clock_of_the_home(scene: Scene) -> None:
    """A day begins at midnight in Amsterdam, where the simulated home is."""
    with pytest.raises(WrongPeriod, match="22:00:00 UTC"):
        await scene.do(start=datetime(2027, 7, 1))  # noqa: DTZ001 - that is the point
