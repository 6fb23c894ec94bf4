"""Which stream and consumer are needed, and how those that are there differ from that. Pure.

Only what is promised is asked for, and what somebody has asked for; other settings of a stream
that is there are left to whoever has made them.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from attrs import frozen

from trio_ingest.jetstream.api import (
    NANOSECONDS,
    UNLIMITED,
    AckPolicy,
    ConsumerConfig,
    Discard,
    Retention,
    Storage,
    StreamConfig,
)
from trio_ingest.jetstream.subjects import fits
from trio_ingest.words import show_duration, show_size

DEFAULT_SUBJECTS = "ha.lp.>"
DEFAULT_CONSUMER = "writers"
DEFAULT_MAX_BYTES = 1024**3
DUPLICATE_SECONDS = 600.0
"""How long a stream knows what it has had: longer than a writer usually waits between two tries."""
ACK_WAIT_SECONDS = 60.0
MAX_ACK_PENDING = 256

_DURATIONS = ("max_age", "duplicate_window", "ack_wait")
_SIZES = ("max_bytes", "max_msg_size")
_FIXED = ("storage", "retention", "ack_policy")
"""What no server changes in a stream or consumer that is there."""


@frozen(kw_only=True)
class Wanted:
    """What somebody has asked for; None: the usual for what is new, and as it is for the rest."""

    stream: str
    subject: str | None = None
    """One that the stream has to take, if it is known."""
    consumer: str = DEFAULT_CONSUMER
    replicas: int | None = None
    max_bytes: int | None = None
    max_age_seconds: float | None = None


@frozen(kw_only=True)
class Difference:
    """A setting that is not as it should be, in words. A fixed one cannot be changed."""

    setting: str
    now: str
    wanted: str
    is_fixed: bool = False


def new_stream(wanted: Wanted, *, has_cluster: bool) -> StreamConfig:
    """Return the stream to create."""
    max_age = wanted.max_age_seconds or 0.0
    duplicates = min(DUPLICATE_SECONDS, max_age) if max_age else DUPLICATE_SECONDS
    return StreamConfig(
        name=wanted.stream,
        subjects=subjects_with(wanted.subject, ()),
        retention=Retention.WORK_QUEUE,
        discard=Discard.NEW,
        storage=Storage.FILE,
        num_replicas=wanted.replicas or (3 if has_cluster else 1),
        max_bytes=DEFAULT_MAX_BYTES if wanted.max_bytes is None else wanted.max_bytes,
        max_age=int(max_age * NANOSECONDS),
        duplicate_window=int(duplicates * NANOSECONDS),
    )


def corrected_stream(wanted: Wanted, now: StreamConfig) -> StreamConfig:
    """Return what the stream *now* should become."""
    changes: dict[str, Any] = {
        "subjects": subjects_with(wanted.subject, now.subjects),
        "retention": Retention.WORK_QUEUE,
        "discard": Discard.NEW,
        "storage": Storage.FILE,
    }
    if wanted.replicas is not None:
        changes["num_replicas"] = wanted.replicas
    if wanted.max_bytes is not None:
        changes["max_bytes"] = wanted.max_bytes
    if wanted.max_age_seconds is not None:
        changes["max_age"] = int(wanted.max_age_seconds * NANOSECONDS)
    corrected = msgspec.structs.replace(now, **changes)
    if 0 < corrected.max_age < corrected.duplicate_window:
        corrected = msgspec.structs.replace(corrected, duplicate_window=corrected.max_age)
    return corrected


def subjects_with(subject: str | None, now: Sequence[str]) -> tuple[str, ...]:
    """Return *now* if that takes *subject*, else with a pattern more that does."""
    if subject is None:
        return tuple(now) or (DEFAULT_SUBJECTS,)
    if any(fits(subject, pattern) for pattern in now):
        return tuple(now)
    more = DEFAULT_SUBJECTS if fits(subject, DEFAULT_SUBJECTS) else subject
    return (*now, more)


def new_consumer(wanted: Wanted) -> ConsumerConfig:
    """Return the consumer to create: any number of readers share it."""
    return ConsumerConfig(
        durable_name=wanted.consumer,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=int(ACK_WAIT_SECONDS * NANOSECONDS),
        max_ack_pending=MAX_ACK_PENDING,
        max_deliver=UNLIMITED,
    )


def corrected_consumer(now: ConsumerConfig) -> ConsumerConfig:
    """Return what the consumer *now* should become."""
    return msgspec.structs.replace(
        now, ack_policy=AckPolicy.EXPLICIT, max_deliver=UNLIMITED, deliver_subject=None
    )


def changeable(wanted: StreamConfig, now: StreamConfig) -> StreamConfig:
    """Return as much of *wanted* as a server changes."""
    fixed = {name: getattr(now, name) for name in ("storage", "retention")}
    return msgspec.structs.replace(wanted, **fixed)


def differences(
    what: str, now: StreamConfig | ConsumerConfig, wanted: StreamConfig | ConsumerConfig
) -> Iterator[Difference]:
    """Yield what is otherwise in *now* than in *wanted*, which is of the same class."""
    for name in now.__struct_fields__:
        is_now, should_be = getattr(now, name), getattr(wanted, name)
        if is_now != should_be:
            yield Difference(
                setting=f"{what}: {name}",
                now=shown(name, is_now),
                wanted=shown(name, should_be),
                is_fixed=name in _FIXED or name == "deliver_subject",
            )


def shown(name: str, value: object) -> str:
    """Return the value of a setting for people."""
    if value is None:
        return "none"
    if name in _DURATIONS and isinstance(value, int):
        return show_duration(value / NANOSECONDS) if value else "unlimited"
    if value == UNLIMITED:
        return "unlimited"
    if name in _SIZES and isinstance(value, int):
        return show_size(value)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def promise(stream: StreamConfig, consumer: str) -> Iterator[str]:
    """Yield what may be relied on with this stream, a sentence or two each."""
    yield (
        f"it takes {', '.join(stream.subjects)} and keeps a message until a reader of the consumer "
        f"{consumer} has acknowledged it (retention {stream.retention})."
    )
    if stream.max_age > 0:
        yield (
            f"what nobody has read for {shown('max_age', stream.max_age)} is dropped by the "
            "server, and no sink hears of it."
        )
    if stream.max_bytes == UNLIMITED:
        yield "it may fill the disks of its servers (max_bytes is unlimited)."
    else:
        yield f"it holds {show_size(stream.max_bytes)}."
    if stream.discard is Discard.NEW:
        yield "when it is full it refuses what is new; sinks keep that in their spool till later."
    else:
        yield "note: when it is full it forgets the oldest messages, read or not (discard = old)."
    yield durability(stream.num_replicas)
    yield (
        "JetStream acknowledges before it has synced to disk, unless its servers have "
        "sync_interval: always; by default they sync every two minutes."
    )
    window = shown("duplicate_window", stream.duplicate_window)
    yield f"what is sent again within {window} is not stored twice."


def durability(replicas: int) -> str:
    """Return what that many copies are good for."""
    if replicas == 1:
        return (
            "note: there is one copy. When its server is away nothing is taken, when its disk is "
            "lost everything is."
        )
    may_fail = (replicas - 1) // 2
    servers = f"{may_fail} of them" if may_fail else "none of them"
    return (
        f"there are {replicas} copies on as many servers; {servers} may be away. A message is "
        "acknowledged when more than half have it."
    )
