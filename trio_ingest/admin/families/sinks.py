"""The metrics of each sink, and of all that belongs to it."""

from collections.abc import Iterable

from trio_ingest.admin.families.family import Family, Sample, of_sinks
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import Snapshot

FATES = (
    "written",
    "filtered",
    "deduplicated",
    "restart_noise",
    "unwritten",
    "failed",
    "quarantined",
)


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


SINKS = (
    of_sinks(
        "received_points",
        "counter",
        "Changes and events that a lane was told of.",
        "account.received",
    ),
    of_sinks(
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
    of_sinks("in_flight_points", "gauge", "In memory, or in the spool.", "account.in_flight"),
    of_sinks(
        "unaccounted_points",
        "gauge",
        "Points that are in no place; anything but 0 is a bug.",
        "account.missing",
    ),
    of_sinks("encoded_points", "counter", "Points that were encoded.", "processor.encoded"),
    of_sinks("gathered_batches", "counter", "Batches sent to the spool.", "processor.batches"),
    of_sinks(
        "not_finite_states",
        "counter",
        "States that spell NaN or an infinity, recorded as text.",
        "processor.not_finite",
    ),
    of_sinks("spool_appended_points", "counter", "Points stored on disk.", "spool.appended_points"),
    of_sinks("spool_batches", "gauge", "Batches on disk.", "spool.batches"),
    of_sinks("spool_points", "gauge", "Points on disk.", "spool.points"),
    of_sinks("spool_size_bytes", "gauge", "Bytes of the batches on disk.", "spool.size_bytes"),
    of_sinks("spool_max_size_bytes", "gauge", "The bytes there may be.", "spool_max_bytes"),
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
    of_sinks("quarantined_lines", "gauge", "Lines in the quarantine.", "spool.quarantined_lines"),
    of_sinks(
        "quarantine_forgotten_lines",
        "counter",
        "Lines that left the quarantine because it was full.",
        "spool.forgotten_lines",
    ),
    of_sinks("written_batches", "counter", "Batches that the sink took.", "writer.written_batches"),
    of_sinks(
        "stripped_fields",
        "counter",
        "Fields that were refused while their point was written.",
        "writer.stripped_fields",
    ),
    of_sinks("write_retries", "counter", "Tries after the first.", "writer.retries"),
    of_sinks(
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
    of_sinks(
        "sink_needs_operator",
        "gauge",
        "1 when waiting alone will not help, such as with a wrong token.",
        "writer.needs_operator",
    ),
)
