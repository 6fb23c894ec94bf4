"""The registries: how the lists are joined, and how a connector follows them."""

from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest
import trio
from attrs import define, field
from msgspec.json import Decoder
from trio.testing import MockClock

from tests.home_assistant.following import config_for, following, until
from trio_ingest.config.line_protocol_model import Identity, Precision
from trio_ingest.config.sink_model import AttributesConfig
from trio_ingest.home_assistant.errors import CommandFailed
from trio_ingest.home_assistant.registries import RegistryReader
from trio_ingest.home_assistant.registry_lists import (
    AreaEntry,
    DeviceEntry,
    EntityEntry,
    FloorEntry,
    LabelEntry,
    Lists,
    join,
)
from trio_ingest.model.registry import UNREGISTERED, Entry, Latest, Registry
from trio_ingest.processing.tidy import TidyEncoder
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

AREAS = [
    AreaEntry(area_id="kitchen", name="Küche", floor_id="ground"),
    AreaEntry(area_id="attic", name="Attic", floor_id="gone"),
]
FLOORS = [FloorEntry(floor_id="ground", name="Ground floor")]
DEVICES = [
    DeviceEntry(
        id="d1", area_id="kitchen", name="Lamp", manufacturer="Acme", model="L1", sw_version="2.0"
    ),
    DeviceEntry(id="d2", area_id="gone", name="Plug", name_by_user="My plug"),
]


def joined(**entity: Any) -> Entry:
    lists = Lists(
        areas=AREAS,
        floors=FLOORS,
        labels=[LabelEntry(label_id="l1", name="Zoo"), LabelEntry(label_id="l2", name="Ant")],
        devices=DEVICES,
        entities=[EntityEntry(entity_id="light.x", **entity)],
    )
    return join(lists).entry_of("light.x")


def test_an_entity_is_where_its_device_is() -> None:
    """Without an area of its own an entity has its device's, and the floor of that area."""
    entry = joined(device_id="d1")

    assert (entry.area, entry.area_id, entry.floor) == ("Küche", "kitchen", "Ground floor")
    assert (entry.device, entry.device_id) == ("Lamp", "d1")
    assert (entry.manufacturer, entry.model, entry.sw_version) == ("Acme", "L1", "2.0")


def test_an_entitys_own_area_counts_first() -> None:
    """An area of its own counts before its device's, also for the floor."""
    entry = joined(device_id="d1", area_id="attic")

    assert (entry.area, entry.floor, entry.device) == ("Attic", None, "Lamp")


def test_what_is_gone_is_nothing() -> None:
    """Ids that no list has any more lead to no name; what there is stays."""
    entry = joined(device_id="d2", labels=("gone", "l1"))

    assert (entry.area, entry.area_id, entry.floor) == (None, None, None)
    assert (entry.device, entry.labels) == ("My plug", ("Zoo",))
    assert joined(device_id="gone") == Entry()


def test_an_area_that_is_gone_does_not_hide_the_devices() -> None:
    """An entity in an area that no list has is nowhere, not where its device is."""
    assert joined(device_id="d1", area_id="gone").area is None


def test_what_an_entity_is() -> None:
    """Labels are names, sorted; the integration is the platform; hidden is hidden by anybody."""
    entry = joined(
        id="r1",
        labels=("l1", "l2"),
        platform="hue",
        entity_category="diagnostic",
        hidden_by="integration",
    )

    assert entry == Entry(
        registry_id="r1",
        labels=("Ant", "Zoo"),
        integration="hue",
        entity_category="diagnostic",
        is_hidden=True,
    )


@define
class ScriptedSession:
    """What a reader needs of a session: answers to the lists, as JSON, or none."""

    home: str = "home"
    answers: dict[str, list[Any]] = field(factory=dict)
    failing: set[str] = field(factory=set)
    asked: list[tuple[float, str]] = field(factory=list)

    async def request(self, command: str, reply: Decoder[Any]) -> Any:
        await trio.lowlevel.checkpoint()
        name = command.removeprefix("config/").removesuffix("_registry/list")
        self.asked.append((trio.current_time(), name))
        if name in self.failing:
            raise CommandFailed(command, "unknown_command", "Unknown command.")
        return reply.decode(msgspec.json.encode(self.answers.get(name, [])))

    def readings(self) -> list[float]:
        """Return when the entities were asked for."""
        return [at for at, name in self.asked if name == "entity"]


def some_answers() -> dict[str, list[Any]]:
    return {
        "area": [{"area_id": "kitchen", "name": "Küche", "floor_id": "ground"}],
        "floor": [{"floor_id": "ground", "name": "Ground floor"}],
        "entity": [{"entity_id": "light.x", "area_id": "kitchen"}],
    }


async def test_an_equal_registry_replaces_nothing() -> None:
    """A reading that finds nothing new leaves the object in place, for caches hang on it."""
    reader = RegistryReader(Latest(Registry()))
    session = ScriptedSession(answers=some_answers())
    await reader.read(session)
    before = reader.latest.value

    await reader.read(session)
    assert reader.latest.value is before

    session.answers["area"][0]["name"] = "Kitchen"
    await reader.read(session)
    assert reader.latest.value is not before
    assert reader.latest.value.entry_of("light.x").area == "Kitchen"


async def test_a_list_that_is_refused_costs_that_list(caplog: pytest.LogCaptureFixture) -> None:
    """What an older Home Assistant does not have is said once; the other lists are used."""
    reader = RegistryReader(Latest(Registry()))
    session = ScriptedSession(answers=some_answers(), failing={"floor", "label"})

    for _ in range(3):
        await reader.read(session)

    entry = reader.latest.value.entry_of("light.x")
    assert (entry.area, entry.floor, entry.labels) == ("Küche", None, ())
    said = [record.getMessage() for record in caplog.records]
    assert [word for text in said for word in ("floors", "labels") if text.endswith(word)] == [
        "floors",
        "labels",
    ]


async def test_a_list_that_fails_later_stays_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    """A list that was there and is refused once keeps its last content; the next time is said."""
    reader = RegistryReader(Latest(Registry()))
    session = ScriptedSession(answers=some_answers())
    await reader.read(session)
    before = reader.latest.value

    for failing in ({"area"}, set[str](), {"area"}):
        session.failing = failing
        await reader.read(session)

    assert reader.latest.value is before
    assert len(caplog.records) == 2


async def follow_while_ringing(
    session: ScriptedSession, rings: int, seconds_between: float
) -> RegistryReader:
    """Follow registries that are updated so often, and on until all is quiet."""
    reader = RegistryReader(Latest(Registry()))
    ring, updated = trio.open_memory_channel[None](1)
    with trio.move_on_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(reader.follow, session, updated)
            for _ in range(rings):
                await ring.send(None)
                await trio.sleep(seconds_between)
    return reader


async def test_a_storm_is_one_reading(autojump_clock: MockClock) -> None:
    """Fifty events within two seconds are followed by one reading, once all is quiet."""
    session = ScriptedSession(answers=some_answers())

    reader = await follow_while_ringing(session, 50, 0.04)

    assert session.readings() == [pytest.approx(49 * 0.04 + 0.5)]
    assert reader.latest.value.entry_of("light.x").area == "Küche"


async def test_registries_that_never_rest_are_read(autojump_clock: MockClock) -> None:
    """When updates go on for twenty seconds the registries are read every five."""
    session = ScriptedSession()

    await follow_while_ringing(session, 50, 0.4)

    assert session.readings() == pytest.approx([5.0, 10.2, 15.4, 20.1], abs=0.3)


# What follows happens in a simulated home.


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=20), records_emissions=True) as opened:
        yield opened


LIGHT = "light.kuche_ceiling"


async def test_a_renamed_area_is_followed(simulator: Simulator) -> None:
    """A new name is read within a second, without a new session."""
    async with following(config_for(simulator)) as follower:
        await follower.connected()
        simulator.rename_area("kuche", "Kitchen")
        await until(lambda: follower.entry(LIGHT).area == "Kitchen")

    assert follower.connector.statistics().sessions == 1


async def test_moves_are_followed(simulator: Simulator) -> None:
    """An entity goes along with its device, or to an area of its own, and back."""
    device_id = simulator.core.registries.entities[LIGHT]["device_id"]
    async with following(config_for(simulator)) as follower:
        await follower.connected()
        assert follower.entry(LIGHT).area == "Küche"
        simulator.move_device(device_id, "salon_d_ete")
        await until(lambda: follower.entry(LIGHT).area == "Salon d'été")
        simulator.move_entity(LIGHT, "kuche")
        await until(lambda: follower.entry(LIGHT).area == "Küche")
        simulator.move_entity(LIGHT, None)
        await until(lambda: follower.entry(LIGHT).area == "Salon d'été")


async def test_labels_are_followed(simulator: Simulator) -> None:
    """Labels that an entity is given are there by their names."""
    async with following(config_for(simulator)) as follower:
        await follower.connected()
        labels = [simulator.create_label(name) for name in ("Record me", "Important")]
        simulator.label_entity(LIGHT, *labels)
        await until(lambda: follower.entry(LIGHT).labels == ("Important", "Record me"))


async def test_an_older_home_assistant_is_recorded(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Without floors and labels there are areas; that is said once, not in every session."""
    simulator.core.unknown_commands |= {
        "config/floor_registry/list",
        "config/label_registry/list",
    }
    async with following(config_for(simulator)) as follower:
        await follower.connected()
        simulator.kick_all()
        await follower.connected(sessions=2)

        assert (follower.entry(LIGHT).area, follower.entry(LIGHT).floor) == ("Küche", None)
    assert [caplog.text.count(f"going on without new {name}") for name in ("floors", "labels")] == [
        1,
        1,
    ]
    assert "areas" not in caplog.text


async def test_a_removal_has_the_tags_of_the_other_points(simulator: Simulator) -> None:
    """A registered entity that is deleted leaves a last point in its series, and the caches."""
    async with following(config_for(simulator)) as follower:
        await follower.connected()
        simulator.set_state(LIGHT, "on")
        await simulator.delete_entity(LIGHT, pause_seconds=0.1)
        await until(lambda: follower.heard[-1].is_removal)
        await until(lambda: follower.entry(LIGHT) is UNREGISTERED)

    lines = [
        encoder(registry).encode("home", change)
        for burst, registry in follower.bursts
        for change in burst.changes
        if change.entity_id == LIGHT
    ]
    series = {line.partition(" state=")[0] for line in lines}
    assert len(lines) == 3
    assert 'state="removed"' in lines[-1]
    assert len(series) == 1
    assert "area=Küche" in series.pop()
    assert LIGHT not in follower.connector.registry.value.entries


async def test_a_renamed_entity_stays_in_its_series_at_once(simulator: Simulator) -> None:
    """With its registry id as identity, also the first state under the new id is in the series."""
    async with following(config_for(simulator)) as follower:
        await follower.connected()
        simulator.set_state(LIGHT, "on")
        simulator.rename_entity(LIGHT, "light.new_name", "on")
        await until(lambda: follower.heard[-1].entity_id == "light.new_name")

    series = {
        line.partition(" state=")[0]
        for burst, registry in follower.bursts
        for change in burst.changes
        if change.entity_id in {LIGHT, "light.new_name"}
        and (line := encoder(registry, Identity.REGISTRY_ID).encode("home", change))
    }
    assert len(series) == 1
    assert "registry_id=" in series.pop()


def encoder(registry: Registry, identity: Identity = Identity.ENTITY_ID) -> TidyEncoder:
    return TidyEncoder(
        identity=identity,
        registries={"home": Latest(registry)},
        attributes=AttributesConfig(include=()),
        tags={},
        precision=Precision.US,
        home_tag=False,
    )
