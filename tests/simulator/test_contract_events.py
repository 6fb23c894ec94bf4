"""Contract: what fires an event, what the event says, and how events travel."""

import json
from typing import Any

from tests.simulator.recording import events, lines
from tests.simulator.shapes import event_shape, keys, masked
from tests.simulator.subject import Client, Subject, log_in

ENTITY = "sensor.life"


def recorded_writes() -> list[dict[str, Any]]:
    """Return the requests that wrote or removed the recorded entity, in order."""
    return [
        line
        for line in lines("07_lifecycle")
        if line.get("path") == f"/api/states/{ENTITY}" and line["status"] < 400
    ]


async def until_quiet(client: Client) -> list[str]:
    """Return the events that came before the answer to a ping."""
    heard = []
    frame = await client.ask("ping")
    while '"pong"' not in frame:
        heard.append(frame)
        frame = await client.receive()
    return heard


async def test_an_entity_lives_and_dies_like_the_real_one(subject: Subject):
    """The recorded writes fire the recorded events, and no others.

    Created, written again, forced, 1 → 1.0 → true, attributes changed, unknown, unavailable, odd
    texts and numbers, removed, created again: equal in state, attributes, and in which instants
    and contexts are the same as which.
    """
    expected = [e for e in events("07_lifecycle", "state_changed") if f'"{ENTITY}"' in e]

    async with log_in(subject) as client:
        await client.ask("subscribe_events", event_type="state_changed")
        for write in recorded_writes():
            body = json.loads(write["body"] or "{}", parse_int=as_number)
            if write["http"] == "DELETE":
                await subject.remove(ENTITY)
            else:
                await subject.set_state(
                    ENTITY,
                    as_state(body["state"]),
                    body.get("attributes", {}),
                    force_update=body.get("force_update", False),
                )
        heard = [event for event in await until_quiet(client) if f'"{ENTITY}"' in event]

    assert len(expected) > 15
    assert masked(expected) == masked(heard)


def as_number(text: str) -> int | float:
    """Return an integer as Home Assistant reads it: a float when it has more than 64 bits."""
    return int(text) if -(2**63) <= int(text) < 2**64 else float(text)


def as_state(value: Any) -> str:
    """Return what Home Assistant's REST API makes of a state that is not a string."""
    return value if isinstance(value, str) else str(value)


async def test_all_events_have_the_keys_of_recorded_ones(subject: Subject):
    """A creation, a change and a removal have the recorded keys, in order; the id is last."""
    recorded = {
        event_shape(e)
        for topic in ("04_subscribe_events", "06_coalesced", "07_lifecycle")
        for e in events(topic, "state_changed")
    }

    async with log_in(subject) as client:
        await client.ask("subscribe_events", event_type="state_changed")
        await subject.set_state("sensor.contract", "1", {"unit_of_measurement": "°C"})
        await subject.set_state("sensor.contract", "2", {"unit_of_measurement": "°C"})
        await subject.remove("sensor.contract")
        heard = [event for event in await until_quiet(client) if "sensor.contract" in event]

    assert len(heard) == 3
    assert {without_user(event_shape(e)) for e in heard} <= {without_user(e) for e in recorded}


def without_user(shape: str) -> str:
    return shape.replace('["user_id", "str"]', '["user_id", "NoneType"]')


async def test_without_coalescing_each_event_is_a_frame(subject: Subject):
    """Forty changes at once are forty objects."""
    async with log_in(subject) as client:
        await client.ask("subscribe_events", event_type="state_changed")
        for n in range(40):
            await subject.set_state("sensor.burst", str(n), {"n": n})
        frames = await until_quiet(client)

    assert [str(n) for n in range(40)] == burst_states(frames)
    assert all(frame.startswith('{"type":"event"') for frame in frames)


async def test_with_coalescing_frames_are_objects_or_arrays_of_the_same(subject: Subject):
    """Nothing is lost or reordered; an array has at least two, also results and pongs."""
    async with log_in(subject) as client:
        await client.ask("supported_features", features={"coalesce_messages": 1})
        await client.ask("subscribe_events", event_type="state_changed")
        for n in range(40):
            await subject.set_state("sensor.burst", str(n), {"n": n})
        await client.send('{"id":3,"type":"ping"}')
        frames = [await client.receive()]
        while '"pong"' not in frames[-1]:
            frames.append(await client.receive())

    decoded = [json.loads(frame) for frame in frames]
    arrays = [frame for frame in decoded if isinstance(frame, list)]
    assert arrays
    assert all(len(array) > 1 for array in arrays)
    assert [str(n) for n in range(40)] == burst_states(frames)
    recorded = next(
        json.loads(line["raw"])
        for line in lines("06_coalesced")
        if line["d"] == "<" and line["raw"].startswith("[")
    )
    assert list(recorded[0]) == list(arrays[0][0])


def burst_states(frames: list[str]) -> list[str]:
    states = []
    for frame in frames:
        decoded = json.loads(frame)
        for message in decoded if isinstance(decoded, list) else [decoded]:
            data = message.get("event", {}).get("data", {})
            if data.get("entity_id") == "sensor.burst":
                states.append(data["new_state"]["state"])
    return states


async def test_after_unsubscribing_nothing_comes(subject: Subject):
    """An unsubscribed event type is silent."""
    async with log_in(subject) as client:
        await client.ask("subscribe_events", event_type="state_changed")
        await client.ask("unsubscribe_events", subscription=1)
        await subject.set_state("sensor.contract", "1", {})

        assert await until_quiet(client) == []


async def test_registry_events_say_what_recorded_ones_say(simulator):
    """Areas name themselves only; devices and entities add their *old* values."""
    recorded = {
        kind: json.loads(
            next(
                e
                for e in events("07_lifecycle", f"{kind}_registry_updated")
                if json.loads(e)["event"]["data"]["action"] == "update"
            )
        )
        for kind in ("area", "device", "entity")
    }
    device_id = simulator.core.registries.device_named("Küche Lamp")

    async with log_in(simulator) as client:
        for kind in recorded:
            await client.ask("subscribe_events", event_type=f"{kind}_registry_updated")
        simulator.rename_area("kuche", "Kitchen")
        simulator.move_device(device_id, "office")
        simulator.move_entity("light.kuche_ceiling", "kelder")
        heard = [json.loads(event) for event in await until_quiet(client)]
        areas = await client.result("config/area_registry/list")

    for real, ours in zip(recorded.values(), heard, strict=True):
        real["event"]["data"].pop("changes", None)
        changes = ours["event"]["data"].pop("changes", None)
        assert keys(real) == keys(ours)
        assert changes in (None, {"area_id": "kuche"}, {"area_id": None})
    assert "Kitchen" in [area["name"] for area in areas]
