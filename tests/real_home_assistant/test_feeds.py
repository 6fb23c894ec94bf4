"""Both feeds of a real Home Assistant tell the same story."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import trio

from tests.home_assistant.following import Follower, following
from tests.support.clock import now
from tests.support.home_assistant import HomeAssistant
from trio_ingest.config.common import Secret
from trio_ingest.config.model import Feed, HomeAssistantConfig
from trio_ingest.home_assistant import dating
from trio_ingest.model.state_change import State, StateChange

pytestmark = pytest.mark.home_assistant

LOAD = 20_000
REMOVALS = 4
OLD, NEW = "input_boolean.guest_mode", "input_boolean.visitors"


def config_of(home_assistant: HomeAssistant, feed: Feed) -> HomeAssistantConfig:
    return HomeAssistantConfig(
        name="home",
        url=home_assistant.url,
        token=Secret(value=home_assistant.read_only_token),
        feed=feed,
    )


async def test_both_feeds_tell_the_same(
    home_assistant: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """States, attributes, contexts and times are equal, change by change; so are removals.

    Who is renamed takes his past with him in the recorder, so when the old id went is not known to
    the feed `entities`: after what was heard last before it, and before the new id came.
    """
    monkeypatch.setattr(dating, "USUAL_LAG_SECONDS", 5.0)  # this recorder commits each second
    whole_config, entities_config = (config_of(home_assistant, feed) for feed in Feed)
    async with following(whole_config) as whole, following(entities_config) as entities:
        await whole.connected()
        await entities.connected()
        start = now()

        for number in range(30):
            await home_assistant.set_state("sensor.odd", str(number // 3), odd(number))
        await home_assistant.remove_state("sensor.odd")
        await home_assistant.set_state("sensor.odd", "back")
        await home_assistant.remove_state("sensor.odd")
        for service in ("turn_on", "turn_off", "toggle"):
            await home_assistant.call("light", service, entity_id="light.kitchen_lights")
        await home_assistant.rename(OLD, NEW)
        await home_assistant.rename(NEW, OLD)
        await home_assistant.call("loadgen", "burst", n=LOAD, entities=100, per_tick=50)
        await home_assistant.set_state("sensor.the_end", "1")

        for follower in (whole, entities):
            await wait_until(lambda follower=follower: has_heard(follower, "sensor.the_end"))
        await wait_until(lambda: removals(entities) == removals(whole) == REMOVALS)

    expected, heard = told(whole, start), told(entities, start)
    renamed = [key for key in expected if key[0] in (OLD, NEW) and expected[key][0] is None]
    stand_ins = [key for key in heard if key[0] in (OLD, NEW) and heard[key][0] is None]
    assert len(renamed) == len(stand_ins) == 2
    for real, stand_in in zip(sorted(renamed), sorted(stand_ins), strict=True):
        assert 0 <= real[1] - stand_in[1] < 1_100_000  # a sensor of the home ticks each second
    assert without(expected, renamed) == without(heard, stand_ins)
    assert len(heard) > LOAD + 38
    assert any(context.user_id for _, context in heard.values() if context)


def odd(number: int) -> Mapping[str, Any]:
    """Return attributes that come, go, change their type, and are nothing."""
    values = [None, number, str(number), [number, {"a": None}], number / 7, 2**63 + number, {}]
    return {f"attribute_{each % 7}": values[each % 7] for each in range(number, number + 4)}


async def wait_until(come_true: Callable[[], bool]) -> None:
    """Look now and then only, for there is much to look at."""
    while not come_true():
        await trio.sleep(0.2)


def has_heard(follower: Follower, entity_id: str) -> bool:
    return any(change.entity_id == entity_id for change in follower.heard)


def removals(follower: Follower) -> int:
    return sum(change.is_removal for change in follower.heard)


def told(follower: Follower, since: int) -> dict[tuple[str, int], Any]:
    """Return the state and the context of each change after *since*."""
    return {
        (change.entity_id, change.time): (plain(change.state), context_of(change))
        for change in follower.heard
        if change.time > since
    }


def plain(state: State | None) -> Any:
    if state is None:
        return None
    attributes = json.dumps(state.attributes.by_name, sort_keys=True)
    return state.value, attributes, state.last_changed, state.last_updated


def context_of(change: StateChange) -> Any:
    return None if change.is_removal else change.context


def without(changes: dict[tuple[str, int], Any], keys: Any) -> dict[tuple[str, int], Any]:
    return {key: changes[key] for key in changes if key not in keys}
