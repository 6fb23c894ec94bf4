"""Checks a NATS sink: whether its servers know us, and whether the stream would take a batch."""

from collections.abc import Awaitable, Callable, Iterator, Sequence

from trio_ingest.config.nats_model import NatsConfig, NatsSinkConfig
from trio_ingest.doctor.finding import About, Finding
from trio_ingest.doctor.troubles import REACHABLE
from trio_ingest.jetstream.api import UNLIMITED, Discard, Storage, StreamInfo
from trio_ingest.jetstream.client import JetStream, open_jetstream
from trio_ingest.jetstream.errors import JetStreamRefused, JetStreamUnreachable
from trio_ingest.jetstream.setup import durability
from trio_ingest.jetstream.subjects import fits
from trio_ingest.words import count, show_size

CREDENTIALS, STREAM, COPIES, ROOM, READERS, SIZE = (
    "credentials", "stream", "copies", "room", "readers", "message_size"
)  # fmt: skip
SETUP = "trio-ingest nats setup makes it so, or says what is in the way."
USUAL_COMPRESSION = 8
NEARLY_FULL = 0.8


Examine = Callable[[JetStream, list[Finding]], Awaitable[None]]


async def check_nats(config: NatsSinkConfig) -> Sequence[Finding]:
    """Ask the servers, change nothing, and judge."""
    about = About(f"sink.{config.name}")

    async def examine(jetstream: JetStream, found: list[Finding]) -> None:
        version, max_payload = await jetstream.server()
        found += servers_answer(about, version)
        info = await jetstream.stream_info()
        if info is None:
            found.append(about.failed(STREAM, f"there is no stream {config.stream}", SETUP))
            return
        found += judge_stream(about, config, info, max_payload)

    return await ask(config, about, STREAM, examine)


async def ask(config: NatsConfig, about: About, check: str, examine: Examine) -> Sequence[Finding]:
    """Return what *examine* finds, and what is in its way; *check* is what it is about."""
    found: list[Finding] = []
    async with open_jetstream(config, "trio-ingest doctor") as jetstream:
        try:
            await examine(jetstream, found)
        except JetStreamUnreachable as weather:
            advice = "See that a server runs, that servers is right, and that nothing is between."
            found.append(about.failed(REACHABLE, str(weather), advice))
        except JetStreamRefused as refusal:
            advice = "Correct the credentials or certificates, or the account's rights."
            found.append(about.failed(check if found else CREDENTIALS, str(refusal), advice))
    return found


def servers_answer(about: About, version: str) -> Sequence[Finding]:
    """Say that the servers are there, and know us."""
    return [about.ok(REACHABLE, f"NATS {version} answers"), about.ok(CREDENTIALS, "are accepted")]


def judge_stream(
    about: About, config: NatsSinkConfig, info: StreamInfo, max_payload: int
) -> Iterator[Finding]:
    """Judge what the stream is, and how it goes."""
    stream = info.config
    yield judge_subject(about, config, info)
    if stream.discard is not Discard.NEW or stream.storage is not Storage.FILE:
        what = f"{stream.name} is in {stream.storage}, and drops what is {stream.discard} when full"
        yield about.warning(STREAM, f"{what}: it may lose what it has confirmed", SETUP)
    yield judge_copies(about, info)
    yield judge_room(about, info)
    yield judge_readers(about, info)
    yield judge_size(about, config, info, max_payload)


def judge_subject(about: About, config: NatsSinkConfig, info: StreamInfo) -> Finding:
    """Say whether the stream takes what the sink publishes."""
    subjects = info.config.subjects
    if any(fits(config.subject, pattern) for pattern in subjects):
        return about.ok(STREAM, f"{info.config.name} takes {config.subject}")
    what = f"{info.config.name} takes {', '.join(subjects)}, and not {config.subject}"
    return about.failed(STREAM, what, SETUP)


def judge_copies(about: About, info: StreamInfo) -> Finding:
    """Say how many servers have what is confirmed, and whether they are there."""
    words = durability(info.config.num_replicas).removeprefix("note: ")
    cluster = info.cluster
    if cluster is None or info.config.num_replicas == 1:
        return about.ok(COPIES, words)
    if not cluster.leader:
        advice = "More than half of its servers have to run: look which are away."
        return about.failed(COPIES, f"{info.config.name} has no leader", advice)
    behind = [peer.name for peer in cluster.replicas if peer.offline or not peer.current]
    if behind:
        what = f"{', '.join(behind)} does not keep up with the leader, {cluster.leader}"
        return about.warning(COPIES, what, "See that its server runs and is not overloaded.")
    return about.ok(COPIES, f"{words} {cluster.leader} leads, the others are current")


def judge_room(about: About, info: StreamInfo) -> Finding:
    """Say how full the stream is."""
    messages, size = count(info.state.messages, "message"), show_size(info.state.bytes)
    most = info.config.max_bytes
    if most == UNLIMITED:
        return about.ok(ROOM, f"{messages} ({size}) lie in it, and there is no limit")
    what = f"{messages} ({size} of {show_size(most)}) lie in it"
    if info.state.bytes < most * NEARLY_FULL:
        return about.ok(ROOM, what)
    advice = "When it is full, batches wait in the spool: see to its readers, or raise max_bytes."
    return about.warning(ROOM, what, advice)


def judge_readers(about: About, info: StreamInfo) -> Finding:
    """Say whether there is a consumer at all."""
    consumers = info.state.consumer_count
    if consumers:
        return about.ok(READERS, f"it has {count(consumers, 'consumer')}")
    return about.warning(READERS, "it has no consumer, so nobody reads it", SETUP)


def judge_size(about: About, config: NatsSinkConfig, info: StreamInfo, max_payload: int) -> Finding:
    """Say whether batches fit into a message."""
    most = max_payload
    if info.config.max_msg_size != UNLIMITED:
        most = min(most, info.config.max_msg_size)
    what = f"a message may have {show_size(most)}, a batch {show_size(config.batch.max_bytes)}"
    what = f"{what} before it is compressed"
    if most * USUAL_COMPRESSION >= config.batch.max_bytes:
        return about.ok(SIZE, what)
    advice = (
        "Larger ones are parted, which costs time: lower batch.max_bytes, or raise max_payload."
    )
    return about.warning(SIZE, what, advice)
