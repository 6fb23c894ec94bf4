"""Takes a snapshot of everything that runs, without waiting for any of it."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import trio
from attrs import astuple

from trio_ingest import __version__
from trio_ingest.admin.snapshot import (
    GapSnapshot,
    HomeSnapshot,
    PublisherSnapshot,
    SinkSnapshot,
    Snapshot,
)
from trio_ingest.config.sink_model import EntityPatterns
from trio_ingest.home_assistant.connector import Connector
from trio_ingest.lane import Lane
from trio_ingest.model.instant import MICROSECONDS_PER_SECOND
from trio_ingest.processing.processor import ProcessorStatistics
from trio_ingest.river import River

if TYPE_CHECKING:  # who has neither does not import them
    from trio_ingest.publishing.publisher import Publisher
    from trio_ingest.relay.relay import Relay

_STARTED = time.monotonic()  # this is imported when the process starts


def look(river: River) -> Snapshot:
    """Return what all stations say of themselves now."""
    now = time.time()
    return Snapshot(
        time=now,
        uptime_seconds=time.monotonic() - _STARTED,
        version=__version__,
        homes={name: look_at_home(each) for name, each in river.connectors.items()},
        sinks={
            **{name: look_at_lane(each, now) for name, each in river.lanes.items()},
            **{name: look_at_relay(each, now) for name, each in river.relays.items()},
        },
        relays={name: each.statistics() for name, each in river.relays.items()},
        gaps=[gap for each in river.connectors.values() for gap in look_at_gaps(each, now)],
        publishers={name: look_at_publisher(each, now) for name, each in river.publishers.items()},
        reloads=river.reloads,
        unopened=dict(river.unopened),
        at_work=look_at_pulses(river),
    )


async def read_registries(river: River) -> None:
    """Have all registries read anew. Raises SessionLost when a home is not there."""
    for connector in list(river.connectors.values()):
        await connector.read_registries()


def look_at_home(connector: Connector) -> HomeSnapshot:
    """Return what a connector and the registries of its home say."""
    entries = connector.registry.value.entries
    return HomeSnapshot(
        connector=connector.statistics(),
        repairs=connector.repairs,
        entities=len(entries),
        devices=len({entry.device_id for entry in entries.values()} - {None}),
        busiest=connector.busiest,
    )


def look_at_lane(lane: Lane, now: float) -> SinkSnapshot:
    """Return what the stations of a lane say."""
    writer, spool = lane.writer.statistics(), lane.spool.statistics()
    config = lane.wanted.config
    return SinkSnapshot(
        account=lane.account(),
        processor=lane.processor.statistics(),
        spool=spool,
        spool_max_bytes=config.spool.max_size,
        writer=writer,
        last_success=on_the_wall(writer.last_success, now),
        included_by=count_rules(config.include),
        excluded_by=count_rules(config.exclude),
    )


def look_at_relay(relay: "Relay", now: float) -> SinkSnapshot:
    """Return what a relay says of its sink. It has no processor, and its spool is a quarantine."""
    writer = relay.writer_statistics()
    return SinkSnapshot(
        account=relay.account(),
        processor=ProcessorStatistics(),
        spool=relay.spool.statistics(),
        spool_max_bytes=relay.spool_max_bytes,
        writer=writer,
        last_success=on_the_wall(writer.last_success, now),
        included_by=0,
        excluded_by=0,
    )


def look_at_publisher(publisher: "Publisher", now: float) -> PublisherSnapshot:
    """Return what a publisher says."""
    statistics = publisher.statistics()
    return PublisherSnapshot(
        statistics=statistics, last_success=on_the_wall(statistics.last_success, now)
    )


def on_the_wall(time: float | None, now: float) -> float | None:
    """Return what the clock on the wall, which shows *now*, showed at a *time* of Trio's clock."""
    return None if time is None else now - (trio.current_time() - time)


def look_at_pulses(river: River) -> Mapping[str, float]:
    """Return for how many seconds each stage that is at work has been at its piece of it."""
    now = trio.current_time()
    begun = {name: pulse.begun for name, pulse in river.pulses().items()}
    return {name: now - since for name, since in begun.items() if since is not None}


def count_rules(patterns: EntityPatterns) -> int:
    """Return how many entries the keys of *patterns* have."""
    return sum(
        len(each) if isinstance(each, tuple) else bool(each)
        for each in astuple(patterns, recurse=False)
    )


def look_at_gaps(connector: Connector, now: float) -> Sequence[GapSnapshot]:
    """Return the open gaps of a home, those of one lane and one reason as one."""
    found: dict[tuple[str, str], list[float]] = {}
    for lane, gap in connector.open_gaps():
        end = now if gap.last is None else gap.last / MICROSECONDS_PER_SECOND
        seconds = max(0.0, end - gap.first / MICROSECONDS_PER_SECOND)
        found.setdefault((lane.name, gap.reason.value), []).append(seconds)
    return [
        GapSnapshot(
            home=connector.config.name,
            sink=sink,
            reason=reason,
            count=len(seconds),
            seconds=sum(seconds),
        )
        for (sink, reason), seconds in found.items()
    ]
