"""The metrics, each with what it means and where its samples come from.

Labels are names that stand in the configuration, and reasons of ours: never an entity.
"""

import platform
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter

from attrs import frozen

from trio_ingest.admin.readiness import reasons_not_ready
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import Snapshot

Sample = tuple[tuple[str, ...], float]
FATES = (
    "written",
    "filtered",
    "deduplicated",
    "restart_noise",
    "unwritten",
    "failed",
    "quarantined",
)


@frozen
class Family:
    """One metric. A counter's samples are called by its name with `_total` behind it."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...]
    samples: Callable[[Snapshot, Recent], Iterable[Sample]]


def families() -> Iterator[Family]:
    """Yield all of them, in the order in which they are shown."""
    yield from _DAEMON
    yield from _HOMES
    yield from _SINKS


def _of_homes(path: str) -> Callable[[Snapshot, Recent], Iterable[Sample]]:
    value = attrgetter(path)
    return lambda snapshot, _: [((name,), value(home)) for name, home in snapshot.homes.items()]


def _of_sinks(path: str, scale: float = 1) -> Callable[[Snapshot, Recent], Iterable[Sample]]:
    """Return what reads a number of each sink; there is no sample where it is None."""
    value = attrgetter(path)
    return lambda snapshot, _: [
        ((name,), found * scale)
        for name, sink in snapshot.sinks.items()
        if (found := value(sink)) is not None
    ]


def _home(name: str, kind: str, text: str, path: str) -> Family:
    return Family(name, kind, text, ("home",), _of_homes(path))


def _sink(name: str, kind: str, text: str, path: str, scale: float = 1) -> Family:
    return Family(name, kind, text, ("sink",), _of_sinks(path, scale))


def _ready(snapshot: Snapshot, recent: Recent) -> Iterable[Sample]:
    return [((), not reasons_not_ready(snapshot, recent.dropped(snapshot)))]


def _received(snapshot: Snapshot, _: Recent) -> Iterable[Sample]:
    for name, home in snapshot.homes.items():
        for event_type, count in home.connector.received_by_type.items():
            yield (name, event_type), count


def _last_change(snapshot: Snapshot, _: Recent) -> Iterable[Sample]:
    for name, home in snapshot.homes.items():
        if home.connector.last_change is not None:
            yield (name,), home.connector.last_change / 1e6


def _points(snapshot: Snapshot, _: Recent) -> Iterable[Sample]:
    for name, sink in snapshot.sinks.items():
        for fate in FATES:
            yield (name, fate, ""), getattr(sink.account, fate)
        for reason, count in sink.account.dropped.items():
            yield (name, "dropped", reason), count


def _oldest_age(snapshot: Snapshot, _: Recent) -> Iterable[Sample]:
    for name, sink in snapshot.sinks.items():
        oldest = sink.spool.oldest
        yield (name,), 0.0 if oldest is None else max(0.0, snapshot.time - oldest / 1e6)


_DAEMON = (
    Family(
        "build_info",
        "gauge",
        "1, for the labels: which version runs on which Python.",
        ("version", "python"),
        lambda snapshot, _: [((snapshot.version, platform.python_version()), 1)],
    ),
    Family(
        "uptime_seconds",
        "gauge",
        "How long the process has been running.",
        (),
        lambda snapshot, _: [((), snapshot.uptime_seconds)],
    ),
    Family("ready", "gauge", "1 when /readyz says so.", (), _ready),
    Family(
        "reloads",
        "counter",
        "Configurations that were read anew.",
        ("result",),
        lambda snapshot, _: [
            (("success",), snapshot.reloads.succeeded),
            (("refused",), snapshot.reloads.refused),
        ],
    ),
    Family(
        "last_reload_successful",
        "gauge",
        "0 while a file that was refused waits to be mended.",
        (),
        lambda snapshot, _: [((), snapshot.reloads.is_last_ok)],
    ),
    Family(
        "last_reload_success_timestamp_seconds",
        "gauge",
        "When a configuration was last reloaded; 0: never.",
        (),
        lambda snapshot, _: [((), snapshot.reloads.last_success)],
    ),
)

_HOMES = (
    Family(
        "home_connected",
        "gauge",
        "1 while there is a session with Home Assistant.",
        ("home",),
        lambda snapshot, _: [
            ((name,), home.connector.state == "connected") for name, home in snapshot.homes.items()
        ],
    ),
    _home("home_sessions", "counter", "Sessions that came about.", "connector.sessions"),
    _home("home_attempts", "counter", "Tries to get a session.", "connector.attempts"),
    Family(
        "home_received_events",
        "counter",
        "State changes and other events received, those of snapshots and repairs included.",
        ("home", "event_type"),
        _received,
    ),
    _home(
        "home_unreadable_messages",
        "counter",
        "Messages of ended sessions that were not what Home Assistant's API promises.",
        "connector.unreadable",
    ),
    _home(
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
    _home("home_entities", "gauge", "Entities in the registry.", "entities"),
    _home("home_gaps_repaired", "counter", "Gaps that were repaired.", "repairs.gaps_repaired"),
    _home("home_gaps_lost", "counter", "Gaps that cannot be repaired.", "repairs.gaps_lost"),
    _home(
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

_SINKS = (
    _sink(
        "received_points",
        "counter",
        "Changes and events that a lane was told of.",
        "account.received",
    ),
    _sink(
        "carried_over_points",
        "counter",
        "Points that lay in the spool at the start, or came back from the quarantine.",
        "account.carried_over",
    ),
    Family(
        "points",
        "counter",
        "What became of them; of those that were dropped, why.",
        ("sink", "fate", "reason"),
        _points,
    ),
    _sink("in_flight_points", "gauge", "In memory, or in the spool.", "account.in_flight"),
    _sink(
        "unaccounted_points",
        "gauge",
        "Points that are in no place; anything but 0 is a bug.",
        "account.missing",
    ),
    _sink("encoded_points", "counter", "Points that were encoded.", "processor.encoded"),
    _sink("gathered_batches", "counter", "Batches sent to the spool.", "processor.batches"),
    _sink(
        "not_finite_states",
        "counter",
        "States that spell NaN or an infinity, recorded as text.",
        "processor.not_finite",
    ),
    _sink("spool_appended_points", "counter", "Points stored on disk.", "spool.appended_points"),
    _sink("spool_batches", "gauge", "Batches on disk.", "spool.batches"),
    _sink("spool_points", "gauge", "Points on disk.", "spool.points"),
    _sink("spool_size_bytes", "gauge", "Bytes of the batches on disk.", "spool.size_bytes"),
    _sink("spool_max_size_bytes", "gauge", "The bytes there may be.", "spool_max_bytes"),
    Family(
        "spool_oldest_age_seconds",
        "gauge",
        "How long ago the oldest point happened that waits; 0 when none does.",
        ("sink",),
        _oldest_age,
    ),
    Family(
        "spool_writable",
        "gauge",
        "0 while the disk does not take what it is given.",
        ("sink",),
        lambda snapshot, _: [
            ((name,), sink.spool.write_problem is None) for name, sink in snapshot.sinks.items()
        ],
    ),
    _sink("quarantined_lines", "gauge", "Lines in the quarantine.", "spool.quarantined_lines"),
    _sink(
        "quarantine_forgotten_lines",
        "counter",
        "Lines that left the quarantine because it was full.",
        "spool.forgotten_lines",
    ),
    _sink("written_batches", "counter", "Batches that the sink took.", "writer.written_batches"),
    _sink(
        "stripped_fields",
        "counter",
        "Fields that were refused while their point was written.",
        "writer.stripped_fields",
    ),
    _sink("write_retries", "counter", "Tries after the first.", "writer.retries"),
    _sink(
        "last_write_success_timestamp_seconds",
        "gauge",
        "When the sink last took a batch.",
        "last_success",
    ),
    Family(
        "sink_delivering",
        "gauge",
        "0 while the sink takes nothing.",
        ("sink",),
        lambda snapshot, _: [
            ((name,), sink.writer.last_problem is None) for name, sink in snapshot.sinks.items()
        ],
    ),
    _sink(
        "sink_needs_operator",
        "gauge",
        "1 when waiting alone will not help, such as with a wrong token.",
        "writer.needs_operator",
    ),
)
