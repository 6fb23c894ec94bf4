"""Events that are no state changes: which are asked for, which are refused, what is heard of them."""

import logging
from collections.abc import AsyncGenerator

import pytest

from tests.home_assistant.following import Follower, config_for, following, until
from trio_ingest.cli.check_config import everything_answers
from trio_ingest.config.model import Config
from trio_ingest.config.sink_model import SqliteSinkConfig
from trio_ingest.model.state_change import Context
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

LIGHT = "light.kuche_ceiling"
CALL = {"domain": "light", "service": "turn_on", "service_data": {"entity_id": [LIGHT], "x": 1}}


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=20), records_emissions=True) as opened:
        yield opened


def subscriptions(simulator: Simulator, session: int = -1) -> list[str]:
    commands = [heard.command for heard in simulator.connections[session].commands]
    return [c["event_type"] for c in commands if c["type"] == "subscribe_events"]


async def test_configured_events_are_heard(simulator: Simulator) -> None:
    """An event of a configured type is heard whole: when, what, and who was behind it."""
    async with following(config_for(simulator, events=("call_service",))) as follower:
        await follower.connected()
        simulator.fire("call_service", CALL, user_id="anna", parent_id="01P")
        await until(lambda: follower.events)

    (event,) = follower.events
    assert (event.event_type, event.data) == ("call_service", CALL)
    assert event.context == Context(id=event.context.id, user_id="anna", parent_id="01P")
    assert event.time > max(e.time for e in follower.heard)
    assert follower.connector.statistics().received == len(follower.heard) + 1


async def test_other_events_are_off_by_default(simulator: Simulator) -> None:
    """Without configured types nothing but state changes and registries is asked for."""
    async with following(config_for(simulator)) as follower:
        await follower.connected()
        simulator.fire("call_service", CALL)
        simulator.rename_area("kuche", "Kitchen")
        simulator.set_state("sensor.after", "1")
        await until(lambda: follower.heard[-1].entity_id == "sensor.after")

    assert [
        each for each in subscriptions(simulator) if not each.endswith("_registry_updated")
    ] == ["state_changed"]
    assert follower.events == []


async def test_events_come_after_state_changes_and_one_by_one(simulator: Simulator) -> None:
    """Each configured type is subscribed to once, after what matters most."""
    config = config_for(simulator, events=("call_service", "my_event", "call_service"))
    async with following(config) as follower:
        await follower.connected()

    assert subscriptions(simulator)[-3:] == ["state_changed", "call_service", "my_event"]


async def test_registry_events_ring_also_when_they_are_recorded(simulator: Simulator) -> None:
    """Who records updates of areas hears each once, and new names are still followed."""
    config = config_for(simulator, events=("area_registry_updated",))
    async with following(config) as follower:
        await follower.connected()
        simulator.rename_area("kuche", "Kitchen")
        await until(lambda: follower.entry(LIGHT).area == "Kitchen")

    assert [event.data for event in follower.events] == [{"action": "update", "area_id": "kuche"}]
    assert len(subscriptions(simulator)) == len(set(subscriptions(simulator)))


async def test_a_refused_type_is_said_once(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """What only administrators may have is said once over many sessions; the rest goes on."""
    simulator.core.entrance.is_admin = False
    config = config_for(simulator, events=("call_service", "service_registered", "my_event"))
    async with following(config) as follower:
        await follower.connected()
        for session in (2, 3):
            simulator.kick_all()
            await follower.connected(sessions=session)
        simulator.fire("service_registered", {"domain": "light", "service": "blink"})
        await until(lambda: follower.events)

    said = [r.getMessage() for r in caplog.records if "not recorded" in r.getMessage()]
    assert [r.levelno for r in caplog.records if "not recorded" in r.getMessage()] == [
        logging.WARNING
    ] * 2
    assert ["call_service" in said[0], "my_event" in said[1]] == [True, True]
    assert all("administrator" in text for text in said)


async def test_a_type_that_is_refused_again_is_said_again(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """When the user becomes an administrator and loses that again, it is news."""
    simulator.core.entrance.is_admin = False
    async with following(config_for(simulator, events=("call_service",))) as follower:
        await follower.connected()
        for session, is_admin in ((2, True), (3, False)):
            simulator.core.entrance.is_admin = is_admin
            simulator.kick_all()
            await follower.connected(sessions=session)

    assert caplog.text.count("events of type call_service are not recorded") == 2


async def test_events_in_the_same_frame_as_changes(simulator: Simulator) -> None:
    """Under load changes and events come in one frame; all of both are heard, in their order."""
    async with following(config_for(simulator, events=("my_event",))) as follower:
        await follower.connected()
        before = len(follower.heard)
        for number in range(100):
            simulator.set_state("sensor.fast", str(number))
            simulator.fire("my_event", {"number": number})
        await until(lambda: len(follower.events) == 100 and len(follower.heard) == before + 100)

    assert [event.data["number"] for event in follower.events] == list(range(100))
    assert numbers(follower) == list(range(100))
    assert any(len(burst.changes) > 1 and len(burst.events) > 1 for burst, _ in follower.bursts)


def numbers(follower: Follower) -> list[int]:
    return [int(c.state.value) for c in follower.heard if c.entity_id == "sensor.fast" and c.state]


@pytest.mark.parametrize("is_admin", [True, False])
async def test_check_config_says_what_this_token_may_have(
    simulator: Simulator, tmp_path, capsys: pytest.CaptureFixture[str], is_admin: bool
) -> None:
    """Online, each configured type is said to be had or not; one that is refused is a failure."""
    simulator.core.entrance.is_admin = is_admin
    config = Config(
        source=None,
        state_directory=tmp_path,
        home_assistants=(config_for(simulator, events=("call_service", "service_registered")),),
        sinks=(SqliteSinkConfig(name="embedded", path=tmp_path / "home.db"),),
    )

    is_well = await everything_answers(config)

    printed = capsys.readouterr().out
    assert is_well is is_admin
    assert ("ok       home_assistant.home events.call_service: may be" in printed) is is_admin
    assert ("failed   home_assistant.home events.call_service: " in printed) is not is_admin
    assert "ok       home_assistant.home events.service_registered: may be recorded" in printed
    assert "ok       sink.embedded database: " in printed
