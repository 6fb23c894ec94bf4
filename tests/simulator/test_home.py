"""The story that a home tells."""

from collections import Counter
from itertools import pairwise
from statistics import mean

import pytest

from trio_ingest.simulator.commands import ENTITY_ID
from trio_ingest.simulator.home import Change, Home


def story(home: Home, steps: int) -> list[Change]:
    return [home.step() for _ in range(steps)]


def test_the_same_seed_is_the_same_story():
    """Two homes of one seed live the same life, of another seed another one."""
    one, same, other = (Home(number_of_entities=30, seed=seed) for seed in (7, 7, 8))

    assert one.now() == same.now()
    assert story(one, 500) == story(same, 500)
    assert story(one, 500) != story(other, 500)


@pytest.mark.parametrize("number", [5, 60, 20_000])
def test_a_home_has_as_many_entities_as_asked_for(number: int):
    """All ids are different, and valid."""
    ids = {change.entity_id for change in Home(number_of_entities=number).now()}

    assert len(ids) == number
    assert all(ENTITY_ID.fullmatch(entity_id) for entity_id in ids)


def test_each_step_changes_something_and_everything_happens():
    """Nobody is told the same twice; all kinds of change occur, the rare ones too."""
    home = Home(number_of_entities=60, seed=1)
    shown = {change.entity_id: change for change in home.now()}
    seen: Counter[str] = Counter()

    for change in story(home, 20_000):
        before = shown[change.entity_id]
        assert change != before
        seen[kind_of(before, change)] += 1
        shown[change.entity_id] = change

    assert set(seen) == {"state", "attributes", "removed", "created", "unavailable", "unknown"}
    assert seen["removed"] < seen["unavailable"] < seen["attributes"]


def kind_of(before: Change, change: Change) -> str:
    if change.state is None:
        return "removed"
    if before.state is None:
        return "created"
    if change.state in ("unavailable", "unknown"):
        return change.state
    return "state" if before.state != change.state else "attributes"


def test_energy_only_grows_and_power_follows_the_lights():
    """Meters never run back; the power of a room is higher with its light on."""
    home = Home(number_of_entities=11, seed=3)
    energy, power_by_light = [], {"on": [], "off": []}
    light = "off"

    for change in story(home, 10_000):
        if change.state in (None, "unavailable", "unknown"):
            continue
        if change.entity_id == "light.kuche_ceiling":
            light = change.state
        elif change.entity_id == "sensor.kuche_energy":
            energy.append(float(change.state))
        elif change.entity_id == "sensor.kuche_power":
            power_by_light[light].append(float(change.state))

    assert all(earlier <= later for earlier, later in pairwise(energy))
    assert mean(power_by_light["on"]) > mean(power_by_light["off"]) + 5
