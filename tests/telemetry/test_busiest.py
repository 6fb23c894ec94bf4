"""Which entities change most."""

from collections.abc import Sequence

import trio

from trio_ingest.model.state_change import StateChange
from trio_ingest.telemetry.busiest import COUNTED_ENTITIES, WINDOW_SECONDS, Busiest


def changes(*entity_ids: str) -> Sequence[StateChange]:
    return [StateChange(entity_id=each, time=0, state=None) for each in entity_ids]


async def test_the_busiest_come_first(autojump_clock) -> None:
    """The entities with the most changes, with how often they change in a minute."""
    busiest = Busiest()
    assert {} == busiest.top(2)
    for _ in range(6):
        busiest.count(changes("light.a", "light.b", "light.b", "light.c"))
        await trio.sleep(10)
    busiest.count(changes("light.c"))

    assert [("light.b", 12.0), ("light.c", 7.0)] == list(busiest.top(2).items())


async def test_what_is_past_is_forgotten(autojump_clock) -> None:
    """A rate is over the present window and the one before; after two of silence there is none."""
    busiest = Busiest()
    busiest.count(changes(*["light.a"] * 10))
    await trio.sleep(WINDOW_SECONDS)
    after_one = busiest.top(1)
    await trio.sleep(2 * WINDOW_SECONDS)

    assert {"light.a": 10 * 60 / WINDOW_SECONDS} == after_one
    assert {} == busiest.top(1)


async def test_memory_is_bounded(autojump_clock) -> None:
    """However many entities there are, those that change much are kept, and no more than that."""
    busiest = Busiest()
    for number in range(3 * COUNTED_ENTITIES):
        busiest.count(changes(f"sensor.{number}", "light.busy"))

    assert "light.busy" in busiest.top(1)
    assert len(busiest._present) <= COUNTED_ENTITIES
