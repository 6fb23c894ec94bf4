"""The feed `entities`: the same as the feed `events` tells, and what is done where it lacks."""

import json
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from functools import partial
from typing import Any

import pytest
import trio
import trio.testing
from attrs import define
from msgspec.structs import replace

from tests.home_assistant.following import Follower, PlainLedger, config_for, following, until
from trio_ingest.config.model import Feed
from trio_ingest.home_assistant import dating, departures, renewal
from trio_ingest.home_assistant.connector import Connector
from trio_ingest.home_assistant.entity_feed import EntityFeed
from trio_ingest.home_assistant.history import COMMAND
from trio_ingest.home_assistant.outlet import Outlet, Outlets
from trio_ingest.model.notice import RollCall, Told
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.state_change import Source, StateChange
from trio_ingest.simulator.core import Emission
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

ENTITIES = 20
HOUR = 3600
LIGHT = "light.kuche_ceiling"
INVALID = b'{"type":"result","success":false,"error":{"code":"unknown_error","message":"Invalid JSON in response"},"id":%d}'


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=ENTITIES), records_emissions=True) as opened:
        yield opened


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask soon and often; what is not known after a while is not known."""
    monkeypatch.setattr(dating, "ASK_SECONDS", 0.02)
    monkeypatch.setattr(dating, "USUAL_LAG_SECONDS", 0.2)
    monkeypatch.setattr(renewal, "LEAST_SECONDS", 0.02)


def following_entities(simulator: Simulator, **changes: Any) -> Any:
    return following(config_for(simulator, feed=Feed.ENTITIES, **changes))


async def connected(follower: Follower, sessions: int = 1) -> None:
    await until(lambda: follower.connector.statistics().sessions >= sessions)
    await until(lambda: len(follower.heard) >= ENTITIES)


def emitted(simulator: Simulator) -> set[tuple[str, int, str | None]]:
    return {(e.entity_id, e.time, e.state) for e in simulator.emissions}


def removals(follower: Follower) -> list[StateChange]:
    return [change for change in follower.heard if change.is_removal]


def commands(simulator: Simulator, kind: str) -> list[dict[str, Any]]:
    heard = [each.command for each in simulator.connections[-1].commands]
    return [command for command in heard if command["type"] == kind]


async def test_both_feeds_tell_the_same(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A story of changes, removals and returns is the same, change by change, to the microsecond.

    A removal alone has no context, which nobody tells.
    """
    caplog.set_level(logging.INFO)
    async with (
        following(config_for(simulator)) as whole,
        following_entities(simulator) as entities,
    ):
        await connected(whole)
        await connected(entities)
        await simulator.burst(4000)
        for number in range(20):
            simulator.remove(f"sensor.passing_{number - 1}")
            simulator.set_state("sensor.restless", "1")
            simulator.remove("sensor.restless")
            simulator.set_state(f"sensor.passing_{number}", "1", {"n": number})
            simulator.set_state(f"sensor.passing_{number}", "1", {"m": number})
            simulator.set_state(f"sensor.passing_{number}", "1", {"m": 1}, force_update=True)
        for follower in (whole, entities):
            await until(lambda follower=follower: emitted(simulator) <= follower.points())

    assert len(removals(entities)) > 38
    assert "nobody knows when" not in caplog.text
    theirs, ours = (
        Counter(
            (c.entity_id, c.time, json.dumps(_plain(c), sort_keys=True)) for c in follower.heard
        )
        for follower in (whole, entities)
    )
    assert theirs == ours
    assert lives(whole) == lives(entities)


def lives(follower: Follower) -> list[StateChange]:
    """Return what was heard live, but for removals, with the states before read."""
    return [
        replace(change, before=change.old_state)
        for change in follower.heard[ENTITIES:]
        if not change.is_removal
    ]


def _plain(change: StateChange) -> list[Any]:
    states = (change.state, change.old_state)
    return [None if s is None else [s.value, s.attributes.by_name, s.last_changed] for s in states]


async def test_nothing_is_asked_for_twice(simulator: Simulator) -> None:
    """The snapshot comes with the subscription: no states are fetched, no events subscribed to."""
    async with following_entities(simulator) as follower:
        await connected(follower)
        await until(lambda: any(isinstance(n, RollCall) for n in follower.notices))

    assert commands(simulator, "get_states") == []
    assert len(commands(simulator, "subscribe_entities")) == 1
    types = [command["event_type"] for command in commands(simulator, "subscribe_events")]
    assert "state_changed" not in types
    first, *_ = [burst for burst, _ in follower.bursts]
    assert (first.source, len(first.changes)) == (Source.SNAPSHOT, ENTITIES)


async def test_a_removal_is_told_once_its_time_is_known(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recorder writes later: until then all else goes on, and the time is the right one."""
    monkeypatch.setattr(dating, "USUAL_LAG_SECONDS", HOUR)
    simulator.recorder.lag_seconds = HOUR
    async with following_entities(simulator) as follower:
        await connected(follower)
        simulator.remove(LIGHT)
        gone = simulator.emissions[-1]
        simulator.set_state("sensor.next", "1")
        simulator.set_state(LIGHT, "on")
        await until(lambda: any(c.entity_id == "sensor.next" for c in follower.heard))
        await until(lambda: len(commands(simulator, COMMAND)) > 2)
        assert removals(follower) == []
        simulator.recorder.lag_seconds = 0
        await until(lambda: removals(follower))

    (removal,) = removals(follower)
    assert (removal.entity_id, removal.time) == (LIGHT, gone.time)
    assert removal.old_state is not None
    assert follower.bursts[-1][0].source is Source.LATE


@pytest.mark.parametrize("why", ["no recorder", "excluded", "not an id", "too many"])
async def test_a_removal_that_nobody_can_date(
    simulator: Simulator,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is recorded at the time of what was heard last before it, and said to be."""
    caplog.set_level(logging.INFO)
    entity_id = "sensor.a__b" if why == "not an id" else "sensor.brief"
    if why == "no recorder":
        simulator.recorder.is_running = False
    elif why == "excluded":
        simulator.recorder.excluded.add(entity_id)
    elif why == "too many":
        monkeypatch.setattr(departures, "MOST_WAITING", 0)
    async with following_entities(simulator) as follower:
        await connected(follower)
        simulator.set_state(entity_id, "1")
        simulator.set_state("sensor.last", "1")
        last = simulator.emissions[-1]
        simulator.remove(entity_id)
        await until(lambda: removals(follower))
        await until(lambda: why == "too many" or "1 entities were removed" in caplog.text)

    (removal,) = removals(follower)
    assert (removal.entity_id, removal.time) == (entity_id, last.time)


async def test_who_waits_for_a_time_is_in_the_next_gap(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A removal whose time was not known when the session was lost is found by its repair."""
    monkeypatch.setattr(dating, "USUAL_LAG_SECONDS", HOUR)
    simulator.recorder.lag_seconds = HOUR
    async with following_entities(simulator) as follower:
        await connected(follower)
        simulator.remove(LIGHT)
        gone = simulator.emissions[-1]
        simulator.core.ticker.clock = lambda: time.time() + 5
        simulator.set_state("sensor.next", "1")
        await until(partial(has_heard, follower, point_of(simulator.emissions[-1])))
        simulator.kill()
        await connected(follower, sessions=2)
        simulator.recorder.lag_seconds = 0
        await until(partial(has_heard, follower, point_of(gone)))

    assert len(removals(follower)) == 1
    assert follower.bursts[-1][0].source is Source.HISTORY


async def test_a_difference_of_nobody_begins_anew(simulator: Simulator) -> None:
    """It is counted, the entities are read again in the same session, and nothing is missed."""
    async with following_entities(simulator) as follower:
        await connected(follower)
        (connection,) = simulator.open_connections
        before = subscription(simulator)
        connection.outbox.put(
            b'{"type":"event","event":{"c":{"sensor.x":{"+":{"s":"1","lc":1.5}}}},"id":%d}' % before
        )
        await until(lambda: len(commands(simulator, "subscribe_entities")) == 2)
        await simulator.burst(500)
        await until(lambda: emitted(simulator) <= follower.points())
        await until(lambda: commands(simulator, "unsubscribe_events"))

    assert commands(simulator, "unsubscribe_events")[0]["subscription"] == before
    statistics = follower.connector.statistics()
    assert (statistics.sessions, statistics.unreadable) == (1, 1)
    assert len(follower.heard) == ENTITIES + 500  # nothing twice


async def test_a_change_that_cannot_be_sent_begins_anew(simulator: Simulator) -> None:
    """What it was is asked for, since the next difference would begin with it."""
    async with following_entities(simulator) as follower:
        await connected(follower)
        (connection,) = simulator.open_connections
        number = subscription(simulator)
        simulator.core._entity_subscribers, deaf = [], simulator.core._entity_subscribers
        simulator.set_state(LIGHT, "on", {"brightness": 77, "bad": 1})  # and nobody hears of it
        simulator.core._entity_subscribers = deaf
        connection.outbox.put(INVALID % number)
        now = simulator.emissions[-1]
        await until(lambda: (LIGHT, now.time, "on") in follower.points())
        simulator.set_state(LIGHT, "off", {"brightness": 77})
        await until(lambda: follower.heard[-1].state and follower.heard[-1].state.value == "off")

    assert follower.connector.statistics().unserialized == 1
    last = follower.heard[-1]
    assert last.state is not None
    assert last.state.attributes.by_name == {"brightness": 77}


async def test_beginning_anew_has_its_pace(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often something is wrong, snapshots are asked for now and then only."""
    monkeypatch.setattr(renewal, "LEAST_SECONDS", 600)
    async with following_entities(simulator) as follower:
        await connected(follower)
        for number in range(50):
            simulator.open_connections[0].outbox.put(b'{"type":"???"}')
            simulator.set_state("sensor.after", str(number))
            last = simulator.emissions[-1]
            await until(partial(has_heard, follower, point_of(last)))

    assert len(commands(simulator, "subscribe_entities")) == 2


def point_of(emission: Emission) -> tuple[str, int, str | None]:
    return emission.entity_id, emission.time, emission.state


def has_heard(follower: Follower, point: tuple[str, int, str | None]) -> bool:
    return point in follower.points()


def subscription(simulator: Simulator) -> int:
    return int(commands(simulator, "subscribe_entities")[-1]["id"])


async def test_a_starting_home_is_looked_at_again(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The roll is called of who is there once the start is over, and not of the first few."""
    monkeypatch.setattr("trio_ingest.home_assistant.snapshot.LOOK_AGAIN_SECONDS", 0.02)
    simulator.set_run_state("NOT_RUNNING")
    async with following_entities(simulator) as follower:
        await connected(follower)
        simulator.set_state("sensor.late_riser", "1")
        await trio.sleep(0.05)
        simulator.set_run_state("RUNNING")
        await until(lambda: any(isinstance(n, RollCall) for n in follower.notices))

    (roll_call,) = [notice for notice in follower.notices if isinstance(notice, RollCall)]
    assert "sensor.late_riser" in roll_call.present
    assert commands(simulator, "get_states") == []


async def test_beginning_anew_becomes_rare(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as doubts go on the pauses grow up to a minute; after a quiet one they are short."""
    monkeypatch.setattr(renewal, "LEAST_SECONDS", 10)
    feed, begun = EntityFeed(), list[float]()

    @define
    class DoubtfulSession:
        home: str = "home"

        async def subscribe_entities(self) -> list[StateChange]:
            begun.append(trio.current_time())
            feed._doubted = trio.Event()
            if len(begun) < 6:
                feed.doubt()
            return []

    async def tell(_: object) -> None:
        raise AssertionError

    async with trio.open_nursery() as nursery:
        feed.doubt()
        nursery.start_soon(renewal.renew, DoubtfulSession(), feed, tell)
        await trio.sleep(500)
        feed.doubt()
        await trio.sleep(1)
        feed.doubt()
        await trio.sleep(20)
        nursery.cancel_scope.cancel(reason="the test is over")

    assert [0, 10, 30, 70, 130, 190, 500, 510] == [time - begun[0] for time in begun]


async def test_a_filter_that_is_not_taken(simulator: Simulator) -> None:
    """A Home Assistant that knows no such filter sends everything, in the same session."""
    sender, changes = trio.open_memory_channel[Told](16)
    connector = Connector(
        config_for(simulator, feed=Feed.ENTITIES),
        Latest(Registry()),
        Outlets([Outlet("lane", sender, PlainLedger())]),
        only={"include": {"entities": ["sensor.a__b"]}},
    )
    follower = Follower(connector)
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(follower.listen, changes)
            nursery.start_soon(connector.run)
            await connected(follower)
            nursery.cancel_scope.cancel(reason="the test is over")

    assert len(simulator.connections) == 1


async def test_what_no_sink_records_is_not_sent(simulator: Simulator) -> None:
    """Home Assistant leaves it out; that it is not there makes nobody be taken for removed."""
    sender, changes = trio.open_memory_channel[Told](16)
    ledger = PartialLedger(admitted="light.", known=["sensor.not_wanted", "light.is_gone"])
    config = config_for(simulator, feed=Feed.ENTITIES)
    connector = Connector(
        config,
        Latest(Registry()),
        Outlets([Outlet("lane", sender, ledger)]),
        only={"include": {"domains": ["light"]}},
    )
    follower = Follower(connector)
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(follower.listen, changes)
            nursery.start_soon(connector.run)
            await until(lambda: follower.notices and isinstance(follower.notices[-1], RollCall))
            simulator.set_state("sensor.not_wanted", "1")
            simulator.set_state("light.wanted", "on")
            await until(lambda: follower.heard[-1].entity_id == "light.wanted")
            nursery.cancel_scope.cancel(reason="the test is over")

    assert {change.entity_id.partition(".")[0] for change in follower.heard} == {"light"}
    (roll_call,) = [notice for notice in follower.notices if isinstance(notice, RollCall)]
    assert "sensor.not_wanted" in roll_call.present
    assert "light.is_gone" not in roll_call.present


@define
class PartialLedger(PlainLedger):
    """A lane that remembers entities."""

    known: Sequence[str] = ()

    def entities(self, home: str) -> Iterable[str]:
        return self.known
