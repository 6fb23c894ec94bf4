"""The metrics of each Home Assistant."""

from collections.abc import Iterable

from trio_ingest.admin.families.family import Family, Sample, of_homes
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import Snapshot


def _received(snapshot: Snapshot, _: Recent) -> Iterable[Sample]:
    for name, home in snapshot.homes.items():
        for event_type, count in home.connector.received_by_type.items():
            yield (name, event_type), count


def _last_change(snapshot: Snapshot, _: Recent) -> Iterable[Sample]:
    for name, home in snapshot.homes.items():
        if home.connector.last_change is not None:
            yield (name,), home.connector.last_change / 1e6


HOMES = (
    Family(
        "home_connected",
        "gauge",
        "1 while there is a session with Home Assistant.",
        ("home",),
        lambda snapshot, _: [
            ((name,), home.connector.state == "connected") for name, home in snapshot.homes.items()
        ],
    ),
    of_homes("home_sessions", "counter", "Sessions that came about.", "connector.sessions"),
    of_homes("home_attempts", "counter", "Tries to get a session.", "connector.attempts"),
    Family(
        "home_received_events",
        "counter",
        "State changes and other events received, those of snapshots and repairs included.",
        ("home", "event_type"),
        _received,
    ),
    of_homes(
        "home_unreadable_messages",
        "counter",
        "Messages of ended sessions that were not what Home Assistant's API promises.",
        "connector.unreadable",
    ),
    of_homes(
        "home_unserialized_changes",
        "counter",
        "Changes that Home Assistant could not send, as it said itself.",
        "connector.unserialized",
    ),
    Family(
        "home_last_change_timestamp_seconds",
        "gauge",
        "The time of the newest change that was heard, by Home Assistant's clock.",
        ("home",),
        _last_change,
    ),
    of_homes("home_entities", "gauge", "Entities in the registry.", "entities"),
    of_homes("home_gaps_repaired", "counter", "Gaps that were repaired.", "repairs.gaps_repaired"),
    of_homes("home_gaps_lost", "counter", "Gaps that cannot be repaired.", "repairs.gaps_lost"),
    of_homes(
        "home_fetched_changes", "counter", "Changes fetched for repairs.", "repairs.changes_fetched"
    ),
    Family(
        "open_gaps",
        "gauge",
        "Gaps that are not repaired yet.",
        ("home", "sink", "reason"),
        lambda snapshot, _: [
            ((gap.home, gap.sink, gap.reason), gap.count) for gap in snapshot.gaps
        ],
    ),
    Family(
        "open_gap_seconds",
        "gauge",
        "How much time they span together.",
        ("home", "sink", "reason"),
        lambda snapshot, _: [
            ((gap.home, gap.sink, gap.reason), gap.seconds) for gap in snapshot.gaps
        ],
    ),
)
