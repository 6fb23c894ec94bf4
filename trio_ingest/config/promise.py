"""The delivery promise: what this version does with this configuration, in plain sentences.

check-config and the first log lines print it. A sentence changes with the code that it tells of.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.kinds.units import format_duration, format_size
from trio_ingest.config.line_protocol_model import LineProtocolConfig, Precision, Schema
from trio_ingest.config.model import Config, Feed, HomeAssistantConfig
from trio_ingest.config.promised_points import promise_of_schema, promise_of_selection
from trio_ingest.config.promised_relay import promise_of_relay
from trio_ingest.config.sink_model import SinkConfig, SqliteSinkConfig, WhenFull
from trio_ingest.loopback import is_loopback

if TYPE_CHECKING:
    from trio_ingest.config.relay_model import RelayConfig

HOME_TAG = "since there are several homes, points have the tag home, unlike the integration's."
COARSE = {Precision.MS: "millisecond", Precision.S: "second"}


def promise(config: Config) -> list[str]:
    """Return what may be relied on, and what may not, a sentence or two each."""
    if config.relay is not None:
        return [*promise_of_transfer(config, config.relay)]
    sentences: list[str] = []
    for home in config.home_assistants:
        sentences += [f"{home.name}: {text}" for text in promise_of_home(home)]
    for sink in config.sinks:
        sentences += [f"{sink.name}: {text}" for text in promise_of_sink(sink)]
        if len(config.home_assistants) > 1 and is_like_the_integration(sink):
            sentences.append(f"{sink.name}: {HOME_TAG}")
    return sentences


def promise_of_transfer(config: Config, relay: "RelayConfig") -> Iterator[str]:
    """Yield what a relay does, and what others on the network can read of it."""
    for sink in config.sinks:
        assert isinstance(sink, InfluxSinkConfig)
        for text in (
            *promise_of_relay(relay),
            *promise_of_network(
                relay.servers, has_secrets=bool(relay.secrets), verifies=relay.verify_tls
            ),
            *promise_of_network(
                [sink.url], has_secrets=bool(sink.secrets), verifies=sink.verify_tls
            ),
        ):
            yield f"{sink.name}: {text}"


def is_like_the_integration(sink: SinkConfig) -> bool:
    """Say whether *sink* has the points of Home Assistant's own integration."""
    return isinstance(sink, LineProtocolConfig) and sink.schema is Schema.HOME_ASSISTANT


def promise_of_home(home: HomeAssistantConfig) -> Iterator[str]:
    """Yield what is recorded of one Home Assistant."""
    yield (
        "while connected, every state change is recorded, and the removal of an entity too, at the "
        "time that Home Assistant gives it."
    )
    if home.feed is Feed.ENTITIES:
        yield (
            'its feed ("entities") does not tell when an entity was removed: that is asked from '
            "its recorder, some seconds later; what that cannot tell is recorded at the time of "
            "what was heard last before it."
        )
    if home.events:
        yield f"so are these events, if its token may see them: {', '.join(home.events)}."
    if home.backfill:
        yield (
            "what happened while it was not connected, or not running, is fetched from Home "
            f"Assistant's recorder, up to {format_duration(home.backfill_max)} back, as far as "
            "that has it: it knows no contexts, leaves out some attributes, and keeps no other "
            "events."
        )
    else:
        yield (
            "after an interruption the present state of every entity is fetched, and who is gone "
            "is noticed; what came and went in between is not recorded (backfill = false)."
        )
    if in_the_clear(home.url):
        yield f"note: {home.url} is not encrypted, the token can be read on the network."
    elif not home.verify_tls and is_encrypted(home.url):
        yield "note: its certificate is not verified (verify_tls = false)."


def promise_of_sink(sink: SinkConfig) -> Iterator[str]:
    """Yield how changes come into one sink."""
    batch, spool = sink.batch, sink.spool
    yield from promise_of_selection(sink)
    yield (
        f"each batch is on the disk before it is sent, and stays there until {receiver(sink)} has "
        "confirmed it."
    )
    yield (
        "what is not yet on the disk at a power cut (the changes of the last "
        f"{format_duration(batch.linger)}, up to {batch.max_points} points or "
        f"{format_size(batch.max_bytes)}, and the few on their way) is fetched again like what "
        "happened meanwhile."
    )
    gives_way = {WhenFull.DROP_OLDEST: "the oldest batches", WhenFull.DROP_NEWEST: "new batches"}
    yield (
        f"while {receiver(sink)} is away, up to {format_size(spool.max_size)} (compressed) wait on "
        f"the disk; beyond that {gives_way[spool.when_full]} are dropped, which is counted and "
        "logged, and fetched again when there is room, while Home Assistant has them."
    )
    yield (
        "a batch is sent until it is confirmed, so it may arrive twice; that changes nothing, "
        "because the same change is the same point."
    )
    if not sink.is_stream:
        yield (
            "what the database refuses goes to the quarantine with its reason, and the rest of the "
            "batch is delivered."
        )
    if sink.heartbeat is not None:
        yield (
            f"every {format_duration(sink.heartbeat)} there is a point of what was reported again "
            "without a change."
        )
    match sink:
        case InfluxSinkConfig():
            yield from promise_of_influx(sink)
        case SqliteSinkConfig():
            yield "times are exact to the microsecond."
        case _ if sink.is_stream:
            yield from promise_of_stream(sink)


def receiver(sink: SinkConfig) -> str:
    """Return what confirms batches."""
    return "the stream" if sink.is_stream else "the database"


def promise_of_influx(sink: InfluxSinkConfig) -> Iterator[str]:
    """Yield what is particular to a database on the network."""
    yield from promise_of_lines(sink)
    yield from promise_of_network(
        [sink.url], has_secrets=bool(sink.secret), verifies=sink.verify_tls
    )


def promise_of_stream(sink: SinkConfig) -> Iterator[str]:
    """Yield what is particular to a stream, which is not where points end."""
    from trio_ingest.config.nats_model import NatsSinkConfig  # noqa: PLC0415 - few have one

    assert isinstance(sink, NatsSinkConfig)
    yield from promise_of_lines(sink)
    yield (
        f"what the stream {sink.stream} has confirmed lies with as many servers as it has "
        "replicas, and is theirs to keep; whether it has arrived in a database is known to whoever "
        "reads the stream, such as trio-ingest relay."
    )
    yield (
        "JetStream confirms before it has synced to disk, unless its servers have sync_interval: "
        "always. With one replica a power cut may cost up to two minutes of what was confirmed; "
        "with three it takes two servers that lose power at once."
    )
    yield "what the stream has had within its duplicate window is not stored twice."
    yield from promise_of_network(
        sink.servers, has_secrets=bool(sink.secrets), verifies=sink.verify_tls
    )


def promise_of_lines(sink: LineProtocolConfig) -> Iterator[str]:
    """Yield what is particular to line protocol: the schema, and the unit of times."""
    yield from promise_of_schema(sink)
    if unit := COARSE.get(sink.precision):
        yield (
            f"times are cut to the {unit} (precision): of several changes of an entity within one "
            f"{unit} only one point is left."
        )
    else:
        yield "times are exact to the microsecond."


def promise_of_network(urls: Sequence[str], *, has_secrets: bool, verifies: bool) -> Iterator[str]:
    """Yield what others on the network can read or pretend."""
    for url in filter(in_the_clear, urls):
        what = "the credentials and all data" if has_secrets else "all data"
        yield f"note: {url} is not encrypted, {what} can be read on the network."
    if not verifies and any(map(is_encrypted, urls)):
        yield "note: its certificate is not verified (verify_tls = false)."


def is_encrypted(url: str) -> bool:
    """Say whether *url* uses TLS."""
    return urlsplit(url).scheme in {"https", "wss", "tls"}


def in_the_clear(url: str) -> bool:
    """Say whether others on the network can read what is sent to *url*."""
    return not is_encrypted(url) and not is_loopback(urlsplit(url).hostname or "")
