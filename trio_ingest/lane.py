"""A lane: the processor, the spool, the writer and the sink that belong together."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from attrs import field, frozen

from trio_ingest.config.model import (
    Config,
    InfluxSinkConfig,
    RestartNoise,
    Schema,
    SinkConfig,
    SqliteSinkConfig,
)
from trio_ingest.delivery.writer import Writer
from trio_ingest.model.gap import Gap
from trio_ingest.model.progress import Recollection
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.processing.encoder import Encoder, EventEncoder
from trio_ingest.processing.event_lines import EventLineEncoder
from trio_ingest.processing.event_rows import EventRowEncoder
from trio_ingest.processing.home_assistant_schema import HomeAssistantEncoder
from trio_ingest.processing.homeiq import HomeiqEncoder
from trio_ingest.processing.known_homes import KnownHomes
from trio_ingest.processing.processor import Processor
from trio_ingest.processing.rows import RowEncoder
from trio_ingest.processing.selection import Selection
from trio_ingest.processing.tidy import TidyEncoder
from trio_ingest.pulse import Pulse
from trio_ingest.sinks.influxdb import open_influxdb_sink
from trio_ingest.sinks.sink import Sink
from trio_ingest.sinks.sqlite import open_sqlite_sink
from trio_ingest.spool.durable import open_durable_spool
from trio_ingest.spool.policy import TURNED_AWAY
from trio_ingest.spool.spool import Spool, SpoolStatistics
from trio_ingest.telemetry.conservation import Account


@frozen(kw_only=True)
class Lane:
    """Everything that belongs to one sink."""

    name: str
    processor: Processor
    spool: Spool
    writer: Writer
    sink: Sink
    carried_over: int = 0
    """Points that lay in the spool when it was opened."""
    keeper: Pulse = field(factory=Pulse)

    def pulses(self) -> Mapping[str, Pulse]:
        """Return the pulse of each stage, by the name of its task."""
        return {
            f"{self.name} processor": self.processor.pulse,
            f"{self.name} keeper": self.keeper,
            f"{self.name} writer": self.writer.pulse,
        }

    def account(self) -> Account:
        """Return where everything is that the lane was told of."""
        processor, spool = self.processor.statistics(), self.spool.statistics()
        writer = self.writer.statistics()
        turned_away = sum(
            points for reason, points in spool.dropped_points.items() if reason in TURNED_AWAY
        )
        between = processor.encoded - processor.in_flight - spool.appended_points - turned_away
        return Account(
            received=processor.received,
            carried_over=self.carried_over + spool.retried_points,
            written=writer.written_points,
            filtered=processor.filtered,
            deduplicated=processor.deduplicated,
            restart_noise=processor.restart_noise,
            unwritten=processor.unwritten,
            failed=processor.failed,
            dropped=spool.dropped_points,
            quarantined=writer.quarantined_points,
            in_flight=processor.held + processor.in_flight + between + spool.points,
        )


def carried_over(spool: SpoolStatistics) -> int:
    """Return the points that lay in a spool just opened, also those lost with its file."""
    return spool.points + sum(spool.dropped_points.values())


@frozen(kw_only=True)
class Ledger:
    """What a connector asks of a lane: the implementation of `LaneLedger`."""

    lane: Lane
    sink: SinkConfig

    @property
    def heartbeat_seconds(self) -> float | None:
        """How often the sink wants a point of what does not change."""
        return self.sink.heartbeat

    @property
    def has_room(self) -> bool:
        """Say whether half of the spool is free."""
        return self.lane.spool.statistics().size_bytes * 2 <= self.sink.spool.max_size

    @property
    def has_gaps(self) -> bool:
        """Say whether there are open gaps on disk."""
        return self.lane.spool.statistics().open_gaps > 0

    async def recollect(self) -> Recollection:
        """Return what is on disk of the lane's progress."""
        return await self.lane.spool.recollect()

    async def lost(self) -> Sequence[Gap]:
        """Return the gaps that the spool has made, and that nobody sees to yet."""
        return await self.lane.spool.lost()

    def admits(self, home: str, entity_id: str) -> bool:
        """Say whether the sink records that entity."""
        return self.lane.processor.selection.admits_entity(home, entity_id)

    def entities(self, home: str) -> Iterable[str]:
        """Return the entities that were there when something was last heard of them."""
        return self.lane.processor.homes.of(home).entities()


@asynccontextmanager
async def open_lane(
    sink: SinkConfig, config: Config, registries: Mapping[str, Latest[Registry]]
) -> AsyncGenerator[Lane, None]:
    """Open the spool and the sink and build the stages around them; close both at the end."""
    spool_file = config.state_directory / "spool" / f"{sink.name}.db"
    homes = [each.name for each in config.home_assistants]
    writer = Writer(name=sink.name)
    async with (
        open_durable_spool(spool_file, sink.spool, homes) as spool,
        open_sink(sink, writer.pulse) as opened,
    ):
        processor = Processor(
            selection=Selection(sink.include, sink.exclude, registries),
            encoder=make_encoder(sink, registries),
            event_encoder=make_event_encoder(sink, registries),
            limits=sink.batch,
            homes=KnownHomes(
                drops_noise=drops_noise(sink),
                heartbeat_seconds=sink.heartbeat,
                recollection=await spool.recollect(),
            ),
        )
        yield Lane(
            name=sink.name,
            processor=processor,
            spool=spool,
            writer=writer,
            sink=opened,
            carried_over=carried_over(spool.statistics()),
        )


def drops_noise(sink: SinkConfig) -> bool:
    """Say whether states that a starting Home Assistant restored are left out."""
    if sink.restart_noise is None:
        return not (isinstance(sink, InfluxSinkConfig) and sink.schema is Schema.HOME_ASSISTANT)
    return sink.restart_noise is RestartNoise.DROP


def open_sink(sink: SinkConfig, pulse: Pulse | None = None) -> AbstractAsyncContextManager[Sink]:
    """Return the sink of the configured kind, to be entered; *pulse* is that of its writer."""
    match sink:
        case InfluxSinkConfig():
            return open_influxdb_sink(sink)
        case SqliteSinkConfig():
            return open_sqlite_sink(sink, pulse)
        case _:
            raise TypeError(f"no sink is known for {type(sink).__name__}")


def make_encoder(sink: SinkConfig, registries: Mapping[str, Latest[Registry]]) -> Encoder:
    """Return what turns a state change into a line that *sink* understands."""
    has_several_homes = len(registries) > 1
    match sink:
        case InfluxSinkConfig(schema=Schema.HOME_ASSISTANT):
            return HomeAssistantEncoder(
                sink,
                tags=sink.tags,
                api=sink.api,
                precision=sink.precision,
                home_tag=has_several_homes,
            )
        case InfluxSinkConfig(schema=Schema.HOMEIQ):
            return HomeiqEncoder(
                registries=registries,
                tags=sink.tags,
                precision=sink.precision,
                state_format=sink.state_format,
            )
        case InfluxSinkConfig():
            return TidyEncoder(
                registries=registries,
                attributes=sink.attributes,
                tags=sink.tags,
                precision=sink.precision,
                home_tag=has_several_homes,
                identity=sink.identity,
                tag_labels=sink.tag_labels,
                value_map=sink.value_map,
            )
        case _:
            return RowEncoder(registries, sink.attributes, sink.tags, sink.value_map)


def make_event_encoder(
    sink: SinkConfig, registries: Mapping[str, Latest[Registry]]
) -> EventEncoder:
    """Return what turns any other event into a line that *sink* understands, in every schema."""
    match sink:
        case InfluxSinkConfig():
            return EventLineEncoder(
                tags=sink.tags, precision=sink.precision, home_tag=len(registries) > 1
            )
        case _:
            return EventRowEncoder(tags=sink.tags)
