"""The client against a real server: what it promises to whoever publishes and reads."""

import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from tests.support.nats import NatsServer
from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.jetstream.api import (
    NANOSECONDS,
    AckPolicy,
    ConsumerConfig,
    Discard,
    Retention,
    StreamConfig,
)
from trio_ingest.jetstream.client import JetStream, open_jetstream
from trio_ingest.jetstream.errors import (
    JetStreamRefused,
    JetStreamUnreachable,
    MessageTooLarge,
    NotThere,
)

pytestmark = pytest.mark.servers

READER = "readers"
numbers = itertools.count()


@asynccontextmanager
async def stream_at(
    url: str, *, answer_seconds: float = 5.0, **settings: object
) -> AsyncGenerator[tuple[JetStream, str]]:
    """Give a client with a stream of its own, the consumer `readers`, and a subject."""
    name = f"S{next(numbers)}"
    config = NatsConfig(servers=(url,), stream=name, timeout=answer_seconds)
    async with open_jetstream(config, "test") as jetstream:
        await jetstream.create_stream(
            StreamConfig(
                name=name,
                subjects=(f"{name}.>",),
                retention=Retention.WORK_QUEUE,
                discard=Discard.NEW,
                duplicate_window=60 * NANOSECONDS,
                **settings,
            )
        )
        await jetstream.create_consumer(
            ConsumerConfig(
                durable_name=READER, ack_policy=AckPolicy.EXPLICIT, ack_wait=1 * NANOSECONDS
            )
        )
        yield jetstream, f"{name}.north"


async def messages_in(jetstream: JetStream) -> int:
    info = await jetstream.stream_info()
    assert info is not None
    return info.state.messages


async def test_what_is_published_is_delivered_and_goes_when_it_is_acknowledged(nats_server):
    """A message comes with body, headers, and its place; after its ack it is gone."""
    async with stream_at(nats_server.url) as (jetstream, subject):
        await jetstream.publish(subject, b"\r\n\0body", {"Trio-Ingest-Points": "3", "Empty": ""})

        delivery = await jetstream.next_message(READER)
        before = await messages_in(jetstream)
        await jetstream.ack(delivery)
        after = await messages_in(jetstream)

    assert (subject, b"\r\n\0body") == (delivery.subject, delivery.body)
    assert "3" == delivery.headers["Trio-Ingest-Points"]
    assert (1, 1, 0) == (delivery.stream_sequence, delivery.delivered, delivery.pending)
    assert (1, 0) == (before, after)


async def test_a_message_that_is_sent_again_is_kept_once(nats_server):
    """The second message with the same id is acknowledged, and not stored."""
    async with stream_at(nats_server.url) as (jetstream, subject):
        for _ in range(2):
            await jetstream.publish(subject, b"x", {"Nats-Msg-Id": "one"})
        await jetstream.publish(subject, b"x", {"Nats-Msg-Id": "two"})

        assert 2 == await messages_in(jetstream)


async def test_what_is_given_back_comes_again(nats_server):
    """nak brings a message again after its delay, and says how often it came."""
    async with stream_at(nats_server.url) as (jetstream, subject):
        await jetstream.publish(subject, b"x")
        await jetstream.nak(await jetstream.next_message(READER), 0.05)
        again = await jetstream.next_message(READER)

    assert 2 == again.delivered


async def test_work_in_progress_is_not_handed_out_again(nats_server):
    """in_progress begins ack_wait (a second here) anew."""
    async with stream_at(nats_server.url) as (jetstream, subject):
        await jetstream.publish(subject, b"x")
        delivery = await jetstream.next_message(READER)
        for _ in range(3):
            await trio.sleep(0.5)
            await jetstream.in_progress(delivery)

        assert [] == list(await jetstream.fetch(READER, 1, 0))
        await jetstream.ack(delivery)
        assert 0 == await messages_in(jetstream)


async def test_fetch_takes_what_is_there(nats_server):
    """It returns at most so many, does not wait when there are some, and may return none."""
    async with stream_at(nats_server.url) as (jetstream, subject):
        for number in range(5):
            await jetstream.publish(subject, b"%d" % number)

        first = await jetstream.fetch(READER, 3, 10)
        second = await jetstream.fetch(READER, 3, 10)
        third = await jetstream.fetch(READER, 3, 0.05)

    assert [b"0", b"1", b"2"] == [each.body for each in first]
    assert [b"3", b"4"] == [each.body for each in second]
    assert [] == list(third)


async def test_fetch_waits_for_the_first(nats_server):
    """When nothing is there it waits, and returns with what comes."""
    async with stream_at(nats_server.url) as (jetstream, subject), trio.open_nursery() as nursery:

        async def publish_later() -> None:
            await trio.sleep(0.1)
            await jetstream.publish(subject, b"x")

        nursery.start_soon(publish_later)

        assert 1 == len(await jetstream.fetch(READER, 10, 20))


async def test_refusals_are_told_from_weather(nats_server):
    """No stream, a subject of another stream, no consumer: somebody has to see to it."""
    async with stream_at(nats_server.url) as (jetstream, _):
        with pytest.raises(JetStreamRefused, match=r"takes S\d+\.>, and not nobodys\.subject"):
            await jetstream.publish("nobodys.subject", b"x")
        with pytest.raises(JetStreamRefused, match="has no consumer nobody"):
            await jetstream.next_message("nobody")
        with pytest.raises(JetStreamRefused, match="has no consumer nobody"):
            await jetstream.fetch("nobody", 1, 0)
    async with open_jetstream(NatsConfig(servers=(nats_server.url,), stream="NO"), "test") as none:
        assert await none.stream_info() is None
        assert await none.consumer_info(READER) is None
        with pytest.raises(JetStreamRefused, match="there is no stream NO"):
            await none.publish("nobodys.subject", b"x")
        with pytest.raises(NotThere):
            await none.create_consumer(ConsumerConfig(durable_name=READER))


async def test_a_message_for_another_stream_is_not_taken_by_it(nats_server):
    """Whoever names the wrong stream hears of it, instead of having the message stored there."""
    async with stream_at(nats_server.url) as (right, subject):
        config = NatsConfig(servers=(nats_server.url,), stream="OTHER")
        async with open_jetstream(config, "test") as wrong:
            with pytest.raises(JetStreamRefused, match="expected stream does not match"):
                await wrong.publish(subject, b"x")

        assert 0 == await messages_in(right)


async def test_a_message_that_is_too_large(nats_server):
    """Neither the server's bound nor the stream's costs the connection."""
    async with stream_at(nats_server.url, max_msg_size=1000) as (jetstream, subject):
        with pytest.raises(MessageTooLarge):
            await jetstream.publish(subject, bytes(2 * 1024 * 1024))
        with pytest.raises(MessageTooLarge):
            await jetstream.publish(subject, bytes(1001))

        await jetstream.publish(subject, bytes(10))


async def test_a_full_stream_is_weather(nats_server):
    """It refuses what is new, and takes it once somebody has read."""
    async with stream_at(nats_server.url, max_msgs=1) as (jetstream, subject):
        await jetstream.publish(subject, b"x")
        with pytest.raises(JetStreamUnreachable, match="full"):
            await jetstream.publish(subject, b"y")
        await jetstream.ack(await jetstream.next_message(READER))

        await jetstream.publish(subject, b"y")


async def test_a_server_that_is_away_and_comes(nats_server: NatsServer):
    """A client finds its server whenever it is there, also after kill -9."""
    async with stream_at(nats_server.url) as (jetstream, subject), trio.open_nursery() as nursery:
        await jetstream.publish(subject, b"1")
        await jetstream.ack(await jetstream.next_message(READER))
        received = []

        async def receive() -> None:
            received.append(await jetstream.next_message(READER))

        nursery.start_soon(receive)
        await trio.testing.wait_all_tasks_blocked(0.05)
        nats_server.kill()
        with trio.fail_after(2), pytest.raises(JetStreamUnreachable):
            await jetstream.publish(subject, b"2")
        await trio.to_thread.run_sync(nats_server.start)
        await jetstream.publish(subject, b"3")

    assert [b"3"] == [each.body for each in received]


async def test_a_server_that_does_not_read(nats_server: NatsServer):
    """Requests end in time, a cancelled one at once, and so does the client."""
    try:
        async with stream_at(nats_server.url, answer_seconds=0.3) as (jetstream, subject):
            nats_server.freeze()
            with pytest.raises(JetStreamUnreachable, match="no answer within"):
                await jetstream.publish(subject, bytes(500_000))
            begun = trio.current_time()
            for _ in range(20):  # more than the sockets hold
                with trio.move_on_after(0.01) as scope:
                    await jetstream.publish(subject, bytes(900_000))
                assert scope.cancelled_caught
            waiting = jetstream._link._attempt.connection._outbox._size
        seconds = trio.current_time() - begun
    finally:
        nats_server.thaw()

    assert seconds < 2
    assert waiting < 2 * 1024 * 1024


async def test_nothing_is_left_behind(nats_server: NatsServer):
    """After publishes that were cancelled anywhere, neither a task nor a socket is left."""
    tasks = trio.lowlevel.current_statistics().tasks_living
    async with stream_at(nats_server.url) as (jetstream, subject):
        for step in range(100):
            with trio.move_on_after(step / 100_000):
                await jetstream.publish(subject, bytes(50_000))
            with trio.move_on_after(step / 100_000):
                await jetstream.fetch(READER, 1, 1)
        await jetstream.publish(subject, b"still good")
        [connection] = [jetstream._link._attempt.connection]
        assert connection is not None
        assert not connection._questions
        assert not connection._subscriptions

    assert tasks == trio.lowlevel.current_statistics().tasks_living
    with trio.fail_after(5):
        while nats_server.connections():
            await trio.sleep(0.01)
