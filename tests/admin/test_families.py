"""The law of conservation in the metrics: drops have reasons, and what is missing shows."""

from collections import defaultdict

from attrs import evolve

from tests.telemetry.test_conservation import WHOLE
from trio_ingest.admin.metrics import make_registry
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import PublisherSnapshot, SinkSnapshot, Snapshot
from trio_ingest.delivery.writer import WriterStatistics
from trio_ingest.processing.processor import ProcessorStatistics
from trio_ingest.publishing.publisher import PublisherStatistics
from trio_ingest.spool.spool import SpoolStatistics
from trio_ingest.telemetry.conservation import Account

EMPTY = Snapshot(time=0.0, uptime_seconds=0.0, version="0", homes={}, sinks={})


def scraped(account: Account) -> dict[str, dict[str, float]]:
    """Return the samples of one sink with that account: by name, and by their last label."""
    sink = SinkSnapshot(
        account=account,
        processor=ProcessorStatistics(),
        spool=SpoolStatistics(),
        spool_max_bytes=1,
        writer=WriterStatistics(),
        last_success=None,
        included_by=0,
        excluded_by=0,
    )
    return samples_of(evolve(EMPTY, sinks={"influx": sink}))


def samples_of(snapshot: Snapshot) -> dict[str, dict[str, float]]:
    """Return all samples, by name and by their labels."""
    samples: dict[str, dict[str, float]] = defaultdict(dict)
    for family in make_registry(lambda: snapshot, Recent(lambda: snapshot)).collect():
        for sample in family.samples:
            labels = tuple(sample.labels.values())
            samples[sample.name]["/".join(labels)] = sample.value
    return samples


def test_drops_have_reasons() -> None:
    """What had to give way is told apart by the reason, and all fates together are the sum."""
    points = scraped(WHOLE)["trio_ingest_points_total"]

    assert 6.0 == points["influx/dropped/spool_full_oldest"]
    assert 7.0 == points["influx/dropped/purged"]
    assert sum(points.values()) == WHOLE.received + WHOLE.carried_over - WHOLE.in_flight


def test_who_else_is_told() -> None:
    """A publisher has its counts, and the time of its last success once it has had one."""
    statistics = PublisherStatistics(
        state="telling",
        rounds=2,
        requests=6,
        failures=1,
        told={"devices": 3},
        last_success=None,
        last_trouble="503",
    )
    publishers = {"data_api": PublisherSnapshot(statistics=statistics, last_success=None)}

    found = samples_of(evolve(EMPTY, publishers=publishers))

    assert {"data_api": 2.0} == found["trio_ingest_publisher_rounds_total"]
    assert {"data_api": 1.0} == found["trio_ingest_publisher_failures"]
    assert {"data_api/devices": 3.0} == found["trio_ingest_publisher_told"]
    assert {} == found["trio_ingest_publisher_last_success_timestamp_seconds"]


def test_what_is_missing_shows() -> None:
    """A point that is nowhere is one in the metrics, too."""
    assert {"influx": 3.0} == scraped(Account(received=10, written=7))[
        "trio_ingest_unaccounted_points"
    ]
