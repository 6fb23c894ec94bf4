"""Three days in the simulated home, for queries to be run on: what happened, and as what lines."""

from collections.abc import Sequence

from trio_ingest.model.attributes import Attributes
from trio_ingest.model.instant import MICROSECONDS_PER_SECOND
from trio_ingest.model.registry import Entry, Registry
from trio_ingest.model.state_change import State, StateChange
from trio_ingest.simulator.home import Change, Home

START = 1_767_225_600 * MICROSECONDS_PER_SECOND
"""Midnight of 2026-01-01."""
HOUR = 3600 * MICROSECONDS_PER_SECOND
DAYS = 3
STEP = 40 * MICROSECONDS_PER_SECOND

FROM = START + 10 * HOUR
TO = START + 60 * HOUR
"""The time range of the panel: neither the first nor the last that happened is within."""

BATTERIES = {"sensor.hall_battery": (80, 7), "sensor.cellar_battery": (99, 11)}
"""What each battery has at first, and after how many hours it has one percent less."""


def simulated_days() -> tuple[Sequence[StateChange], Registry]:
    """Return what happened, in its order, and where the entities belong."""
    home = Home(number_of_entities=60, seed=3)
    registry = Registry(
        entries={
            entity.entity_id: Entry(
                area=entity.room.name if entity.room else None,
                floor=entity.room.floor if entity.room else None,
                device=entity.device,
            )
            for entity in home.entities
        }
    )
    changes = [to_state_change(change, START + at) for at, change in enumerate(home.now())]
    times = range(START + STEP, START + DAYS * 24 * HOUR, STEP)
    changes += [to_state_change(home.step(), at) for at in times]
    changes += batteries()
    return sorted(changes, key=lambda change: change.time), registry


def to_state_change(change: Change, time: int) -> StateChange:
    state = None
    if change.state is not None:
        state = State(value=change.state, attributes=Attributes.of(change.attributes))
    return StateChange(entity_id=change.entity_id, time=time, state=state)


def batteries() -> list[StateChange]:
    """Return how batteries run down; at the end of the range they are not available."""
    changes = []
    for entity_id, (full, hours) in BATTERIES.items():
        attributes = {"device_class": "battery", "unit_of_measurement": "%"}
        for lost, time in enumerate(range(START + 1, TO - 2 * HOUR, hours * HOUR)):
            state = State(value=str(full - lost), attributes=Attributes.of(attributes))
            changes.append(StateChange(entity_id=entity_id, time=time, state=state))
        gone = State(value="unavailable", attributes=Attributes.of(attributes))
        changes.append(StateChange(entity_id=entity_id, time=TO - HOUR, state=gone))
    return changes
