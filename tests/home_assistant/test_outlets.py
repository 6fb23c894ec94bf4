"""Lanes that come and go while a session lasts."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
from attrs import define, field

from tests.home_assistant.following import PlainLedger, config_for, until
from tests.home_assistant.test_gap_book import lane_at
from tests.home_assistant.test_repair import Lane, emitted, emitted_after, newest
from trio_ingest.home_assistant.connector import Connector
from trio_ingest.home_assistant.outlet import Outlet, Outlets
from trio_ingest.model.notice import GapFound, RepairDone, RollCall, StartUp, Told
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.state_change import Burst, Source
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=20), records_emissions=True) as opened:
        opened.set_state("zone.home", "0")  # what never changes tells that there was no restart
        opened.step()
        yield opened


@define
class Recorded:
    """A connector that runs, and the lanes that it leads to."""

    connector: Connector
    outlets: Outlets
    nursery: trio.Nursery
    lanes: list[Lane] = field(factory=list)

    def add(self, ledger: PlainLedger, capacity: int = 16) -> tuple[Outlet, Lane]:
        send, receive = trio.open_memory_channel[Told](capacity)
        outlet, lane = Outlet("lane", send, ledger), Lane()
        if capacity:
            self.nursery.start_soon(lane.listen, receive)
        self.outlets.add(outlet)
        return outlet, lane

    @property
    def sessions(self) -> int:
        return self.connector.statistics().sessions


@asynccontextmanager
async def recorded(simulator: Simulator) -> AsyncGenerator[Recorded]:
    outlets = Outlets()
    connector = Connector(config_for(simulator), Latest(Registry()), outlets)
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(connector.run)
            yield Recorded(connector, outlets, nursery)
            nursery.cancel_scope.cancel(reason="the test is over")


async def test_a_lane_that_comes_is_led_through_all_steps(simulator: Simulator) -> None:
    """The gap, live changes, the present, the past and the roll call, in the session that there is."""
    start, emitted_before = newest(simulator), emitted(simulator)
    async with recorded(simulator) as home:
        _, first = home.add(lane_at(None))
        await until(lambda: first.notices(RollCall))
        await simulator.burst(100)
        await until(lambda: emitted(simulator) - first.points() <= emitted_before)
        told_before = len(first.told)

        _, late = home.add(lane_at(start))
        await until(lambda: late.notices(RollCall))
        simulator.set_state("light.now", "on")
        await until(lambda: late.changes(Source.LIVE))

    kinds = [each.source if isinstance(each, Burst) else type(each) for each in late.told]
    assert [
        GapFound,
        Source.SNAPSHOT,
        StartUp,
        GapFound,
        Source.HISTORY,
        RepairDone,
        RollCall,
        Source.LIVE,
    ] == kinds
    assert emitted_after(simulator, start) <= late.points(Source.HISTORY, Source.LIVE)
    news = first.told[told_before:]
    assert all(isinstance(each, Burst) and each.source is Source.LIVE for each in news)
    assert home.sessions == 1


async def test_nothing_is_lost_while_a_lane_comes(simulator: Simulator) -> None:
    """What happens in the very moment in which a lane comes is told to it, one way or the other."""
    start = newest(simulator)
    async with recorded(simulator) as home:
        _, first = home.add(lane_at(None))
        await until(lambda: first.notices(RollCall))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: simulator.burst(2000, per_tick=5, pause_seconds=0.001))
            await trio.sleep(0.05)
            _, late = home.add(lane_at(start))
        await until(lambda: late.notices(RollCall))
        last = simulator.emissions[-1]
        await until(
            lambda: any(point[:2] == (last.entity_id, last.time) for point in late.points())
        )

    assert emitted_after(simulator, start) <= late.points(Source.HISTORY, Source.LIVE)


async def test_a_lane_that_goes_holds_nobody_up(simulator: Simulator) -> None:
    """Who waits for room in a lane goes on as soon as that lane is not wanted any more."""
    async with recorded(simulator) as home:
        stuck, _ = home.add(lane_at(1), capacity=0)
        _, other = home.add(lane_at(None))
        await trio.sleep(0.1)
        assert not other.told

        home.outlets.remove(stuck)
        await until(lambda: other.notices(RollCall))

    assert home.sessions == 1


async def test_a_lane_that_wishes_is_told_of_the_present(simulator: Simulator) -> None:
    """A wish is met by a snapshot, for that lane alone."""
    async with recorded(simulator) as home:
        outlet, lane = home.add(lane_at(None))
        _, other = home.add(lane_at(None))
        await until(lambda: lane.notices(RollCall) and other.notices(RollCall))
        snapshot = len(lane.changes(Source.SNAPSHOT))

        home.outlets.wish(outlet)
        await until(lambda: len(lane.changes(Source.SNAPSHOT)) == 2 * snapshot)

    assert snapshot == len(other.changes(Source.SNAPSHOT))
    assert home.sessions == 1


async def test_a_lane_that_comes_back_misses_what_its_disk_says(simulator: Simulator) -> None:
    """What was meant for a lane that has gone never counts as told to the one that comes back."""
    start = newest(simulator)
    async with recorded(simulator) as home:
        gone, lane = home.add(lane_at(None))
        await until(lambda: lane.notices(RollCall))
        home.outlets.remove(gone)
        await simulator.burst(50)

        _, back = home.add(lane_at(start))
        await until(lambda: back.notices(RollCall))

    assert {each.entity_id for each in simulator.emissions[-50:]} <= {
        each.entity_id for each in back.changes(Source.HISTORY)
    }
    assert not home.connector.open_gaps()


async def test_what_a_connector_has_told_the_next_one_knows(simulator: Simulator) -> None:
    """A gap that was told, and is not on any disk yet, is repaired by the connector that comes next."""
    outlets, registry = Outlets(), Latest(Registry())
    config = config_for(simulator)
    first = Connector(config, registry, outlets)
    second = Connector(config, registry, outlets, first.book)
    simulator.recorder.lag_seconds = 3600  # nothing is repaired for now
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            home = Recorded(first, outlets, nursery)
            _, lane = home.add(lane_at(newest(simulator)))
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as stages:
                    stages.start_soon(first.run)
                    await until(lambda: lane.changes(Source.SNAPSHOT))
                    simulator.set_state("light.live", "on")
                    await until(lambda: lane.changes(Source.LIVE))
                    simulator.kick_all()
                    await until(lambda: home.sessions == 2 and len(lane.notices(GapFound)) >= 4)
                    scope.cancel()
            simulator.recorder.lag_seconds = 0
            nursery.start_soon(second.run)
            await until(lambda: lane.notices(RollCall))
            nursery.cancel_scope.cancel(reason="the test is over")

    begun = {each.gap.first for each in lane.notices(GapFound)}
    repaired = {each.repair.gap.first for each in lane.notices(RepairDone)}
    assert begun <= repaired
    assert not second.open_gaps()
