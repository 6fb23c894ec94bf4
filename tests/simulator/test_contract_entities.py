"""Contract: what `subscribe_entities` says, held against recorded frames of the real one."""

import json
from typing import Any

import pytest

from tests.simulator.recording import Conversation, conversation
from tests.simulator.shapes import keys
from tests.simulator.subject import Client, Subject, log_in
from trio_ingest.simulator.entity_filter import Patterns, admits

TOPIC = "05_subscribe_entities"
ODD = "sensor.odd_seconds"


def recorded(name: str | None = None) -> list[str]:
    """Return what a recorded client was told after it had subscribed."""
    talk: Conversation = conversation(TOPIC, name)
    return talk.exchanges[-1].answers


async def until_quiet(client: Client) -> list[str]:
    heard = []
    frame = await client.ask("ping")
    while '"pong"' not in frame:
        heard.append(frame)
        frame = await client.receive()
    return heard


def shape(frame: str) -> Any:
    """Return the keys of a frame, in order, without what is a name in one house only."""
    message = json.loads(frame)
    event = message["event"]
    for part in ("a", "c"):
        for told in event.get(part, {}).values():
            for attributes in (told, told.get("+", {})):
                if "a" in attributes:
                    attributes["a"] = {}
        if part in event:
            event[part] = {"ENTITY": next(iter(event[part].values()))}
    return keys(message)


async def test_the_answer_is_followed_by_a_snapshot(subject: Subject) -> None:
    """First the result, then all entities in one event, with the recorded keys in their order."""
    async with log_in(subject) as client:
        result = await client.ask("subscribe_entities")
        snapshot = await client.receive()
        states = await client.result("get_states")

    assert recorded()[0] == result
    assert shape(recorded()[1]) == shape(snapshot)
    told = json.loads(snapshot)["event"]["a"]
    assert {s["entity_id"]: s["state"] for s in states} == {e: t["s"] for e, t in told.items()}


async def test_changes_say_what_is_different(subject: Subject) -> None:
    """A change of the state, and one of attributes too, have the recorded keys in their order."""
    plain, *_, with_attributes = [frame for frame in recorded() if '"event":{"c"' in frame]
    async with log_in(subject) as client:
        await subject.set_state(ODD, "0", {"second": 8, "nested": [1]})
        await client.ask("subscribe_entities")
        await client.receive()
        await subject.set_state(ODD, "1", {"second": 8, "nested": [1]})
        await subject.set_state(ODD, "0", {"second": 9, "nested": [1]})
        first, second = await until_quiet(client)

    assert shape(plain) == shape(first)
    assert shape(with_attributes) == shape(second)
    assert json.loads(second)["event"]["c"][ODD]["+"]["a"] == {"second": 9}


async def test_a_life_in_differences(subject: Subject) -> None:
    """New, other attributes only, fewer of them, gone: `a`, `lu` without `lc`, `-`, `r`."""
    async with log_in(subject) as client:
        await client.ask("subscribe_entities")
        await client.receive()
        await subject.set_state(ODD, "0", {"x": 1, "y": 1})
        await subject.set_state(ODD, "0", {"x": True, "y": 2})
        await subject.set_state(ODD, "0", {"x": True})
        await subject.remove(ODD)
        added, other, fewer, gone = [json.loads(f)["event"] for f in await until_quiet(client)]

    assert list(added["a"][ODD]) == ["s", "a", "c", "lc"]
    assert list(other["c"][ODD]["+"]) == ["lu", "c", "a"]
    assert other["c"][ODD]["+"]["a"] == {"y": 2}  # 1 and true are the same in Python
    assert fewer["c"][ODD]["-"] == {"a": ["y"]}
    assert gone == {"r": [ODD]}


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ({"entity_ids": [ODD, "input_boolean.heating"]}, "filtered"),
        ({"include": {"domains": ["input_boolean"], "entity_globs": ["sensor.odd*"]}}, "include"),
    ],
)
async def test_who_is_not_asked_for_is_not_told(
    subject: Subject, wanted: dict[str, Any], name: str
) -> None:
    """As recorded: neither in the snapshot nor later."""
    async with log_in(subject) as client:
        await subject.set_state("input_boolean.heating", "on", {})
        await client.ask("subscribe_entities", **wanted)
        snapshot = json.loads(await client.receive())
        await subject.set_state("sensor.other", "1", {})
        await subject.set_state(ODD, "1", {})
        (heard,) = await until_quiet(client)

    real = json.loads(recorded(name)[1])["event"]["a"]
    assert snapshot["event"]["a"].keys() <= real.keys()
    assert ODD in heard


async def test_an_id_that_is_none_is_refused(subject: Subject) -> None:
    """The filter names valid entities only."""
    async with log_in(subject) as client:
        answer = json.loads(
            await client.ask("subscribe_entities", include={"entities": ["sensor.a__b"]})
        )

    assert answer["error"]["code"] == "invalid_format"


@pytest.mark.parametrize(
    ("include", "exclude", "admitted"),
    [
        ({}, {}, "abcd"),
        ({"domains": ["a"]}, {}, "ab"),
        ({}, {"domains": ["a"]}, "cd"),
        ({"domains": ["a"]}, {"entities": ["a.b"]}, "a"),
        ({"entities": ["a.b"]}, {"domains": ["a"]}, "bcd"),
        ({"entities": ["a.b"]}, {"entities": ["c.d"]}, "b"),
        ({"entity_globs": ["*.b"], "domains": ["c"]}, {"entity_globs": ["*.d"]}, "bc"),
    ],
)
def test_the_cases_of_the_filter(
    include: dict[str, list[str]], exclude: dict[str, list[str]], admitted: str
) -> None:
    """All, only includes, only excludes, and what gives way to what."""
    entities = {"a": "a.a", "b": "a.b", "c": "c.c", "d": "c.d"}

    passed = [
        letter
        for letter, entity_id in entities.items()
        if admits(Patterns(**include), Patterns(**exclude), entity_id)
    ]

    assert admitted == "".join(passed)
