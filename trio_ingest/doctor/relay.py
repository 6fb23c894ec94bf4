"""Checks the stream of a relay: whether its servers know us, and what the consumer is like."""

from collections.abc import Iterator, Sequence

from trio_ingest.config.relay_model import RelayConfig
from trio_ingest.doctor.finding import About, Finding
from trio_ingest.doctor.nats import CREDENTIALS, SETUP, STREAM, judge_copies, judge_room
from trio_ingest.doctor.troubles import REACHABLE
from trio_ingest.jetstream.api import NANOSECONDS, AckPolicy, ConsumerInfo
from trio_ingest.jetstream.client import JetStream, open_jetstream
from trio_ingest.jetstream.errors import JetStreamRefused, JetStreamUnreachable
from trio_ingest.words import count, show_duration

CONSUMER, ACK_WAIT, PENDING = "consumer", "ack_wait", "pending"
ABOUT = About("relay")


async def check_relay(config: RelayConfig, timeout_seconds: float) -> Sequence[Finding]:
    """Ask the servers, change nothing, and judge; a write may take *timeout_seconds*."""
    found: list[Finding] = []
    async with open_jetstream(config, "trio-ingest doctor") as jetstream:
        try:
            await _examine(jetstream, config, timeout_seconds, found)
        except JetStreamUnreachable as weather:
            advice = "See that a server runs, that servers is right, and that nothing is between."
            found.append(ABOUT.failed(REACHABLE, str(weather), advice))
        except JetStreamRefused as refusal:
            advice = "Correct the credentials or certificates, or the account's rights."
            check = CONSUMER if found else CREDENTIALS
            found.append(ABOUT.failed(check, str(refusal), advice))
    return found


async def _examine(
    jetstream: JetStream, config: RelayConfig, timeout_seconds: float, found: list[Finding]
) -> None:
    version, _ = await jetstream.server()
    found += [
        ABOUT.ok(REACHABLE, f"NATS {version} answers"),
        ABOUT.ok(CREDENTIALS, "are accepted"),
    ]
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
