"""A lane: the processor, the spool and the writer that belong to one sink."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from attrs import define, evolve, field, frozen

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.sink_model import SinkConfig, SqliteSinkConfig
from trio_ingest.config.wanted import WantedLane
from trio_ingest.delivery.writer import Writer
from trio_ingest.lane_settings import joins, make_settings, unread_seconds
from trio_ingest.model.gap import Gap
from trio_ingest.model.progress import Recollection
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.processing.known_homes import KnownHomes
from trio_ingest.processing.processor import Processor
from trio_ingest.processing.tap import Listener, Tap
from trio_ingest.pulse import Pulse
from trio_ingest.sinks.late_influxdb import open_late_influxdb_sink
from trio_ingest.sinks.sink import Sink
from trio_ingest.spool.durable import open_durable_spool
from trio_ingest.spool.policy import TURNED_AWAY
from trio_ingest.spool.spool import Spool, SpoolStatistics
from trio_ingest.telemetry.conservation import Account


@define(eq=False, repr=False, kw_only=True)
class Lane:
    """Everything that belongs to one sink, over all its configurations of one kind.

    What was counted and what is known of the homes stays when the configuration changes.
    """

    wanted: WantedLane
    processor: Processor
    spool: Spool
    writer: Writer
    recollection: Recollection
    """What was in the spool when it was opened, but for the entities."""
    carried_over: int = 0
    """Points that lay in the spool when it was opened."""
    keeper: Pulse = field(factory=Pulse)

    @property
    def name(self) -> str:
        """Return the name of its sink."""
        return self.wanted.config.name

    def adopt(self, wanted: WantedLane) -> None:
        """Go on with another configuration of the same kind of sink."""
        self.wanted = wanted
        self.writer.grows_to, self.writer.joins = wanted.config.batch, joins(wanted.config)
        self.spool.adopt(wanted.config.spool, wanted.homes)

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


@frozen(eq=False, repr=False)
class Ledger:
    """What a connector asks of a lane: the implementation of `LaneLedger`."""

    lane: Lane

    @property
    def heartbeat_seconds(self) -> float | None:
        """How often the sink wants a point of what does not change."""
        return self.lane.wanted.config.heartbeat

    @property
    def unread_seconds(self) -> float:
        """How long a change may wait before it is read, of all the time that it may linger."""
        return unread_seconds(self.lane.wanted.config.batch)

    @property
    def has_room(self) -> bool:
        """Say whether half of the spool is free."""
        most = self.lane.wanted.config.spool.max_size
        return self.lane.spool.statistics().size_bytes * 2 <= most

    @property
    def has_gaps(self) -> bool:
        """Say whether there are open gaps on disk."""
        return self.lane.spool.statistics().open_gaps > 0

    async def recollect(self) -> Recollection:
        """Return the lane's progress as it was on disk when it was opened.

        Nobody has told it anything of a home before that home's connector asks this.
        """
        return self.lane.recollection

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
    wanted: WantedLane,
    registries: Mapping[str, Latest[Registry]],
    listeners: list[Listener] | None = None,
) -> AsyncGenerator[Lane, None]:
    """Open the spool and build the stages around it; close it at the end.

    *registries* may have more homes than are wanted: some that were, or will be. *listeners* are
    told of each line; it is asked every time whether there are any.
    """
    config = wanted.config
    async with open_durable_spool(wanted.spool_file, config.spool, wanted.homes) as spool:
        recollection = await spool.recollect()
        settings = make_settings(wanted, registries)
        processor = Processor(
            selection=settings.selection,
            encoder=settings.encoder,
            event_encoder=settings.event_encoder,
            limits=settings.limits,
            homes=KnownHomes(
                drops_noise=settings.drops_noise,
                heartbeat_seconds=settings.heartbeat_seconds,
                recollection=recollection,
            ),
            tap=Tap(config.name, [] if listeners is None else listeners),
        )
        yield Lane(
            wanted=wanted,
            processor=processor,
            spool=spool,
            writer=Writer(name=config.name, grows_to=config.batch, joins=joins(config)),
            recollection=evolve(recollection, known={}),
            carried_over=carried_over(spool.statistics()),
        )


def open_sink(sink: SinkConfig, pulse: Pulse | None = None) -> AbstractAsyncContextManager[Sink]:
    """Return the sink of the configured kind, to be entered; *pulse* is that of its writer."""
    match sink:
        case InfluxSinkConfig():
            return open_late_influxdb_sink(sink)
        case SqliteSinkConfig():
            # Who has another sink does without: 3 ms of each start.
            from trio_ingest.sinks.sqlite import open_sqlite_sink  # noqa: PLC0415

            return open_sqlite_sink(sink, pulse)
        case _ if sink.is_stream:
            # Few have one, and NATS takes 20 ms.
            from trio_ingest.config.nats_model import NatsSinkConfig  # noqa: PLC0415
            from trio_ingest.sinks.nats import open_nats_sink  # noqa: PLC0415

            assert isinstance(sink, NatsSinkConfig)
            return open_nats_sink(sink)
        case _:
            raise TypeError(f"no sink is known for {type(sink).__name__}")
