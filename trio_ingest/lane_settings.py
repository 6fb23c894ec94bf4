"""What the configuration of a sink makes of its lane: encoders, limits, and what is left out."""

from collections.abc import Mapping

from attrs import evolve

from trio_ingest.config.line_protocol_model import LineProtocolConfig, Schema
from trio_ingest.config.sink_model import BatchConfig, RestartNoise, SinkConfig
from trio_ingest.config.wanted import WantedLane
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.processing.encoder import Encoder, EventEncoder
from trio_ingest.processing.event_lines import EventLineEncoder
from trio_ingest.processing.selection import Selection
from trio_ingest.processing.settings import Settings
from trio_ingest.processing.tidy import TidyEncoder

# Of the time that a change may linger it spends a part in the socket, for to be woken for each one
# by itself is what a quiet home costs most. A little less than half of it: so what is read twice
# becomes one batch. Requests of ours are not delayed by it, and the log of a home that may linger
# for an hour shall not be an hour late.
UNREAD_SHARE = 0.45
LONGEST_UNREAD_SECONDS = 0.45
# In less than that little comes together in a quiet home, and a busy one needs it for its batches.
LEAST_LINGER_SECONDS = 0.5


def make_settings(wanted: WantedLane, registries: Mapping[str, Latest[Registry]]) -> Settings:
    """Return what the processor of a lane is to do."""
    config, home_tag = wanted.config, len(wanted.homes) > 1
    return Settings(
        selection=Selection(config.include, config.exclude, registries),
        encoder=make_encoder(config, registries, home_tag=home_tag),
        event_encoder=make_event_encoder(config, registries, home_tag=home_tag),
        limits=evolve(config.batch, linger=config.batch.linger - unread_seconds(config.batch)),
        drops_noise=drops_noise(config),
        heartbeat_seconds=config.heartbeat,
    )


def joins(sink: SinkConfig) -> bool:
    """Say whether a backlog is joined to requests, or each batch is sent as it lies.

    A stream knows what it has already by the name of the whole. It has to be the same when it is
    sent again, as what is in hand is: that is never compacted.
    """
    return not sink.is_stream


def unread_seconds(batch: BatchConfig) -> float:
    """Return how much of `linger` a change may spend unread, when little happens."""
    if batch.linger < LEAST_LINGER_SECONDS:
        return 0.0
    return min(UNREAD_SHARE * batch.linger, LONGEST_UNREAD_SECONDS)


def admits_others(now: SinkConfig, before: SinkConfig) -> bool:
    """Say whether the sink may record entities now that it did not before."""
    return (now.include, now.exclude) != (before.include, before.exclude)


def drops_noise(sink: SinkConfig) -> bool:
    """Say whether states that a starting Home Assistant restored are left out."""
    if sink.restart_noise is None:
        return not (isinstance(sink, LineProtocolConfig) and sink.schema is Schema.HOME_ASSISTANT)
    return sink.restart_noise is RestartNoise.DROP


def make_encoder(
    sink: SinkConfig, registries: Mapping[str, Latest[Registry]], *, home_tag: bool | None = None
) -> Encoder:
    """Return what turns a state change into a line that *sink* understands.

    With a *home_tag* points say which home they are from; None: if there are several registries.
    """
    if home_tag is None:
        home_tag = len(registries) > 1
    match sink:
        # What is for other schemas, or for SQLite, takes 10 ms of each start to import.
        case LineProtocolConfig(schema=Schema.HOME_ASSISTANT):
            from trio_ingest.processing.home_assistant_schema import (  # noqa: PLC0415
                HomeAssistantEncoder,
            )

            return HomeAssistantEncoder(
                sink,
                tags=sink.tags,
                api=sink.api,
                precision=sink.precision,
                home_tag=home_tag,
            )
        case LineProtocolConfig(schema=Schema.HOMEIQ):
            from trio_ingest.processing.homeiq import HomeiqEncoder  # noqa: PLC0415

            return HomeiqEncoder(
                registries=registries,
                tags=sink.tags,
                precision=sink.precision,
                state_format=sink.state_format,
            )
        case LineProtocolConfig():
            return TidyEncoder(
                registries=registries,
                attributes=sink.attributes,
                tags=sink.tags,
                precision=sink.precision,
                home_tag=home_tag,
                identity=sink.identity,
                tag_labels=sink.tag_labels,
                value_map=sink.value_map,
            )
        case _:
            from trio_ingest.processing.rows import RowEncoder  # noqa: PLC0415

            return RowEncoder(registries, sink.attributes, sink.tags, sink.value_map)


def make_event_encoder(
    sink: SinkConfig, registries: Mapping[str, Latest[Registry]], *, home_tag: bool | None = None
) -> EventEncoder:
    """Return what turns any other event into a line that *sink* understands, in every schema."""
    if home_tag is None:
        home_tag = len(registries) > 1
    match sink:
        case LineProtocolConfig():
            return EventLineEncoder(tags=sink.tags, precision=sink.precision, home_tag=home_tag)
        case _:
            from trio_ingest.processing.event_rows import EventRowEncoder  # noqa: PLC0415

            return EventRowEncoder(tags=sink.tags)
