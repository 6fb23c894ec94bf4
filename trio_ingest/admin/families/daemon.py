"""The metrics of the daemon as a whole."""

import platform
from collections.abc import Iterable

from trio_ingest.admin.families.family import Family, Sample
from trio_ingest.admin.readiness import reasons_not_ready
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import Snapshot


def _ready(snapshot: Snapshot, recent: Recent) -> Iterable[Sample]:
    return [((), not reasons_not_ready(snapshot, recent.dropped(snapshot)))]


DAEMON = (
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
        "not_opened",
        "gauge",
        "Spools and sinks that cannot be opened since a reload, and are tried again.",
        (),
        lambda snapshot, _: [((), len(snapshot.unopened))],
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
