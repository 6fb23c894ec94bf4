"""Checks the stream of a relay: whether its servers know us, and what the consumer is like."""

from collections.abc import Iterator, Sequence

from trio_ingest.config.relay_model import RelayConfig
from trio_ingest.doctor.finding import About, Finding
from trio_ingest.doctor.nats import SETUP, STREAM, ask, judge_copies, judge_room, servers_answer
from trio_ingest.jetstream.api import NANOSECONDS, AckPolicy, ConsumerInfo
from trio_ingest.jetstream.client import JetStream
from trio_ingest.words import count, show_duration

CONSUMER, ACK_WAIT, PENDING = "consumer", "ack_wait", "pending"
ABOUT = About("relay")


async def check_relay(config: RelayConfig, timeout_seconds: float) -> Sequence[Finding]:
    """Ask the servers, change nothing, and judge; a write may take *timeout_seconds*."""

    async def examine(jetstream: JetStream, found: list[Finding]) -> None:
        version, _ = await jetstream.server()
        found += servers_answer(ABOUT, version)
        stream = await jetstream.stream_info()
        if stream is None:
            found.append(ABOUT.failed(STREAM, f"there is no stream {config.stream}", SETUP))
            return
        found += [
            ABOUT.ok(STREAM, f"{config.stream} is there"),
            judge_copies(ABOUT, stream),
            judge_room(ABOUT, stream),
        ]
        consumer = await jetstream.consumer_info(config.consumer)
        if consumer is None:
            what = f"{config.stream} has no consumer {config.consumer}"
            found.append(ABOUT.failed(CONSUMER, what, SETUP))
            return
        found += judge_consumer(consumer, timeout_seconds)

    return await ask(config, ABOUT, CONSUMER, examine)


def judge_consumer(info: ConsumerInfo, timeout_seconds: float) -> Iterator[Finding]:
    """Judge what the consumer is, and how it goes."""
    if info.config.ack_policy is not AckPolicy.EXPLICIT or info.config.deliver_subject:
        what = f"{info.name} is no pull consumer whose messages are acknowledged one by one"
        yield ABOUT.failed(CONSUMER, what, SETUP)
    else:
        yield ABOUT.ok(CONSUMER, f"{info.name} hands out each message until it is acknowledged")
    seconds = info.config.ack_wait / NANOSECONDS
    waits = f"it waits {show_duration(seconds)} for a word"
    if seconds > timeout_seconds:
        yield ABOUT.ok(ACK_WAIT, f"{waits}, a write may take {show_duration(timeout_seconds)}")
    else:
        what = f"{waits}, but a write may take {show_duration(timeout_seconds)}"
        yield ABOUT.warning(ACK_WAIT, f"{what}: messages may be delivered twice", SETUP)
    yield ABOUT.ok(
        PENDING,
        f"{count(info.num_pending, 'message')} wait, and {count(info.num_ack_pending, 'message')} "
        "are in the hands of relays",
    )
