"""What becomes of an entity in a real Home Assistant's registries is seen in its lines."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
import trio
from attrs import define, field

from tests.home_assistant.following import PlainLedger
from tests.support.clock import now
from tests.support.home_assistant import HomeAssistant
from tests.support.line_parser import ParsedPoint, parse_strictly
from tests.support.sink_configs import influx_config
from trio_ingest.config.common import Secret
from trio_ingest.config.line_protocol_model import Identity
from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.connector import Connector
from trio_ingest.home_assistant.outlet import Outlet, Outlets
from trio_ingest.lane_settings import make_encoder
from trio_ingest.model.notice import Told
from trio_ingest.model.registry import UNREGISTERED, Entry, Latest, Registry
from trio_ingest.model.state_change import Burst
from trio_ingest.processing.encoder import Encoder

pytestmark = pytest.mark.home_assistant

PATIENCE_SECONDS = 60.0
HOME = "home"


@define
class Recorder:
    """A connector and an encoder, and the points that came out so far."""

    home_assistant: HomeAssistant
    registry: Latest[Registry]
    encoder: Encoder
    points: list[ParsedPoint] = field(factory=list)

    async def collect(self, changes: trio.MemoryReceiveChannel[Told]) -> None:
        """Encode what is heard at once, as the processor does."""
        with changes:
            async for told in changes:
                if isinstance(told, Burst):
                    lines = [self.encoder.encode(told.home, change) for change in told.changes]
                    self.points += [parse_strictly(line) for line in lines if line is not None]

    def of(self, *names: str, since: int = 0) -> list[ParsedPoint]:
        """Return the points after *since* with one of *names*, which are ids of either kind."""
        return [
            point for point in self.points if point.time > since and names_of(point) & set(names)
        ]

    async def next_point(self, *names: str, change: Callable[[], Awaitable[object]]) -> ParsedPoint:
        """Have something changed, and return the first point with one of *names* after it."""
        start = now()
        await change()
        await wait_until(lambda: self.of(*names, since=start))
        return self.of(*names, since=start)[0]

    async def wait_known(self, entity_id: str, is_so: Callable[[Entry], object]) -> None:
        """Wait until the registries, as they were read, say something of an entity."""
        await wait_until(lambda: is_so(self.registry.value.entry_of(entity_id)))


def names_of(point: ParsedPoint) -> set[str]:
    """Return the ids of the entity that a point is of, whichever of them it has."""
    found = [point.tags.get("entity_id"), point.tags.get("registry_id")]
    return {name for name in found if name is not None}


async def wait_until(come_true: Callable[[], object]) -> None:
    """Wait for something that Home Assistant brings about."""
    with trio.fail_after(PATIENCE_SECONDS):
        while not come_true():
            await trio.sleep(0.02)


@asynccontextmanager
async def open_recorder(home_assistant: HomeAssistant, **settings: Any) -> AsyncGenerator[Recorder]:
    """Record with the read-only token into memory, in the schema `tidy` with *settings*."""
    config = HomeAssistantConfig(
        name=HOME, url=home_assistant.url, token=Secret(value=home_assistant.read_only_token)
    )
    registry = Latest(Registry())
    encoder = make_encoder(influx_config(**settings), {HOME: registry})
    recorder = Recorder(home_assistant, registry, encoder)
    sender, receiver = trio.open_memory_channel[Told](16)
    outlet = Outlet("lane", sender, PlainLedger())
    connector = Connector(config, registry, Outlets([outlet]))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(recorder.collect, receiver)
        nursery.start_soon(connector.run)
        await wait_until(lambda: connector.statistics().state == "connected")
        yield recorder
        nursery.cancel_scope.cancel(reason="the test is over")


def toggling(home_assistant: HomeAssistant, entity_id: str) -> Callable[[], Awaitable[None]]:
    """Return what switches an entity, on or off."""
    domain = entity_id.partition(".")[0]
    return partial(home_assistant.call, domain, "toggle", entity_id=entity_id)


async def update(home_assistant: HomeAssistant, entity_id: str, **changes: Any) -> Any:
    """Change the entry of an entity, as its owner would."""
    return await home_assistant.command(
        "config/entity_registry/update", entity_id=entity_id, **changes
    )


async def registered(home_assistant: HomeAssistant, entity_id: str) -> Mapping[str, Any]:
    """Return the entry of an entity."""
    entry: Mapping[str, Any] = await home_assistant.command(
        "config/entity_registry/get", entity_id=entity_id
    )
    return entry


@pytest.mark.parametrize("identity", list(Identity))
async def test_rename(home_assistant: HomeAssistant, identity: Identity) -> None:
    """A renamed entity goes on in its series if that is the registry's, else in a new one.

    The first point under the new id, which comes with the news of it, has its place already.
    """
    old, new = "light.ceiling_lights", "light.lamp"
    registry_id = (await registered(home_assistant, old))["id"]
    async with open_recorder(home_assistant, identity=identity) as recorder:
        before = await recorder.next_point(old, registry_id, change=toggling(home_assistant, old))
        start = now()

        await home_assistant.rename(old, new)
        await recorder.next_point(new, registry_id, change=toggling(home_assistant, new))
        await recorder.wait_known(new, lambda entry: entry.registry_id == registry_id)
        await recorder.next_point(new, registry_id, change=toggling(home_assistant, new))

        removal, *after = recorder.of(old, new, registry_id, since=start)
        assert before.tags == removal.tags
        assert "removed" == removal.fields["state"]
        assert len(after) >= 3
        if identity is Identity.REGISTRY_ID:
            assert {"registry_id": registry_id, "device": "Ceiling Lights"} == before.tags
            assert [before.tags] * len(after) == [point.tags for point in after]
            assert {new} == {point.fields["entity_id_str"] for point in after}
        else:
            assert {"entity_id": old, "device": "Ceiling Lights"} == before.tags
            renamed = {**before.tags, "entity_id": new}
            assert [renamed] * len(after) == [point.tags for point in after]
        await home_assistant.rename(new, old)


async def test_move(home_assistant: HomeAssistant) -> None:
    """The next point has the area that an entity was moved to, its own before its device's."""
    entity_id = "light.kitchen_lights"
    device_id = (await registered(home_assistant, entity_id))["device_id"]
    upstairs = await home_assistant.command("config/floor_registry/create", name="Upstairs")
    attic = await home_assistant.command(
        "config/area_registry/create", name="Attic", floor_id=upstairs["floor_id"]
    )
    shed = await home_assistant.command("config/area_registry/create", name="Shed")
    async with open_recorder(home_assistant) as recorder:
        point = await recorder.next_point(entity_id, change=toggling(home_assistant, entity_id))
        nowhere = {"entity_id": entity_id, "device": "Kitchen Lights"}
        assert nowhere == point.tags

        await home_assistant.command(
            "config/device_registry/update", device_id=device_id, area_id=shed["area_id"]
        )
        await recorder.wait_known(entity_id, lambda entry: entry.area == "Shed")
        point = await recorder.next_point(entity_id, change=toggling(home_assistant, entity_id))
        assert {**nowhere, "area": "Shed"} == point.tags

        # Only an entity with a name of its own may be elsewhere than its device.
        await update(home_assistant, entity_id, name="Spot", area_id=attic["area_id"])
        await recorder.wait_known(entity_id, lambda entry: entry.area == "Attic")
        point = await recorder.next_point(entity_id, change=toggling(home_assistant, entity_id))
        assert {**nowhere, "area": "Attic", "floor": "Upstairs"} == point.tags

        await home_assistant.command(
            "config/area_registry/update", area_id=attic["area_id"], name="Loft"
        )
        await recorder.wait_known(entity_id, lambda entry: entry.area == "Loft")
        point = await recorder.next_point(entity_id, change=toggling(home_assistant, entity_id))
        assert {**nowhere, "area": "Loft", "floor": "Upstairs"} == point.tags


async def test_labels(home_assistant: HomeAssistant) -> None:
    """Labels are a tag when they are asked for, by their names."""
    entity_id = "light.office_rgbw_lights"
    names = ("Energy, saved", "Evening")
    labels = [
        (await home_assistant.command("config/label_registry/create", name=name))["label_id"]
        for name in names
    ]
    async with open_recorder(home_assistant, tag_labels=True) as recorder:
        await update(home_assistant, entity_id, labels=labels)
        await recorder.wait_known(entity_id, lambda entry: set(entry.labels) == set(names))
        point = await recorder.next_point(entity_id, change=toggling(home_assistant, entity_id))

        assert "Energy, saved,Evening" == point.tags["labels"]


async def test_disable(home_assistant: HomeAssistant) -> None:
    """A disabled entity is removed in the series that it had."""
    entity_id = "switch.ac"
    async with open_recorder(home_assistant) as recorder:
        before = await recorder.next_point(entity_id, change=toggling(home_assistant, entity_id))

        removal = await recorder.next_point(
            entity_id, change=partial(update, home_assistant, entity_id, disabled_by="user")
        )

        assert {"state": "removed"} == removal.fields
        assert {"entity_id": entity_id, "device": "AC"} == before.tags == removal.tags


async def test_delete(home_assistant: HomeAssistant) -> None:
    """A deleted entity is removed in the series that it had, and then nothing is known of it."""
    entity_id = "switch.decorative_lights"
    async with open_recorder(home_assistant) as recorder:
        before = await recorder.next_point(entity_id, change=toggling(home_assistant, entity_id))

        removal = await recorder.next_point(
            entity_id,
            change=partial(
                home_assistant.command, "config/entity_registry/remove", entity_id=entity_id
            ),
        )

        assert {"state": "removed"} == removal.fields
        assert {"entity_id": entity_id, "device": "Decorative Lights"} == before.tags
        assert before.tags == removal.tags
        await recorder.wait_known(entity_id, lambda entry: entry == UNREGISTERED)


async def test_change_of_unit(home_assistant: HomeAssistant) -> None:
    """Another unit is another value and another text in the same series."""
    entity_id = "sensor.outside_temperature"
    async with open_recorder(home_assistant) as recorder:
        await wait_until(lambda: recorder.of(entity_id))
        [before] = recorder.of(entity_id)

        after = await recorder.next_point(
            entity_id,
            change=partial(
                update,
                home_assistant,
                entity_id,
                options_domain="sensor",
                options={"unit_of_measurement": "°F"},
            ),
        )

        assert (15.6, "°C") == (before.fields["value"], before.fields["unit_of_measurement_str"])
        assert (60.08, "°F") == (after.fields["value"], after.fields["unit_of_measurement_str"])
        assert (before.measurement, before.tags) == (after.measurement, after.tags)
        assert before.fields.keys() == after.fields.keys()


async def test_removal_of_a_device(home_assistant: HomeAssistant) -> None:
    """With a device its entities go, each in the series that it had."""
    entries = await home_assistant.command("config_entries/get", domain="sun")
    async with open_recorder(home_assistant) as recorder:
        await wait_until(lambda: recorder.of("sensor.sun_next_dawn"))
        sensors = {
            point.tags["entity_id"]: point.tags
            for point in recorder.points
            if point.tags.get("device") == "Sun"
        }
        start = now()

        await home_assistant.delete_config_entry(entries[0]["entry_id"])
        await wait_until(lambda: len(removed(recorder.of(*sensors, since=start))) >= len(sensors))

        assert len(sensors) >= 6
        assert sensors == {
            point.tags["entity_id"]: point.tags
            for point in removed(recorder.of(*sensors, since=start))
        }
        await recorder.wait_known("sensor.sun_next_dawn", lambda entry: entry == UNREGISTERED)


def removed(points: Sequence[ParsedPoint]) -> list[ParsedPoint]:
    return [point for point in points if point.fields["state"] == "removed"]
