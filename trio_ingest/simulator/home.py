"""A believable home: rooms, devices, entities, and what happens in it, change by change.

It knows neither time nor network: the same seed and the same number of steps are the same story.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count, islice
from random import Random
from typing import Any

from attrs import define, frozen

from trio_ingest.simulator.kinds import HOUSE_KINDS, ROOM_KINDS, Kind, Reading

REMOVAL_CHANCE = 0.0005
UNAVAILABLE_CHANCE = 0.002
UNKNOWN_CHANCE = 0.001


@frozen
class Room:
    """A room by its id, its name, and the floor that it is on."""

    area_id: str
    name: str
    floor: str


ROOMS = (
    Room("kuche", "Küche", "Ground floor"),
    Room("salon_d_ete", "Salon d'été", "Ground floor"),
    Room("qin_shi", "寝室", "Upstairs"),
    Room("bad_2_stock", 'Bad, "2. Stock"', "Upstairs"),
    Room("office", "Office", "Upstairs"),
    Room("kelder", "Kelder", "Cellar"),
)


@frozen(kw_only=True)
class Entity:
    """One entity, and the name of the device it sits in. Without a room it is the whole house's."""

    entity_id: str
    name: str
    kind: Kind
    device: str
    room: Room | None


@frozen
class Change:
    """What happens next: an entity has this state, or (None) is gone."""

    entity_id: str
    state: str | None
    attributes: Mapping[str, Any]


def rooms() -> Iterator[Room]:
    """Name rooms without end: the second round is "Küche 2"."""
    for number in count(1):
        for room in ROOMS:
            if number == 1:
                yield room
            else:
                yield Room(f"{room.area_id}_{number}", f"{room.name} {number}", room.floor)


def entities() -> Iterator[Entity]:
    """Furnish the house: its first room, what it has once, then room after room without end."""
    for number, room in enumerate(rooms()):
        for kind in ROOM_KINDS:
            yield Entity(
                entity_id=f"{kind.domain}.{room.area_id}_{kind.key}",
                name=f"{room.name} {kind.label}",
                kind=kind,
                device=f"{room.name} {kind.device}",
                room=room,
            )
        if number == 0:
            for kind in HOUSE_KINDS:
                yield Entity(
                    entity_id=f"{kind.domain}.{kind.key}",
                    name=kind.label,
                    kind=kind,
                    device=kind.device,
                    room=None,
                )


@define(init=False)
class Home:
    """A home of so many entities, in which something happens at each `step`."""

    entities: tuple[Entity, ...]
    _random: Random
    _readings: dict[str, Reading]
    _hidden: dict[str, str | None]
    """What entities show instead of their reading: "unavailable", "unknown", or None: removed."""
    _lights_on: Counter[Room | None]

    def __init__(self, *, number_of_entities: int = 60, seed: int = 0) -> None:
        self.entities = tuple(islice(entities(), number_of_entities))
        self._random = Random(seed)  # noqa: S311 - a story, not a secret
        self._readings = {entity.entity_id: self._begin(entity) for entity in self.entities}
        self._hidden = {}
        self._lights_on = Counter()

    def now(self) -> list[Change]:
        """Return the state of every entity that there is, as changes from nothing."""
        return [
            Change(entity_id, reading.state, reading.attributes)
            for entity_id, reading in self._readings.items()
            if entity_id not in self._hidden
        ]

    def step(self) -> Change:
        """Let the next thing happen. Each step changes something."""
        while True:
            entity = self._random.choice(self.entities)
            if entity.entity_id in self._hidden:
                return self._come_back(entity)
            if vanishing := self._vanish(entity):
                return vanishing
            before = self._readings[entity.entity_id]
            reading = entity.kind.advance(before, self._random, self._lights_on[entity.room])
            if reading != before:
                return self._become(entity, before, reading)

    def _begin(self, entity: Entity) -> Reading:
        state, attributes = entity.kind.begin(self._random)
        return Reading(state, {**attributes, "friendly_name": entity.name})

    def _become(self, entity: Entity, before: Reading, reading: Reading) -> Change:
        if entity.kind.domain == "light":
            self._lights_on[entity.room] += (reading.state == "on") - (before.state == "on")
        self._readings[entity.entity_id] = reading
        return Change(entity.entity_id, reading.state, reading.attributes)

    def _vanish(self, entity: Entity) -> Change | None:
        chance = self._random.random()
        if chance < REMOVAL_CHANCE:
            shown = None
        elif chance < REMOVAL_CHANCE + UNAVAILABLE_CHANCE:
            shown = "unavailable"
        elif chance < REMOVAL_CHANCE + UNAVAILABLE_CHANCE + UNKNOWN_CHANCE:
            shown = "unknown"
        else:
            return None
        self._hidden[entity.entity_id] = shown
        return Change(entity.entity_id, shown, {"friendly_name": entity.name})

    def _come_back(self, entity: Entity) -> Change:
        del self._hidden[entity.entity_id]
        reading = self._readings[entity.entity_id]
        return Change(entity.entity_id, reading.state, reading.attributes)
