"""The metrics of who else is told something."""

from collections.abc import Callable, Iterable
from operator import attrgetter

from trio_ingest.admin.families.family import Family, Sample
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import PublisherSnapshot, Snapshot


def _each(
    value: Callable[[PublisherSnapshot], float | None],
) -> Callable[[Snapshot, Recent], Iterable[Sample]]:
    return lambda snapshot, _: [
        ((name,), found)
        for name, publisher in snapshot.publishers.items()
        if (found := value(publisher)) is not None
    ]


def _told(snapshot: Snapshot, _: Recent) -> Iterable[Sample]:
    for name, publisher in snapshot.publishers.items():
        for what, number in publisher.statistics.told.items():
            yield (name, what), number


PUBLISHERS = (
    Family(
        "publisher_rounds",
        "counter",
        "How often everything was told.",
        ("publisher",),
        _each(attrgetter("statistics.rounds")),
    ),
    Family(
        "publisher_requests",
        "counter",
        "Requests that were taken.",
        ("publisher",),
        _each(attrgetter("statistics.requests")),
    ),
    Family(
        "publisher_failures",
        "gauge",
        "Tries that failed since the last success.",
        ("publisher",),
        _each(attrgetter("statistics.failures")),
    ),
    Family("publisher_told", "gauge", "What was told last.", ("publisher", "what"), _told),
    Family(
        "publisher_last_success_timestamp_seconds",
        "gauge",
        "When everything was last told.",
        ("publisher",),
        _each(attrgetter("last_success")),
    ),
)
