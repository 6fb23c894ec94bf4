"""A relay in virtual time: what it takes, keeps, acknowledges and gives back."""

import sqlite3
from random import Random

import trio
import trio.testing

from tests.delivery.scripted import ScriptedSink, batch_of, refuse_if_any
from tests.relay.relays import publish, relay_between, relaying, wait_until
from tests.relay.stream_double import StreamDouble
from trio_ingest.jetstream.errors import JetStreamRefused, JetStreamUnreachable
from trio_ingest.model.batch import Batch
from trio_ingest.model.outcome import Accepted, TryLater
from trio_ingest.spool.memory import MemorySpool

AWAY = TryLater(reason="http://db:8086: Connection refused")


class SlowSink(ScriptedSink):
    """Takes a while for each request."""

    async def write(self, batch: Batch):
        await trio.sleep(7)
        return await super().write(batch)


async def test_all_of_it_arrives_and_is_acknowledged(autojump_clock):
    """Each message is acknowledged once it is written, and then is in hand no more."""
    stream, sink = StreamDouble(), ScriptedSink()
    relay = relay_between(stream, sink)
    publish(stream, b"a v=1 1", b"b v=1 2", b"c v=1 3")

    async with relaying(relay):
        await wait_until(lambda: not stream.messages)

    assert [b"a v=1 1", b"b v=1 2", b"c v=1 3"] == sorted(sink.stored)
    assert [1, 2, 3] == sorted(stream.acked)
    assert 3 == relay.statistics().farewell.acknowledged
    assert 0 == relay.hand.statistics().messages
    assert relay.account().is_balanced
    assert (3, 3) == (relay.account().received, relay.account().written)


async def test_nothing_is_acknowledged_before_it_is_written(autojump_clock):
    """While a request is under way the stream has all of it."""
    stream, sink = StreamDouble(), SlowSink()
    publish(stream, b"a v=1 1")

    async with relaying(relay_between(stream, sink)):
        await trio.sleep(6.9)
        before = list(stream.acked)
        await trio.sleep(0.2)

    assert [] == before
    assert [1] == stream.acked


async def test_small_batches_travel_together(autojump_clock):
    """What came while a request was under way goes with the next one, as large as it may be."""
    stream, sink = StreamDouble(), SlowSink()
    publish(stream, b"first v=1 1")

    async with relaying(relay_between(stream, sink)):
        await trio.sleep(1)
        publish(stream, *(f"m v=1 {number}".encode() for number in range(40)))
        await wait_until(lambda: not stream.messages)

    assert [1, 40] == [len(lines) for _, lines in sink.tries]


async def test_what_is_in_hand_is_bounded_in_messages(autojump_clock):
    """No more is taken than may be in hand; the rest is for other relays."""
    stream, sink = StreamDouble(), ScriptedSink(otherwise=lambda _: AWAY)
    relay = relay_between(stream, sink, prefetch=5)
    publish(stream, *[b"m v=1 1"] * 50)

    async with relaying(relay):
        await trio.sleep(300)
        held = relay.hand.statistics().messages

    assert 5 == held
    assert 5 == sum(each.delivered > 0 for each in stream.messages.values())


async def test_what_is_in_hand_is_bounded_in_bytes(autojump_clock):
    """Large messages are taken one by one, up to the size that may be in hand."""
    stream, sink = StreamDouble(), ScriptedSink(otherwise=lambda _: AWAY)
    relay = relay_between(stream, sink, prefetch_size=200_000)
    for number in range(20):
        stream.publish_batch(batch_of(Random(number).randbytes(25_000).hex().encode()))

    async with relaying(relay):
        await trio.sleep(50)
        most = relay.hand.statistics()

    assert 5 <= most.messages <= 7
    assert most.size_bytes <= 200_000


async def test_an_outage_longer_than_ack_wait_is_no_storm(autojump_clock):
    """While the database is away, what is in hand is kept, and nothing is delivered twice."""
    stream, sink = StreamDouble(ack_wait=60), ScriptedSink()
    relay = relay_between(stream, sink)
    publish(stream, *[b"m v=1 1"] * 10)
    sink.otherwise = lambda _: AWAY

    async with relaying(relay):
        await trio.sleep(3600)
        delivered = [each.delivered for each in stream.messages.values()]
        sink.otherwise = lambda _: Accepted()
        await wait_until(lambda: not stream.messages)

    assert [1] * 10 == delivered
    assert 0 == relay.hand.statistics().redelivered_messages
    times = sorted({time for time, _ in stream.kept})
    assert [20.0, 40.0, 60.0] == times[:3]


async def test_the_consumer_itself_is_asked_how_long_it_waits(autojump_clock, caplog):
    """One that waits less than the file says is kept more often, and that is said."""
    stream, sink = StreamDouble(ack_wait=30), ScriptedSink(otherwise=lambda _: AWAY)
    publish(stream, b"m v=1 1")

    async with relaying(relay_between(stream, sink, ack_wait=60)):
        await trio.sleep(100)

    assert [10.0, 20.0, 30.0] == sorted({time for time, _ in stream.kept})[:3]
    assert "the consumer writers waits 30 s for a word, and a write may take 30 s" in caplog.text


async def test_refused_lines_are_kept_and_the_rest_arrives(autojump_clock):
    """One bad line costs one line; it is in the quarantine before the message is acknowledged."""
    stream, spool = StreamDouble(), MemorySpool()
    sink = ScriptedSink(otherwise=refuse_if_any(lambda line: line.startswith(b"bad")))
    relay = relay_between(stream, sink, spool)
    stream.publish_batch(batch_of(b"a v=1 1", b"bad", b"b v=1 2"))

    async with relaying(relay):
        await wait_until(lambda: not stream.messages)

    assert [b"bad"] == [each.line for each in spool.quarantine]
    assert [b"a v=1 1", b"b v=1 2"] == sink.stored
    assert 1 == relay.account().quarantined
    assert relay.account().is_balanced


class FailingSpool(MemorySpool):
    """Its disk fails for a while."""

    fails = True

    async def put_aside(self, lines, *, encoding, number):
        if self.fails:
            raise sqlite3.OperationalError("database or disk is full")
        await super().put_aside(lines, encoding=encoding, number=number)


async def test_what_cannot_be_quarantined_stays_in_the_stream(autojump_clock):
    """A message with a refused line is not acknowledged as long as the line is kept nowhere."""
    stream, spool = StreamDouble(), FailingSpool()
    sink = ScriptedSink(otherwise=refuse_if_any(lambda line: line.startswith(b"bad")))
    stream.publish_batch(batch_of(b"bad"))

    async with relaying(relay_between(stream, sink, spool)):
        await trio.sleep(600)
        before = list(stream.acked)
        spool.fails = False
        await wait_until(lambda: not stream.messages)

    assert [] == before
    assert [b"bad"] == [each.line for each in spool.quarantine]
    assert 1 == len(sink.tries)


async def test_foreign_messages_are_put_aside(autojump_clock, caplog):
    """What is no batch goes to the quarantine whole, is acknowledged, and is not sent."""
    stream, sink, spool = StreamDouble(), ScriptedSink(), MemorySpool()
    relay = relay_between(stream, sink, spool)
    stream.publish(b"hello")
    stream.publish(b"", {"Trio-Ingest-Encoding": "line-protocol/us"})
    publish(stream, b"a v=1 1")

    async with relaying(relay):
        await wait_until(lambda: not stream.messages)

    assert [b"hello", b""] == [each.line for each in spool.quarantine]
    assert [b"a v=1 1"] == sink.stored
    assert 2 == relay.statistics().foreign
    assert "messages in the stream are no batches" in caplog.text
    assert 1 == relay.account().received


async def test_a_foreign_message_that_cannot_be_kept_holds_up_nobody(autojump_clock):
    """It goes back into the stream for a while, and the others are delivered."""
    stream, sink, spool = StreamDouble(), ScriptedSink(), FailingSpool()
    stream.publish(b"hello")
    publish(stream, b"a v=1 1")

    async with relaying(relay_between(stream, sink, spool)):
        await wait_until(lambda: len(stream.messages) == 1)
        assert [(1, 30.0)] == stream.naked
        spool.fails = False
        await wait_until(lambda: not stream.messages)

    assert [b"hello"] == [each.line for each in spool.quarantine]


async def test_a_damaged_batch_is_put_aside(autojump_clock):
    """A batch whose lines cannot be read is kept as it is, and not delivered again."""
    stream, sink, spool = StreamDouble(), ScriptedSink(), MemorySpool()
    batch = batch_of(b"a v=1 1", b"b v=1 2")
    stream.publish_batch(batch)
    body = bytearray(batch.body)
    body[len(body) // 2] ^= 0xFF
    stream.messages[1].body = bytes(body)

    async with relaying(relay_between(stream, sink, spool)):
        await wait_until(lambda: not stream.messages)

    assert [bytes(body)] == [each.line for each in spool.quarantine]
    assert [] == sink.stored


async def test_leaving_gives_back_what_is_in_hand(autojump_clock):
    """The request under way is finished; the rest is for another relay at once."""
    stream, sink = StreamDouble(), SlowSink()
    relay = relay_between(stream, sink)
    relay.writer.grows_to = None
    publish(stream, *[b"m v=1 1"] * 5)

    async with relaying(relay) as leave:
        await trio.sleep(3)
        leave.set()

    assert 7.0 == trio.current_time()
    assert [1] == stream.acked
    assert [(2, 0.0), (3, 0.0), (4, 0.0), (5, 0.0)] == sorted(stream.naked)
    assert 4 == relay.statistics().farewell.given_back
    assert relay.account().is_balanced


async def test_what_comes_while_leaving_is_given_back(autojump_clock):
    """A request for messages that is under way is let come to its end."""

    class SlowStream(StreamDouble):
        async def fetch(self, consumer, most, wait_seconds):
            fetched = await super().fetch(consumer, most, wait_seconds)
            await trio.sleep(0.1)
            return fetched

    stream, sink = SlowStream(), ScriptedSink()

    async with relaying(relay_between(stream, sink)) as leave:
        await trio.sleep(1)
        publish(stream, b"m v=1 1")
        await trio.sleep(0.05)
        leave.set()

    assert [(1, 0.0)] == stream.naked
    assert [] == sink.stored


async def test_leaving_takes_a_bounded_time(autojump_clock):
    """A request that takes too long is cut off, and its batch is given back as well."""

    class DeadSink(ScriptedSink):
        async def write(self, batch):
            await trio.sleep_forever()

    stream = StreamDouble()
    publish(stream, b"m v=1 1")

    async with relaying(relay_between(stream, DeadSink())) as leave:
        await trio.sleep(3)
        leave.set()

    assert 13.0 == trio.current_time()
    assert [(1, 0.0)] == stream.naked


async def test_leaving_is_bounded_without_a_stream(autojump_clock):
    """When the stream does not answer either, the relay leaves all the same."""

    class DeadStream(StreamDouble):
        async def nak(self, delivery, delay_seconds):
            await trio.sleep_forever()

    stream, sink = DeadStream(), ScriptedSink(otherwise=lambda _: AWAY)
    publish(stream, b"m v=1 1", b"m v=1 2")

    async with relaying(relay_between(stream, sink)) as leave:
        await trio.sleep(1)
        leave.set()

    assert 4.2 == trio.current_time()


async def test_two_relays_share_the_work(autojump_clock):
    """Each message is written by one of them."""
    stream, one, other = StreamDouble(), SlowSink(), SlowSink()
    publish(stream, *(f"m v=1 {number}".encode() for number in range(20)))

    async with (
        relaying(relay_between(stream, one, prefetch=3)),
        relaying(relay_between(stream, other, prefetch=3)),
    ):
        await wait_until(lambda: not stream.messages)

    assert 20 == len({*one.stored, *other.stored}) == len(one.stored + other.stored)
    assert one.stored
    assert other.stored


async def test_what_a_dead_relay_had_is_delivered_by_another(autojump_clock):
    """One that vanishes costs a redelivery after `ack_wait`, and no point."""
    stream, sink = StreamDouble(ack_wait=60), ScriptedSink()
    publish(stream, *[b"m v=1 1"] * 4)
    await stream.fetch("writers", 3, 0)  # and then it died

    relay = relay_between(stream, sink)
    async with relaying(relay):
        await wait_until(lambda: not stream.messages)

    assert 60 <= trio.current_time() < 61
    assert [1, 2, 3, 4] == sorted(stream.acked)
    assert 3 == relay.hand.statistics().redelivered_messages


async def test_weather_is_waited_out(autojump_clock, caplog):
    """A stream that is away is asked again, is said once, and so is its end."""
    caplog.set_level("INFO")
    stream, sink = StreamDouble(), ScriptedSink()
    stream.trouble = JetStreamUnreachable("nats://127.0.0.1:1: Connection refused")
    relay = relay_between(stream, sink)

    async with relaying(relay):
        await trio.sleep(100)
        assert "nats://127.0.0.1:1: Connection refused" == relay.statistics().trouble
        stream.trouble = None
        publish(stream, b"a v=1 1")
        await wait_until(lambda: not stream.messages)

    said = [record.getMessage() for record in caplog.records]
    assert 1 == sum("It is tried again until it works" in text for text in said)
    assert any("delivers again after" in text for text in said)
    assert relay.statistics().trouble is None


async def test_a_missing_stream_needs_someone(autojump_clock, caplog):
    """What waiting does not mend is an error, and is mended without a restart."""
    stream, sink = StreamDouble(), ScriptedSink()
    stream.trouble = JetStreamRefused("there is no stream HA_LP")
    relay = relay_between(stream, sink)

    async with relaying(relay):
        await trio.sleep(100)
        assert relay.statistics().needs_operator
        stream.trouble = None
        publish(stream, b"a v=1 1")
        await wait_until(lambda: not stream.messages, 100)

    assert 1 == caplog.text.count("someone has to look: the stream HA_LP: there is no stream")


async def test_acknowledgements_are_tried_again(autojump_clock):
    """When the stream goes away between the write and the word of it, nothing is written twice."""

    class LeavingSink(ScriptedSink):
        async def write(self, batch):
            stream.trouble = JetStreamUnreachable("no leader")
            return await super().write(batch)

    stream, sink = StreamDouble(), LeavingSink()
    publish(stream, b"a v=1 1")

    async with relaying(relay_between(stream, sink)):
        await trio.sleep(20)
        stream.trouble = None
        await wait_until(lambda: not stream.messages)

    assert 1 == len(sink.tries)
    assert [1] == stream.acked


class DeafStream(StreamDouble):
    """Does not hear what is said of messages for a while."""

    deaf_until = 61.0

    async def ack(self, delivery):
        if trio.current_time() < self.deaf_until:
            await trio.lowlevel.checkpoint()
            raise JetStreamUnreachable("no answer within 5 s")
        await super().ack(delivery)

    async def in_progress(self, delivery):
        await trio.lowlevel.checkpoint()


async def test_an_unheard_acknowledgement_is_given_up(autojump_clock, caplog):
    """After `ack_wait` the message comes again anyway: it is written again, and counted."""
    stream, sink = DeafStream(ack_wait=60), ScriptedSink()
    relay = relay_between(stream, sink)
    publish(stream, b"a v=1 1")

    async with relaying(relay):
        await wait_until(lambda: not stream.messages)

    assert [b"a v=1 1"] * 2 == sink.stored
    assert 1 == relay.statistics().farewell.unheard
    assert "the stream could not be told (1): no answer within 5 s" in caplog.text
    assert (2, 2) == (relay.account().received, relay.account().written)


async def test_a_message_that_comes_again_while_it_is_held_is_one(autojump_clock):
    """It is written once, and acknowledged under the reply of the last time."""

    class AttentiveStream(DeafStream):
        deaf_until = 0.0

        async def ack(self, delivery):
            replies.append(delivery.reply)
            await super().ack(delivery)

    replies: list[str] = []
    stream, sink = AttentiveStream(ack_wait=31), SlowSink([AWAY] * 5)
    relay = relay_between(stream, sink, ack_wait=31)
    publish(stream, b"a v=1 1")

    async with relaying(relay):
        await wait_until(lambda: not stream.messages)

    hand = relay.hand.statistics()
    assert 1 == len(sink.stored)
    assert 1 == hand.taken_messages
    assert hand.redelivered_messages > 0
    assert [f"$JS.ACK.HA_LP.writers.{1 + hand.redelivered_messages}.1.0.0.0"] == replies


async def test_retried_lines_are_delivered(autojump_clock):
    """What a command puts back into the spool goes the same way, beside what is in the stream."""
    stream, sink, spool = StreamDouble(), ScriptedSink(), MemorySpool()
    relay = relay_between(stream, sink, spool)

    async with relaying(relay):
        await spool.append(batch_of(b"again v=1 1"))
        publish(stream, b"a v=1 1")
        await wait_until(lambda: len(sink.stored) == 2)

    assert {b"again v=1 1", b"a v=1 1"} == set(sink.stored)


async def test_a_crash_of_the_writer_loses_nothing(autojump_clock, caplog):
    """It begins anew with what it had before it."""

    class BuggySink(ScriptedSink):
        async def write(self, batch):
            if not self.tries:
                self.tries.append((0.0, []))
                raise ZeroDivisionError
            return await super().write(batch)

    stream, sink = StreamDouble(), BuggySink()
    publish(stream, b"a v=1 1", b"b v=1 2", b"c v=1 3")
    relay = relay_between(stream, sink)

    async with relaying(relay):
        await wait_until(lambda: not stream.messages)

    assert [b"a v=1 1", b"b v=1 2", b"c v=1 3"] == sorted(sink.stored)
    assert 0 == relay.hand.statistics().redelivered_messages


async def test_a_crash_of_the_fetcher_loses_nothing(autojump_clock, caplog):
    """What it had taken and not looked at is looked at when it begins anew."""

    class BuggySpool(MemorySpool):
        crashes = 1

        async def put_aside(self, lines, *, encoding, number):
            if self.crashes:
                self.crashes -= 1
                raise ZeroDivisionError
            await super().put_aside(lines, encoding=encoding, number=number)

    stream, sink, spool = StreamDouble(), ScriptedSink(), BuggySpool()
    relay = relay_between(stream, sink, spool)
    stream.publish(b"hello")
    publish(stream, b"a v=1 1", b"b v=1 2")

    async with relaying(relay):
        await wait_until(lambda: not stream.messages, 50)

    assert [b"hello"] == [each.line for each in spool.quarantine]
    assert [b"a v=1 1", b"b v=1 2"] == sorted(sink.stored)
    assert 0 == relay.hand.statistics().redelivered_messages
