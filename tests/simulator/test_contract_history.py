"""Contract: `history/history_during_period`, against the recorded answers to the last digit."""

import json
from typing import Any

import pytest

from tests.simulator.recording import Exchange, conversation
from tests.simulator.shapes import masked
from tests.simulator.subject import Client
from tests.simulator.subject import log_in as log_into
from trio_ingest.simulator import Home, Recorder, Simulator, open_simulator

ENTITY = "sensor.hist"


def questions() -> list[Exchange]:
    return [e for e in conversation("09_history").exchanges if "during_period" in e.said]


def asked(exchange: Exchange) -> dict[str, Any]:
    return json.loads(exchange.said)


def recorded_rows() -> list[dict[str, Any]]:
    complete = next(e for e in questions() if '"significant_changes_only": false' in e.said)
    return json.loads(complete.answers[0])["result"][ENTITY]


class Clock:
    """A clock that is put right by hand."""

    def __init__(self) -> None:
        self.now = 1795436400.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def past(clock: Clock):
    """The recorded story of the entity has happened, each change at its recorded instant."""
    async with open_simulator(
        Home(number_of_entities=5), clock=clock, recorder=Recorder(lag_seconds=1)
    ) as simulator:
        for row in recorded_rows():
            clock.now = row["lu"]
            if row["s"] is None:
                simulator.remove(ENTITY)
            else:
                simulator.set_state(ENTITY, row["s"], row["a"])
        yield simulator


async def put(client: Client, exchange: Exchange) -> str:
    parameters = {k: v for k, v in asked(exchange).items() if k not in {"id", "type"}}
    return await client.ask("history/history_during_period", **parameters)


async def test_every_question_gets_the_recorded_answer(past: Simulator, clock: Clock):
    """All options, the state at a start in the middle, the errors: the very same frames.

    Left out is only the question about other entities of that house.
    """
    first, *others = [e for e in questions() if "climate.ecobee" not in e.said]

    async with log_into(past) as client:
        clock.now = 1795436466.829118  # when the recorder had not yet committed the newest rows
        early = await put(client, first)
        clock.now = 1795436469.355647
        late = [await put(client, exchange) for exchange in others]

    expected = [first.answers[0], *(exchange.answers[0] for exchange in others)]
    assert len(expected) > 12
    assert without_ids(expected) == without_ids([early, *late])


def without_ids(answers: list[str]) -> list[dict[str, Any]]:
    decoded = [json.loads(message) for message in masked(answers)]
    return [{**answer, "id": 0} for answer in decoded]


async def test_an_unknown_entity_has_no_key_in_the_answer(past: Simulator, clock: Clock):
    """Nor has one that nothing happened to."""
    clock.now += 10

    async with log_into(past) as client:
        rows = await client.result(
            "history/history_during_period",
            start_time="2026-11-23T12:20:58+00:00",
            entity_ids=[ENTITY, "sensor.does_not_exist", "sun.sun"],
            include_start_time_state=False,
        )

    assert list(rows) == [ENTITY]


async def test_start_and_end_are_exclusive(past: Simulator, clock: Clock):
    """A row exactly at the start or at the end is not in the answer."""
    clock.now = 1795436500.0
    for second in (480, 481, 482):
        clock.now = 1795436000.0 + second
        past.set_state("sensor.exact", str(second), {})
    clock.now = 1795436500.0

    async with log_into(past) as client:
        rows = await client.result(
            "history/history_during_period",
            start_time="2026-11-23T12:21:20+00:00",
            end_time="2026-11-23T12:21:22+00:00",
            entity_ids=["sensor.exact"],
            include_start_time_state=False,
        )

    assert [row["s"] for row in rows["sensor.exact"]] == ["481"]


async def test_without_a_recorder_its_commands_are_unknown(past: Simulator):
    """A house without the recorder does not know `history/…` nor `recorder/…`."""
    past.recorder.is_running = False

    async with log_into(past) as client:
        for command in ("recorder/info", "history/history_during_period"):
            answer = json.loads(await client.ask(command))
            assert answer["error"]["code"] == "unknown_command"
