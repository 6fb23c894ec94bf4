"""Our rules beside Home Assistant's own filter, run in its own Python."""

import random

import pytest

from tests.support.ha_python import ask_home_assistant
from trio_ingest.config.sink_model import EntityPatterns
from trio_ingest.model.registry import UNREGISTERED
from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.selection import Selection

pytestmark = pytest.mark.home_assistant

CONFIGURATIONS = 5000
FILTER = """
import json, sys
from homeassistant.helpers.entityfilter import generate_filter

question = json.load(sys.stdin)
answer = []
for include, exclude in question["filters"]:
    admits = generate_filter(
        include["domains"], include["entities"], exclude["domains"], exclude["entities"],
        include["globs"], exclude["globs"],
    )
    answer.append([bool(admits(entity_id)) for entity_id in question["entity_ids"]])
print(json.dumps(answer))
"""

DOMAINS = ("sensor", "light", "switch", "binary_sensor", "sens")
OBJECTS = ("a", "b", "ab", "kitchen_power", "a_rssi", "kitchen", "power", "1")
GLOBS = (
    "*",
    "sensor.*",
    "*.a",
    "*_rssi",
    "light.?",
    "[sl]*.b",
    "[!s]*",
    "sensor",
    "*sensor.a*",
    "*.kitchen*",
    "*_power",
    "switch.[ab]",
    "[",
    "light.a",
    "?????.*",
    "Sensor.*",
    "*.[a-k]*",
)
ENTITY_IDS = tuple(f"{domain}.{name}" for domain in DOMAINS for name in OBJECTS)


def some_patterns(luck: random.Random) -> dict[str, list[str]]:
    """Return one side of a filter; each key is empty as often as not."""

    def some(of: tuple[str, ...]) -> list[str]:
        return luck.sample(of, luck.choice((0, 0, 0, 1, 2, 3)))

    return {"domains": some(DOMAINS), "entities": some(ENTITY_IDS), "globs": some(GLOBS)}


def test_same_as_home_assistant() -> None:
    """For thousands of configurations each entity is decided as Home Assistant decides it."""
    luck = random.Random(3)
    filters = [(some_patterns(luck), some_patterns(luck)) for _ in range(CONFIGURATIONS)]

    theirs = ask_home_assistant(FILTER, {"filters": filters, "entity_ids": ENTITY_IDS})

    changes = [StateChange(entity_id=each, time=0, state=None) for each in ENTITY_IDS]
    for (include, exclude), verdicts in zip(filters, theirs, strict=True):
        selection = Selection(patterns(include), patterns(exclude))
        ours = [selection.decide(change, UNREGISTERED).admitted for change in changes]
        assert ours == verdicts, (include, exclude)
    assert len({tuple(verdicts) for verdicts in theirs}) > CONFIGURATIONS // 4


def patterns(side: dict[str, list[str]]) -> EntityPatterns:
    return EntityPatterns(**{key: tuple(names) for key, names in side.items()})
