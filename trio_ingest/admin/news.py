"""What the status page is told every other second: the whole picture, each time."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import Attribute, asdict

from trio_ingest.admin.recent import SECONDS_BETWEEN_MARKS, Recent
from trio_ingest.admin.snapshot import Snapshot
from trio_ingest.admin.verdict import verdict
from trio_ingest.telemetry.last_warnings import LoggedWarning

BUSIEST = 10
FOR_THE_PAGE_ALONE = "busiest"


def stats(snapshot: Snapshot, recent: Recent) -> dict[str, Any]:
    """Return all statistics of all stations, and what they mean.

    No entity is named, so that they may be shown.
    """
    rates = recent.events_per_second(snapshot)
    return asdict(snapshot, filter=_is_shown) | {
        "events_per_second": rates,
        "verdict": asdict(verdict(snapshot, rates, recent.dropped(snapshot))),
    }


def news(
    snapshot: Snapshot, recent: Recent, warnings: Sequence[LoggedWarning]
) -> Mapping[str, Any]:
    """Return the statistics, how they were, and what people look for besides."""
    return stats(snapshot, recent) | {
        "history": {
            "seconds": SECONDS_BETWEEN_MARKS,
            "per_second": recent.history.per_second(),
            "waiting": recent.history.waiting(),
        },
        "busiest": {name: home.busiest.top(BUSIEST) for name, home in snapshot.homes.items()},
        "warnings": [asdict(each) for each in warnings],
    }


def _is_shown(attribute: "Attribute[Any]", _: object) -> bool:
    return attribute.name != FOR_THE_PAGE_ALONE
