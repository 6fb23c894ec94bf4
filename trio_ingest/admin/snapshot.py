"""All that the admin server knows: the statistics of every station, taken at one instant."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen

from trio_ingest.delivery.writer import WriterStatistics
from trio_ingest.home_assistant.connector import ConnectorStatistics
from trio_ingest.home_assistant.repair import RepairStatistics
from trio_ingest.processing.processor import ProcessorStatistics
from trio_ingest.spool.policy import DropReason
from trio_ingest.spool.spool import SpoolStatistics
from trio_ingest.telemetry.busiest import Busiest
from trio_ingest.telemetry.conservation import Account
from trio_ingest.telemetry.reloads import Reloads

if TYPE_CHECKING:  # who has neither does not import them
    from trio_ingest.publishing.publisher import PublisherStatistics
    from trio_ingest.relay.relay import RelayStatistics


@frozen(kw_only=True)
class HomeSnapshot:
    """One Home Assistant, and how much its registries list."""

    connector: ConnectorStatistics
    repairs: RepairStatistics
    entities: int
    devices: int
    busiest: Busiest = field(factory=Busiest)
    """The counts themselves: to find the highest takes a while, and few want to know."""


@frozen(kw_only=True)
class SinkSnapshot:
    """One lane. `rules` are the entries of its include and exclude."""

    account: Account
    processor: ProcessorStatistics
    spool: SpoolStatistics
    spool_max_bytes: int
    writer: WriterStatistics
    last_success: float | None
    """When a batch was last let go, in seconds since the epoch."""
    included_by: int
    excluded_by: int

    @property
    def dropped(self) -> int:
        """Return how many points gave way without anybody having ordered it."""
        dropped = self.spool.dropped_points
        return sum(dropped.values()) - dropped.get(DropReason.PURGED, 0)


@frozen(kw_only=True)
class PublisherSnapshot:
    """Who else is told something. `last_success` is in seconds since the epoch."""

    statistics: "PublisherStatistics"
    last_success: float | None


@frozen(kw_only=True)
class GapSnapshot:
    """The open gaps of one reason, together."""

    home: str
    sink: str
    reason: str
    count: int
    seconds: float


@frozen(kw_only=True)
class Snapshot:
    """The whole river, by the names of homes and sinks. `time` is in seconds since the epoch."""

    time: float
    uptime_seconds: float
    version: str
    homes: Mapping[str, HomeSnapshot]
    sinks: Mapping[str, SinkSnapshot]
    relays: Mapping[str, "RelayStatistics"] = field(factory=dict)
    """By the names of the sinks that they write to, each of which is among `sinks` as well."""
    gaps: Sequence[GapSnapshot] = ()
    publishers: Mapping[str, PublisherSnapshot] = field(factory=dict)
    reloads: Reloads = field(factory=Reloads)
    unopened: Mapping[str, str] = field(factory=dict)
    """What cannot be opened for now, and why."""
    at_work: Mapping[str, float] = field(factory=dict)
    """For how many seconds each stage has been at one and the same piece of work."""


Look = Callable[[], Snapshot]
Rediscover = Callable[[], Awaitable[None]]
"""Has every registry read anew. Raises SessionLost where there is no session."""
