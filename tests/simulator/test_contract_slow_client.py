"""Contract: a client that does not keep up is thrown out, and it looks like a clean shutdown.

Recorded in 13_slow_client and 21_burst_limit: contiguous events, then CLOSE 1000; what was pending
is lost; 4,096 events at once are too many for any client, however fast it reads.
"""

import json

import pytest
import trio
from trio_websocket import ConnectionClosed

from tests.simulator.subject import Client, Subject, log_in


async def read_to_the_close(client: Client) -> tuple[list[int], int]:
    """Return the states of the events that still came, and the close code."""
    states: list[int] = []
    with trio.fail_after(30):
        try:
            while True:
                states += burst_states(await client.websocket.get_message())
        except ConnectionClosed as closed:
            return states, closed.reason.code


def burst_states(frame: str) -> list[int]:
    decoded = json.loads(frame)
    messages = decoded if isinstance(decoded, list) else [decoded]
    changes = [message["event"]["data"] for message in messages]
    return [
        int(change["new_state"]["state"])
        for change in changes
        if change["entity_id"] == "sensor.burst"
    ]


@pytest.mark.parametrize("coalesces", [False, True])
async def test_who_does_not_read_gets_what_was_on_the_way_and_a_close(
    subject: Subject, coalesces: bool
):
    """The events are contiguous from the first; at least 4,096 of the last are lost."""
    events = 20_000

    async with log_in(subject) as client:
        if coalesces:
            await client.ask("supported_features", features={"coalesce_messages": 1})
        await client.ask("subscribe_events", event_type="state_changed")
        for n in range(events):
            await subject.set_state("sensor.burst", str(n), {"padding": "x" * 500})
            if n % 100 == 0:
                await trio.lowlevel.checkpoint()
        states, close_code = await read_to_the_close(client)

    assert states == list(range(len(states)))
    assert 0 < len(states) <= events - 4096
    assert close_code == 1000


@pytest.mark.parametrize(("events", "arrive"), [(4095, 4095), (4096, 0)])
async def test_4096_events_at_once_are_too_many_for_any_client(
    subject: Subject, events: int, arrive: int
):
    """One less all arrive; with that many none does, and the connection is closed."""
    async with log_in(subject) as client:
        await client.ask("subscribe_events", event_type="state_changed")
        for n in range(events):
            await subject.set_state("sensor.burst", str(n), {})
        if arrive:
            states = [int(await next_state(client)) for _ in range(arrive)]
        else:
            states, close_code = await read_to_the_close(client)
            assert close_code == 1000

    assert states == list(range(arrive))


async def next_state(client: Client) -> str:
    message = json.loads(await client.receive())
    state: str = message["event"]["data"]["new_state"]["state"]
    return state
