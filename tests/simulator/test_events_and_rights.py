"""Other events than state changes, labels and deletions, and what a user without rights may hear."""

import json
from typing import Any

import pytest

from tests.simulator.recording import conversation, events
from tests.simulator.shapes import assert_alike, keys
from tests.simulator.subject import Client, log_in
from trio_ingest.simulator.entrance import Entrance
from trio_ingest.simulator.simulator import Simulator

LIGHT = "light.kuche_ceiling"


async def until_quiet(client: Client) -> list[dict[str, Any]]:
    """Return the events that came before the answer to a ping."""
    heard = []
    frame = await client.ask("ping")
    while '"pong"' not in frame:
        heard.append(json.loads(frame))
        frame = await client.receive()
    return heard


async def test_an_event_has_the_keys_of_a_recorded_one(simulator: Simulator) -> None:
    """A service call that is fired has every key of a recorded one, in order, with its context."""
    recorded = json.loads(events("04_subscribe_events", "call_service")[0])
    data = {"domain": "light", "service": "turn_on", "service_data": {"entity_id": LIGHT}}

    async with log_in(simulator) as client:
        await client.ask("subscribe_events", event_type="call_service")
        simulator.fire("call_service", data, user_id="anna", parent_id="00")
        (heard,) = await until_quiet(client)

    assert heard["event"].pop("data") == data
    assert heard["event"]["context"]["user_id"] == "anna"
    assert heard["event"]["context"]["parent_id"] == "00"
    del recorded["event"]["data"]
    assert [*heard, *heard["event"]] == [*recorded, *recorded["event"]]


@pytest.mark.parametrize(
    ("event_type", "may_hear"),
    [
        ("state_changed", True),
        ("entity_registry_updated", True),
        ("service_registered", True),
        ("call_service", False),
        ("my_event", False),
        ("homeassistant_started", False),
        (None, False),
    ],
)
async def test_who_is_no_administrator_may_hear_some_types(
    simulator: Simulator, event_type: str | None, may_hear: bool
) -> None:
    """As recorded from a real one: what is not on its list, and everything at once, is refused."""
    simulator.core.entrance.is_admin = False
    parameters = {"event_type": event_type} if event_type else {}

    async with log_in(simulator) as client:
        answer = json.loads(await client.ask("subscribe_events", **parameters))

    assert answer["success"] is may_hear
    refusal = {"code": "unauthorized", "message": "Unauthorized"}
    assert answer.get("error") == (None if may_hear else refusal)


def test_administrators_may_hear_everything() -> None:
    """An administrator may have events of any type."""
    assert Entrance("token").may_hear("my_event")


async def test_labels(simulator: Simulator) -> None:
    """A new label has the recorded row, and an entity's old labels are what its event says."""
    real = next(
        json.loads(answer)["result"]
        for exchange in conversation("07_lifecycle").exchanges
        if "label_registry/create" in str(exchange.said)
        for answer in exchange.answers
        if '"result"' in answer
    )
    told = json.loads(events("07_lifecycle", "label_registry_updated")[0])

    async with log_in(simulator) as client:
        await client.ask("subscribe_events", event_type="label_registry_updated")
        await client.ask("subscribe_events", event_type="entity_registry_updated")
        label_id = simulator.create_label("Important")
        simulator.label_entity(LIGHT, label_id)
        created, labelled = await until_quiet(client)
        labels = await client.result("config/label_registry/list")

    assert_alike([real], labels)
    assert (labels[0]["label_id"], labels[0]["name"]) == (label_id, "Important")
    assert keys(told) == keys(created)
    assert labelled["event"]["data"]["changes"] == {"labels": []}
    assert simulator.core.registries.entities[LIGHT]["labels"] == ["important"]


async def test_an_entity_leaves_the_registry_first(simulator: Simulator) -> None:
    """When an entity is deleted the registry's event is followed by the removal of its state."""
    async with log_in(simulator) as client:
        for event_type in ("state_changed", "entity_registry_updated"):
            await client.ask("subscribe_events", event_type=event_type)
        await simulator.delete_entity(LIGHT)
        deleted, removed = (event["event"] for event in await until_quiet(client))
        entities = await client.result("config/entity_registry/list")

    assert deleted["data"] == {"action": "remove", "entity_id": LIGHT}
    assert (removed["data"]["entity_id"], removed["data"]["new_state"]) == (LIGHT, None)
    assert LIGHT not in [entity["entity_id"] for entity in entities]


async def test_an_older_version_knows_less(simulator: Simulator) -> None:
    """A command that is to be unknown is answered like any unknown one."""
    simulator.core.unknown_commands.add("config/label_registry/list")

    async with log_in(simulator) as client:
        answer = json.loads(await client.ask("config/label_registry/list"))

    assert answer["error"]["code"] == "unknown_command"
