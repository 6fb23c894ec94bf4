"""Contract: ids, errors, arrays, coalescing, and the answers to the commands that we send."""

import json
import time

import pytest

from tests.simulator.recording import answer_to, conversation, server_frames
from tests.simulator.shapes import assert_alike, keys, masked
from tests.simulator.subject import Subject, log_in


async def test_every_wrong_command_gets_the_real_answer(subject: Subject):
    """Thirty odd commands in a row get the recorded answers; the last one is no JSON: close 1000."""
    recorded = conversation("03_errors")
    exchanges = [e for e in recorded.exchanges[1:] if "call_service" not in e.said]
    expected = [answer for exchange in exchanges for answer in exchange.answers]
    heard = []

    async with log_in(subject) as client:
        for exchange in exchanges:
            await client.send(exchange.said)
            heard += [await client.receive() for _ in exchange.answers]
        close_code = await client.closed()

    assert len(heard) == 25
    assert masked(expected) == masked(heard)
    assert recorded.close_code == close_code


@pytest.mark.parametrize("name", ["notjson", "binary"])
async def test_what_is_no_json_ends_the_connection_and_what_is_binary_does_not(
    subject: Subject, name: str
):
    """A text that is not JSON is closed on; a binary message is passed over."""
    recorded = conversation("03_errors", name)
    exchanges = recorded.exchanges[1:]

    async with log_in(subject) as client:
        heard = []
        for exchange in exchanges:
            await client.send(exchange.said)
            heard += [await client.receive() for _ in exchange.answers]
        close_code = await client.closed() if recorded.close_code else None

    assert masked(a for e in exchanges for a in e.answers) == masked(heard)
    assert recorded.close_code == close_code


async def test_an_empty_binary_message_ends_the_connection(subject: Subject):
    """Recorded as `binary0`."""
    async with log_in(subject) as client:
        await client.send(b"")

        assert await client.closed() == 1000


@pytest.mark.parametrize(("size", "too_big"), [(4_194_303, False), (4_194_313, True)])
async def test_a_message_has_at_most_four_mebibytes(subject: Subject, size: int, too_big: bool):
    """One that is larger is closed on with 1009."""
    frame = '{"id":1,"type":""}'
    frame = frame.replace('""', f'"{"x" * (size - len(frame))}"')

    async with log_in(subject) as client:
        await client.send(frame)

        if too_big:
            assert await client.closed() == 1009
        else:
            assert json.loads(await client.receive())["error"]["code"] == "unknown_command"


async def test_an_array_of_commands_is_answered_with_an_array_when_coalescing(subject: Subject):
    """The recorded array of two pings and an unknown command gets the recorded array."""
    array = next(e for e in conversation("02_basic").exchanges if e.said.startswith("["))

    async with log_in(subject) as client:
        await client.ask("supported_features", features={"coalesce_messages": 1})
        await client.send(array.said)
        answer = await client.receive()

    assert masked(array.answers) == masked([answer])


async def test_results_and_pongs_have_the_real_ones_keys(subject: Subject):
    """Ping, features, subscribe and unsubscribe answer byte for byte like the recorded ones."""
    recorded = server_frames("02_basic")
    pong = next(frame for frame in recorded if '"pong"' in frame)
    nothing = next(frame for frame in recorded if '"result":null' in frame)

    async with log_in(subject) as client:
        assert pong == await client.ask("ping")
        features = await client.ask("supported_features", features={"coalesce_messages": 1})
        subscribed = await client.ask("subscribe_events", event_type="state_changed")
        unsubscribed = await client.ask("unsubscribe_events", subscription=3)

    assert nothing.replace('"id":4', '"id":2') == features
    assert nothing.replace('"id":4', '"id":3') == subscribed
    assert nothing == unsubscribed


async def test_the_configuration_has_the_real_ones_keys(subject: Subject):
    """`get_config` has every key, in order, with values of the same types."""
    real = answer_to("02_basic", "get_config")["result"]

    async with log_in(subject) as client:
        ours = await client.result("get_config")

    assert keys({**real, "config_source": ""}) == keys({**ours, "config_source": ""})
    assert ours["state"] == "RUNNING"


async def test_states_have_the_real_ones_keys(subject: Subject):
    """`get_states` is a list of whole states."""
    real = answer_to("02_basic", "get_states")["result"]

    async with log_in(subject) as client:
        ours = await client.result("get_states")

    assert_alike(real, ours)
    assert_alike([row["context"] for row in real], [row["context"] for row in ours])


@pytest.mark.parametrize("registry", ["area", "device", "entity"])
async def test_registries_have_the_real_ones_rows(subject: Subject, registry: str):
    """Each row has every key, in order, with values of the same types."""
    command = f"config/{registry}_registry/list"
    real = answer_to("08_registries", command)["result"]

    async with log_in(subject) as client:
        ours = await client.result(command)

    assert ours
    assert_alike(real, ours)


async def test_floors_and_labels_can_be_listed(subject: Subject):
    """The recorded house had no floors: their row is the one that its creation answered."""
    real = next(
        json.loads(answer)["result"]
        for exchange in conversation("07_lifecycle").exchanges
        if "floor_registry/create" in exchange.said
        for answer in exchange.answers
        if '"result"' in answer
    )

    async with log_in(subject) as client:
        floors = await client.result("config/floor_registry/list")
        labels = await client.result("config/label_registry/list")

    assert floors
    assert_alike([real], floors)
    assert labels == []


async def test_the_recorder_says_how_it_is(subject: Subject):
    """`recorder/info` is the recorded answer."""
    real = next(f for f in server_frames("10_statistics") if "thread_running" in f)

    async with log_in(subject) as client:
        assert real == await client.ask("recorder/info")


async def test_whose_token_it_is(subject: Subject):
    """Every user is told who he is, and whether he is an administrator."""
    async with log_in(subject) as client:
        user = await client.result("auth/current_user")

    assert {"id", "name", "is_owner", "is_admin", "credentials", "mfa_modules"} == set(user)
    assert user["is_admin"] is True


async def test_services(subject: Subject):
    """Services are told by domain and name, each with its fields, some with a target."""
    async with log_in(subject) as client:
        services = await client.result("get_services")

    assert "fields" in services["homeassistant"]["restart"]
    assert "target" in services["homeassistant"]["turn_on"]
    assert all("fields" in each for domain in services.values() for each in domain.values())


async def test_what_time_it_is(subject: Subject):
    """A template tells the time of Home Assistant's own clock."""
    async with log_in(subject) as client:
        before = time.time()
        await client.result("render_template", template="{{ utcnow().timestamp() }}")
        rendered = json.loads(await client.receive())["event"]["result"]

    assert before - 1 < rendered < time.time() + 1
