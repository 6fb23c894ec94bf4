"""Gaps are repaired from the recorder: whatever it has, in whatever state it is, and once only."""

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import trio
from attrs import define, field

from tests.home_assistant.following import PlainLedger, config_for, connector_to, until
from tests.home_assistant.test_gap_book import lane_at
from trio_ingest.home_assistant import recorder as recorder_module
from trio_ingest.home_assistant import repair as repair_module
from trio_ingest.home_assistant.connector import Connector
from trio_ingest.home_assistant.errors import CommandFailed
from trio_ingest.home_assistant.history import History
from trio_ingest.home_assistant.outlet import Outlet
from trio_ingest.model.gap import Gap, GapOutcome, GapReason
from trio_ingest.model.notice import GapFound, Notice, RepairDone, RollCall, StartUp, Told
from trio_ingest.model.state_change import Burst, Source, StateChange
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.recorder import Recorder
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

ENTITIES = 20
DAY = 86_400.0
MIB = 1024 * 1024
Point = tuple[str, int, str | None]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Look for what the recorder has a hundred times as often, and see all that is logged."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(recorder_module, "INTERVAL_SECONDS", 0.01)
    monkeypatch.setattr(recorder_module, "USUAL_LAG_SECONDS", 0.2)
    monkeypatch.setattr(recorder_module, "LONGEST_LAG_SECONDS", 2.0)


@define
class Clock:
    """The time of day, and how far the home is ahead of it."""

    hours_ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + 3600 * self.hours_ahead


def hours_pass(simulator: Simulator, hours: float) -> None:
    clock = simulator.core.ticker.clock
    assert isinstance(clock, Clock)
    clock.hours_ahead += hours


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(
        Home(number_of_entities=ENTITIES),
        records_emissions=True,
        recorder=Recorder(1_000_000),
        clock=Clock(),
    ) as opened:
        opened.set_state("zone.home", "0")  # what never changes tells that there was no restart
        opened.step()
        yield opened


@define
class Lane:
    """Everything that one lane was told."""

    told: list[Told] = field(factory=list)

    async def listen(self, channel: trio.MemoryReceiveChannel[Told]) -> None:
        with channel:
            async for told in channel:
                self.told.append(told)

    def changes(self, source: Source) -> list[StateChange]:
        bursts = [each for each in self.told if isinstance(each, Burst)]
        return [change for burst in bursts if burst.source is source for change in burst.changes]

    def points(self, *sources: Source) -> set[Point]:
        return {
            (change.entity_id, change.time, change.state.value if change.state else None)
            for source in sources or tuple(Source)
            for change in self.changes(source)
        }

    def notices(self, kind: type[Notice]) -> list[Any]:
        return [each for each in self.told if isinstance(each, kind)]

    @property
    def outcomes(self) -> list[GapOutcome]:
        """How gaps were closed."""
        repairs = [each.repair for each in self.notices(RepairDone)]
        return [repair.outcome for repair in repairs if repair.remainder is None]


@asynccontextmanager
async def recording(
    simulator: Simulator, *ledgers: PlainLedger, **settings: Any
) -> AsyncGenerator[tuple[Connector, list[Lane]]]:
    """Run a connector that leads to a lane for each ledger."""
    lanes = [Lane() for _ in ledgers]
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            outlets = []
            for lane, ledger in zip(lanes, ledgers, strict=True):
                send, receive = trio.open_memory_channel[Told](16)
                outlets.append(Outlet("lane", send, ledger))
                nursery.start_soon(lane.listen, receive)
            connector = connector_to(outlets, config_for(simulator, **settings))
            nursery.start_soon(connector.run)
            yield connector, lanes
            nursery.cancel_scope.cancel(reason="the test is over")


def emitted(simulator: Simulator) -> set[Point]:
    return {(each.entity_id, each.time, each.state) for each in simulator.emissions}


def emitted_after(simulator: Simulator, time: int) -> set[Point]:
    return {point for point in emitted(simulator) if point[1] > time}


def newest(simulator: Simulator) -> int:
    return simulator.emissions[-1].time


async def live_for_hours(simulator: Simulator) -> None:
    """Let a lot happen, and the clock go on meanwhile."""
    for _ in range(60):
        await simulator.burst(50)
        hours_pass(simulator, 1 / 12)


async def is_closed(lane: Lane, gaps: int = 1) -> None:
    await until(lambda: len(lane.outcomes) >= gaps)


async def test_what_is_told_and_in_which_order(simulator: Simulator) -> None:
    """The gap before anything else, then the present, then the past, and the roll call last."""
    start = newest(simulator)
    await simulator.burst(200)

    async with recording(simulator, lane_at(start)) as (_, [lane]):
        await until(lambda: lane.notices(RollCall))

    kinds = [each.source if isinstance(each, Burst) else type(each) for each in lane.told]
    assert [
        GapFound,
        Source.SNAPSHOT,
        StartUp,
        GapFound,
        Source.HISTORY,
        RepairDone,
        RollCall,
    ] == kinds
    begun, ended = lane.notices(GapFound)
    assert Gap(home="home", first=start, last=None) == begun.gap
    assert newest(simulator) == ended.gap.last
    assert emitted_after(simulator, start) <= lane.points(Source.HISTORY)


async def test_a_gap_is_told_before_live_changes_can_come(simulator: Simulator) -> None:
    """As long as no lane has taken note of the gap, state changes are not even subscribed to."""
    nobody_listens, _unheard = trio.open_memory_channel[Told](0)
    connector = connector_to([Outlet("lane", nobody_listens, lane_at(1))], config_for(simulator))

    def subscriptions() -> list[str]:
        commands = [heard.command for each in simulator.connections for heard in each.commands]
        return [each["event_type"] for each in commands if each["type"] == "subscribe_events"]

    async with trio.open_nursery() as nursery:
        nursery.start_soon(connector.run)
        with trio.fail_after(10):
            await until(lambda: "label_registry_updated" in subscriptions())
        await trio.sleep(0.2)
        nursery.cancel_scope.cancel(reason="seen enough")

    assert "state_changed" not in subscriptions()


async def test_only_those_who_miss_it_are_told(simulator: Simulator) -> None:
    """Each lane is told the past that it misses; one without a past is told the present alone."""
    await simulator.burst(100)
    middle = newest(simulator)
    await simulator.burst(100)

    async with recording(
        simulator, lane_at(1), lane_at(middle + 6_000_000), lane_at(None), backfill_max=3600.0
    ) as (_, lanes):
        await is_closed(lanes[1])
        await until(lambda: all(lane.notices(RollCall) for lane in lanes))

    assert emitted(simulator) <= lanes[0].points()
    assert not lanes[2].changes(Source.HISTORY)
    assert not lanes[2].notices(RepairDone)


async def test_entities_that_no_lane_wants_are_not_asked_for(simulator: Simulator) -> None:
    """History is asked of what is selected, and of nothing else."""
    await simulator.burst(100)
    ledger = lane_at(newest(simulator) - 3_600_000_000)
    ledger.admitted = "sensor."

    async with recording(simulator, ledger) as (_, [lane]):
        await is_closed(lane)

    commands = [heard.command for heard in simulator.connections[0].commands]
    questions = [each for each in commands if each["type"].startswith("history/")]
    repairs = questions[1:]  # the first one looks whether the recorder has the newest states
    assert repairs
    assert all(each.startswith("sensor.") for ask in repairs for each in ask["entity_ids"])
    assert {each.entity_id.partition(".")[0] for each in lane.changes(Source.HISTORY)} == {"sensor"}


@pytest.mark.parametrize("lag", [0.0, 1.0])
async def test_the_recorder_is_waited_for(simulator: Simulator, lag: float) -> None:
    """What the recorder has not written yet when we come back is waited for."""
    simulator.recorder.lag_seconds = lag
    start = newest(simulator)
    await simulator.burst(100)
    expected = emitted_after(simulator, start)

    async with recording(simulator, lane_at(start)) as (_, [lane]):
        await is_closed(lane)

    assert expected <= lane.points(Source.HISTORY)


async def test_a_recorder_that_leaves_entities_out(simulator: Simulator) -> None:
    """An entity that is excluded from the recorder does not hold up the others."""
    simulator.recorder.excluded.add("sensor.secret")
    start = newest(simulator)
    await simulator.burst(50)
    simulator.set_state("sensor.secret", "1")

    async with recording(simulator, lane_at(start)) as (_, [lane]):
        await is_closed(lane)

    assert ("sensor.secret", newest(simulator), "1") in lane.points(Source.SNAPSHOT)
    assert lane.outcomes == [GapOutcome.REPAIRED]


async def test_no_recorder(simulator: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    """Without a recorder the gap is lost, which is said once, with interval and reason."""
    simulator.recorder.is_running = False
    await simulator.burst(50)

    async with recording(simulator, lane_at(newest(simulator) - 1_000_000)) as (connector, [lane]):
        await is_closed(lane)
        await until(lambda: lane.notices(RollCall))

    assert lane.outcomes == [GapOutcome.LOST]
    assert connector.repairs.gaps_lost == 1
    (said,) = [r.getMessage() for r in caplog.records if "cannot be repaired" in r.getMessage()]
    assert "recorder is not running" in said
    assert "UTC (disconnected)" in said


async def test_a_recorder_that_fails_for_now(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When every question fails the gap stays open, the roll is called, and it is tried again."""
    monkeypatch.setattr(repair_module, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(repair_module, "POSTPONED_SECONDS", 0.3)
    monkeypatch.setattr("trio_ingest.home_assistant.recording.LOOK_UP_SECONDS", 0.05)
    start = newest(simulator)
    await simulator.burst(50)
    expected = emitted_after(simulator, start)

    async def failing(*_: object) -> History:
        raise CommandFailed("history", "unknown_error", "database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(repair_module, "fetch_history", failing)
        async with recording(simulator, lane_at(start)) as (_, [lane]):
            await until(lambda: lane.notices(RollCall))
            assert lane.outcomes == []
            broken.undo()
            await is_closed(lane)

    assert lane.outcomes == [GapOutcome.REPAIRED]
    assert expected <= lane.points(Source.HISTORY)


async def test_longer_ago_than_wanted(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """What is older than backfill_max is given up and said; the rest is repaired."""
    await simulator.burst(50)

    async with recording(simulator, lane_at(1), backfill_max=3600.0) as (_, [lane]):
        await is_closed(lane)

    assert emitted(simulator) <= lane.points(Source.HISTORY)
    assert "longer ago than backfill_max" in caplog.text
    gave_up, *_ = [each.repair for each in lane.notices(RepairDone)]
    assert gave_up.outcome is GapOutcome.LOST
    assert gave_up.until == newest(simulator) - 3_600_000_000


async def test_without_backfill_nothing_is_asked(simulator: Simulator) -> None:
    """With backfill = false no gap is opened and no history asked for; the roll is called."""
    await simulator.burst(50)

    async with recording(simulator, lane_at(1), backfill=False) as (_, [lane]):
        await until(lambda: lane.notices(RollCall))

    assert not lane.notices(GapFound)
    assert not lane.changes(Source.HISTORY)


async def test_an_interrupted_repair_goes_on(simulator: Simulator) -> None:
    """However often the session is lost meanwhile, in the end every change was told."""
    await live_for_hours(simulator)
    expected = emitted(simulator)

    async with recording(simulator, lane_at(1), backfill_max=DAY) as (connector, [lane]):
        for repairs in range(2, 8):
            await until(partial(more_repairs, lane, repairs))
            simulator.kill()
        await is_closed(lane)
        await until(lambda: not connector.open_gaps())

    assert connector.statistics().sessions > 4
    assert expected <= lane.points(Source.HISTORY, Source.SNAPSHOT)


def more_repairs(lane: Lane, count: int) -> bool:
    return len(lane.notices(RepairDone)) >= count or bool(lane.outcomes)


async def test_answers_that_are_too_large(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """When a message may not be as large as the answer would be, less is asked for at once."""
    start = newest(simulator)
    for number in range(300):
        simulator.set_state("sensor.fat", str(number), {"text": f"{number:04}" * 1000})
        hours_pass(simulator, 0.1 / 3600)

    async with recording(simulator, lane_at(start), max_message_size=512 * 1024) as (_, [lane]):
        await is_closed(lane)

    assert emitted_after(simulator, start) <= lane.points(Source.HISTORY, Source.SNAPSHOT)


async def test_live_changes_do_not_wait_for_the_past(simulator: Simulator) -> None:
    """While a long gap is repaired, live changes come between its bursts."""
    start = newest(simulator)
    await live_for_hours(simulator)

    async with recording(simulator, lane_at(start), max_message_size=MIB) as (_, [lane]):
        await until(lambda: lane.changes(Source.HISTORY))
        simulator.set_state("sensor.live", "1")
        await is_closed(lane)

    sources = [each.source for each in lane.told if isinstance(each, Burst)]
    assert Source.LIVE in sources
    assert Source.HISTORY in sources[sources.index(Source.LIVE) :]


async def test_a_starting_home_assistant(simulator: Simulator) -> None:
    """Until the start is over nobody is declared gone and nothing is repaired."""
    start = newest(simulator)
    await simulator.burst(20)
    simulator.set_run_state("NOT_RUNNING")

    async with recording(simulator, lane_at(start)) as (connector, [lane]):
        await until(lambda: connector.statistics().sessions == 1)
        await until(lambda: lane.changes(Source.SNAPSHOT))
        await trio.sleep(0.1)
        assert not lane.notices(RollCall)
        assert not lane.changes(Source.HISTORY)
        assert [False] == [each.is_over for each in lane.notices(StartUp)]

        simulator.set_state("sensor.late", "1")
        simulator.set_run_state("RUNNING")
        await until(lambda: lane.notices(RollCall))

    assert [False, True] == [each.is_over for each in lane.notices(StartUp)]
    (roll,) = lane.notices(RollCall)
    assert "sensor.late" in roll.present


async def test_what_a_lane_has_lost_is_fetched_again(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interval that the spool had to drop is told to that lane again, once there is room."""
    monkeypatch.setattr("trio_ingest.home_assistant.recording.LOOK_UP_SECONDS", 0.05)
    await simulator.burst(50)
    first, last = simulator.emissions[10].time, simulator.emissions[30].time
    lost = Gap(home="home", first=first - 1, last=last, reason=GapReason.SPOOL_FULL)
    ledger = lane_at(None)
    ledger.has_room = False

    async with recording(simulator, ledger, lane_at(None)) as (_, [lane, other]):
        await until(lambda: lane.notices(RollCall))
        ledger.has_lost = [lost]
        await trio.sleep(0.2)
        assert not lane.changes(Source.HISTORY)
        ledger.has_room = True
        await is_closed(lane)

    expected = {point for point in emitted(simulator) if first <= point[1] <= last}
    assert expected <= lane.points(Source.HISTORY)
    assert not other.changes(Source.HISTORY)
