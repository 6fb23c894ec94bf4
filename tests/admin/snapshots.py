"""A snapshot of a home and a sink that are well, to be spoilt by a test."""

from typing import Any

from attrs import evolve

from trio_ingest.admin.snapshot import HomeSnapshot, PublisherSnapshot, SinkSnapshot, Snapshot
from trio_ingest.delivery.writer import WriterStatistics
from trio_ingest.home_assistant.connector import ConnectorStatistics
from trio_ingest.home_assistant.repair import RepairStatistics
from trio_ingest.processing.processor import ProcessorStatistics
from trio_ingest.publishing.publisher import PublisherStatistics
from trio_ingest.relay.farewell import FarewellStatistics
from trio_ingest.relay.hand import HandStatistics
from trio_ingest.relay.relay import RelayStatistics
from trio_ingest.spool.spool import SpoolStatistics
from trio_ingest.telemetry.conservation import Account

CONNECTOR = ConnectorStatistics(
    state="connected",
    sessions=1,
    attempts=1,
    failures=0,
    received=10,
    received_by_type={"state_changed": 10},
    unreadable=0,
    unserialized=0,
    last_change=1_795_428_000_000_001,
    ha_version="2026.11.0",
    last_trouble=None,
)
HOME = HomeSnapshot(connector=CONNECTOR, repairs=RepairStatistics(), entities=3, devices=2)
SINK = SinkSnapshot(
    account=Account(received=10, written=10),
    processor=ProcessorStatistics(received=10, encoded=10),
    spool=SpoolStatistics(),
    spool_max_bytes=10**9,
    writer=WriterStatistics(written_points=10),
    last_success=1_795_428_000.0,
    included_by=0,
    excluded_by=0,
)
PUBLISHER = PublisherStatistics(
    state="waiting",
    rounds=1,
    requests=3,
    failures=0,
    told={"device": 2},
    last_success=1.0,
    last_trouble=None,
)
WELL = Snapshot(
    time=1_795_428_001.0,
    uptime_seconds=60.0,
    version="1",
    homes={"home": HOME},
    sinks={"influx": SINK},
)


RELAY = RelayStatistics(
    stream="HA_LP",
    consumer="writers",
    hand=HandStatistics(messages=2, points=20, taken_messages=5, taken_points=50, pending=7),
    farewell=FarewellStatistics(acknowledged=3),
)
RELAYING = evolve(WELL, homes={}, relays={"influx": RELAY})


def with_relay(**changes: Any) -> Snapshot:
    return evolve(RELAYING, relays={"influx": evolve(RELAY, **changes)})


def with_connector(**changes: Any) -> Snapshot:
    connector = evolve(CONNECTOR, **changes)
    return evolve(WELL, homes={"home": evolve(HOME, connector=connector)})


def with_sink(**changes: Any) -> Snapshot:
    return evolve(WELL, sinks={"influx": evolve(SINK, **changes)})


def with_publisher(**changes: Any) -> Snapshot:
    publisher = PublisherSnapshot(statistics=evolve(PUBLISHER, **changes), last_success=None)
    return evolve(WELL, publishers={"data_api": publisher})
