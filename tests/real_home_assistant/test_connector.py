"""The connector hears from a real Home Assistant what that Home Assistant remembers."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest
import trio
from attrs import define, field

from tests.home_assistant.following import PlainLedger, connector_to
from tests.support.clock import now
from tests.support.home_assistant import HomeAssistant, Remembered
from trio_ingest.config.common import Secret
from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.connector import Connector
from trio_ingest.home_assistant.outlet import Outlet
from trio_ingest.model.notice import Told
from trio_ingest.model.state_change import Burst, Source, StateChange

pytestmark = pytest.mark.home_assistant

PATIENCE_SECONDS = 60.0


@define
class Ear:
    """A connector, and what came out of it so far."""

    connector: Connector
    changes: list[StateChange] = field(factory=list)
    live: list[StateChange] = field(factory=list)
    """Those of them that no snapshot tells."""

    def heard(self, *entity_ids: str, since: int) -> list[Remembered]:
        """Return each change of *entity_ids* after *since*, as Home Assistant would put it."""
        return [
            Remembered(
                entity_id=change.entity_id,
                time=change.time,
                state=None if change.state is None else change.state.value,
            )
            for change in self.live
            if change.entity_id in entity_ids and change.time > since
        ]

    async def wait_until(self, come_true: Callable[[], object]) -> None:
        """Wait for something that will be so once more changes have been heard."""
        with trio.fail_after(PATIENCE_SECONDS):
            while not come_true():
                await trio.sleep(0.02)


@asynccontextmanager
async def open_ear(home_assistant: HomeAssistant) -> AsyncGenerator[Ear]:
    """Run a connector with the read-only token and collect what it hears."""
    config = HomeAssistantConfig(
        name="home",
        url=home_assistant.url,
        token=Secret(value=home_assistant.read_only_token),
        reconnect_max_delay=1.0,
    )
    sender, receiver = trio.open_memory_channel[Told](16)
    ear = Ear(connector_to([Outlet("lane", sender, PlainLedger())], config))

    async def collect() -> None:
        with receiver:
            async for told in receiver:
                if isinstance(told, Burst):
                    ear.changes.extend(told.changes)
                if isinstance(told, Burst) and told.source is Source.LIVE:
                    ear.live.extend(told.changes)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(collect)
        nursery.start_soon(ear.connector.run)
        await ear.wait_until(lambda: ear.connector.statistics().state == "connected")
        yield ear
        nursery.cancel_scope.cancel(reason="the test is over")


async def test_read_only_token(home_assistant: HomeAssistant) -> None:
    """A user who may only read is enough to hear of every entity."""
    user = await home_assistant.command("auth/current_user", token=home_assistant.read_only_token)
    states = await home_assistant.command("get_states")

    async with open_ear(home_assistant) as ear:
        expected = {state["entity_id"] for state in states}
        await ear.wait_until(lambda: expected <= {change.entity_id for change in ear.changes})

    assert not user["is_admin"]
    assert ear.connector.statistics().ha_version == home_assistant.version


async def test_life_of_an_entity(home_assistant: HomeAssistant) -> None:
    """Creation, change, change of an attribute alone and removal come as they are remembered."""
    entity_id = "sensor.life"
    async with open_ear(home_assistant) as ear:
        start = now()

        await home_assistant.set_state(entity_id, "1", {"unit_of_measurement": "W"})
        await home_assistant.set_state(entity_id, "2", {"unit_of_measurement": "W"})
        await home_assistant.set_state(entity_id, "2", {"unit_of_measurement": "kW"})
        await home_assistant.set_state(entity_id, "unavailable")
        await home_assistant.remove_state(entity_id)
        await ear.wait_until(
            lambda: None in [row.state for row in ear.heard(entity_id, since=start)]
        )

        heard = ear.heard(entity_id, since=start)
        assert ["1", "2", "2", "unavailable", None] == [row.state for row in heard]
        assert await home_assistant.history(entity_id, since=start) == heard


async def test_rename(home_assistant: HomeAssistant) -> None:
    """A renamed entity is a removal under the old id and a creation under the new one."""
    old, new = "input_boolean.guest_mode", "input_boolean.visitors"
    async with open_ear(home_assistant) as ear:
        start = now()

        await home_assistant.rename(old, new)
        await ear.wait_until(lambda: len(ear.heard(old, new, since=start)) >= 2)

        heard = ear.heard(old, new, since=start)
        assert [(old, None), (new, "off")] == [(row.entity_id, row.state) for row in heard]
        await home_assistant.rename(new, old)


async def test_burst(home_assistant: HomeAssistant) -> None:
    """Of twenty thousand changes as fast as Home Assistant can make them, each is heard once."""
    entity_ids = [f"sensor.load_{number}" for number in range(100)]
    async with open_ear(home_assistant) as ear:
        start = now()

        await home_assistant.call("loadgen", "burst", n=20_000, entities=100, per_tick=50)
        await ear.wait_until(lambda: len(ear.heard(*entity_ids, since=start)) >= 20_000)

        remembered = await home_assistant.history(*entity_ids, since=start)
        heard = ear.heard(*entity_ids, since=start)
        assert 20_000 == len(heard)
        assert remembered == sorted(heard, key=Remembered.order)
        assert ear.connector.statistics().sessions == 1


async def test_restart(home_assistant: HomeAssistant) -> None:
    """A restart of Home Assistant is weather: the connector comes back and goes on."""
    async with open_ear(home_assistant) as ear:
        await home_assistant.restart()
        await ear.wait_until(lambda: ear.connector.statistics().sessions == 2)
        start = now()

        await home_assistant.set_state("sensor.after_restart", "1")
        await ear.wait_until(lambda: ear.heard("sensor.after_restart", since=start))

        remembered = await home_assistant.history("sensor.after_restart", since=start)
        assert remembered == ear.heard("sensor.after_restart", since=start)
