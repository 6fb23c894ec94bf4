"""What an import says at its end: pure."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from trio_ingest.cli.spool_files import iso_instant, show_instant
from trio_ingest.importing.order import Counts, Delivery, ImportResult, Order
from trio_ingest.words import count

NOTHING_WRITTEN = "Nothing was written."


def text_report(order: Order, result: ImportResult) -> Iterator[str]:
    """Yield the lines for people."""
    for name, home in result.homes.items():
        read = ", ".join(f"{number:,} {kind}" for kind, number in home.read.items()) or "nothing"
        period = f"{show_instant(home.first)} to {show_instant(home.last)}"
        yield f"{name}: {read} read from Home Assistant's recorder, {period}"
    for name, counts in result.counts.items():
        yield f"{name}: {_kept(counts)}{_left_out(counts)}"
        if name in result.deliveries:
            yield f"  {_delivered(result.deliveries[name])}"
        if order.is_dry_run:
            yield from _by_domain(counts)
    if order.is_dry_run:
        yield NOTHING_WRITTEN


def json_report(order: Order, result: ImportResult) -> str:
    """Return the same for scripts."""
    sinks = {name: _sink(counts, order) for name, counts in result.counts.items()}
    for name, delivery in result.deliveries.items():
        sinks[name] |= {
            "delivered_by": "daemon" if delivery.by_daemon else "import",
            "waiting": delivery.waiting,
            "quarantined": delivery.quarantined,
            "trouble": delivery.trouble,
        }
    homes = {
        name: {
            "from": iso_instant(home.first),
            "to": iso_instant(home.last),
            **{f"{kind}_read": number for kind, number in home.read.items()},
        }
        for name, home in result.homes.items()
    }
    return json.dumps({"dry_run": order.is_dry_run, "homes": homes, "sinks": sinks}, indent=2)


def _sink(counts: Counts, order: Order) -> dict[str, Any]:
    return {
        "states": counts.states.total(),
        "statistics": counts.statistics.total(),
        "filtered": counts.filtered,
        "unwritten": counts.unwritten,
        "failed": counts.failed,
        **(
            {"entities": dict(counts.states), "statistic_ids": dict(counts.statistics)}
            if order.is_dry_run
            else {}
        ),
    }


def _kept(counts: Counts) -> str:
    points = f"{counts.states.total():,} points of {count(len(counts.states), 'entity')}"
    if not counts.statistics:
        return points
    statistics = counts.statistics
    return f"{points}, {statistics.total():,} of {count(len(statistics), 'statistic')}"


def _left_out(counts: Counts) -> str:
    reasons = {
        "filtered": counts.filtered,
        "without a point in this schema": counts.unwritten,
        "failed": counts.failed,
    }
    return "".join(f", {number:,} {why}" for why, number in reasons.items() if number)


def _delivered(delivery: Delivery) -> str:
    refused = f"; {delivery.quarantined:,} went to the quarantine" if delivery.quarantined else ""
    if delivery.by_daemon:
        return f"in the spool, where {delivery.waiting:,} points wait; the daemon delivers them"
    if delivery.waiting:
        return (
            f"{delivery.waiting:,} points wait in the spool ({delivery.trouble}); the daemon "
            f"delivers them when it runs, and so does the same command{refused}"
        )
    return f"all is delivered{refused}"


def _by_domain(counts: Counts) -> Iterator[str]:
    domains: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for entity_id, points in counts.states.items():
        domains[entity_id.partition(".")[0]][entity_id] = points
    if counts.statistics:
        domains["statistics"] = counts.statistics
    for domain, entities in sorted(domains.items(), key=_size):
        yield f"  {entities.total():>12,}  {domain}"
        for entity_id, points in sorted(entities.items(), key=lambda each: (-each[1], each[0])):
            yield f"  {points:>12,}    {entity_id}"


def _size(domain: tuple[str, Mapping[str, int]]) -> tuple[int, str]:
    return -sum(domain[1].values()), domain[0]
