"""The answers that the neighbours of the service before this one read, with true values.

`/health` and `/health/detailed` are the same: the dashboards ask the first for keys that the old
service only had in the second.
"""

import os
import resource
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import Snapshot
from trio_ingest.model.instant import to_datetime

SERVICE = "websocket-ingestion"
"""The readers know us by this name."""


def health(snapshot: Snapshot, recent: Recent, reasons: Sequence[str]) -> dict[str, Any]:
    """Return `/health` and `/health/detailed`."""
    homes = snapshot.homes.values()
    is_connected = _all_connected(snapshot)
    is_of_use = any(home.connector.state == "connected" for home in homes) or any(
        relay.trouble is None for relay in snapshot.relays.values()
    )
    last_trouble = next(
        (home.connector.last_trouble for home in homes if home.connector.last_trouble), None
    )
    per_second = sum(recent.events_per_second(snapshot).values())
    failures = sum(home.connector.failures for home in homes)
    return {
        "status": ("degraded" if reasons else "healthy") if is_of_use else "unhealthy",
        "service": SERVICE,
        "implementation": "trio-ingest",
        "version": snapshot.version,
        "git_sha": os.environ.get("TRIO_INGEST_GIT_SHA", ""),
        "build_time": os.environ.get("TRIO_INGEST_BUILD_TIME", ""),
        "uptime": str(timedelta(seconds=snapshot.uptime_seconds)),
        "uptime_seconds": int(snapshot.uptime_seconds),
        "timestamp": _iso(snapshot.time),
        "reason": "; ".join(reasons),
        "error": last_trouble,
        "connected": is_connected,
        "ha_connected": is_connected,
        "events_per_hour": round(per_second * 3600, 1),
        "event_rate_per_minute": round(per_second * 60, 2),
        "connection": _connection(snapshot, is_connected, last_trouble),
        "subscription": _subscription(snapshot, is_connected, per_second),
        "circuit_breaker": {
            "state": "closed" if is_connected else "open",
            "failure_count": failures,
        },
        "performance": _performance(snapshot),
    }


def event_rate(snapshot: Snapshot, recent: Recent) -> dict[str, Any]:
    """Return `/api/v1/event-rate`: of the last minute, since that is what its readers show."""
    per_second = sum(recent.events_per_second(snapshot).values())
    subscription = _subscription(snapshot, _all_connected(snapshot), per_second)
    return {
        "service": SERVICE,
        "events_per_second": round(per_second, 3),
        "events_per_hour": round(per_second * 3600, 1),
        "total_events_processed": subscription["total_events_received"],
        "uptime_seconds": snapshot.uptime_seconds,
        "timestamp": _iso(snapshot.time),
        "processing_stats": _processing(snapshot, per_second),
        "connection_stats": {
            "is_connected": _all_connected(snapshot),
            **{
                key: subscription[key]
                for key in (
                    "is_subscribed",
                    "total_events_received",
                    "events_by_type",
                    "last_event_time",
                )
            },
        },
    }


def filter_stats(snapshot: Snapshot) -> dict[str, Any]:
    """Return `/api/v1/filter/stats`, of all sinks together."""
    sinks = snapshot.sinks.values()
    included, excluded = sum(s.included_by for s in sinks), sum(s.excluded_by for s in sinks)
    if not included + excluded:
        return {"enabled": False, "statistics": None, "message": "Everything is recorded"}
    filtered = sum(sink.account.filtered for sink in sinks)
    total = sum(sink.account.received for sink in sinks)
    statistics = {
        "filtered_count": filtered,
        "passed_count": total - filtered,
        "exception_count": 0,
        "total_processed": total,
        "filter_rate": filtered / total if total else 0.0,
        "uptime_seconds": snapshot.uptime_seconds,
        "mode": "include" if included else "exclude",
        "patterns_count": included + excluded,
        "exceptions_count": excluded if included else 0,
    }
    return {"enabled": True, "statistics": statistics, "message": None}


def discovery(snapshot: Snapshot, error: str | None) -> dict[str, Any]:
    """Return the answer to `/api/v1/discovery/trigger`, with what the registries list now."""
    homes = snapshot.homes.values()
    return {
        "success": error is None,
        "devices_discovered": None if error else sum(home.devices for home in homes),
        "entities_discovered": None if error else sum(home.entities for home in homes),
        "timestamp": _iso(snapshot.time),
        "error": error,
    }


def _all_connected(snapshot: Snapshot) -> bool:
    homes = snapshot.homes.values()
    return bool(homes) and all(home.connector.state == "connected" for home in homes)


def _connection(snapshot: Snapshot, is_connected: bool, last_trouble: str | None) -> dict[str, Any]:
    connectors = [home.connector for home in snapshot.homes.values()]
    attempts = sum(connector.attempts for connector in connectors)
    sessions = sum(connector.sessions for connector in connectors)
    return {
        "is_running": is_connected,
        "current_state": "connected" if is_connected else "reconnecting",
        "connection_attempts": attempts,
        "successful_connections": sessions,
        "failed_connections": attempts - sessions,
        "last_successful": _last_event(snapshot),
        "last_error": last_trouble,
    }


def _subscription(snapshot: Snapshot, is_connected: bool, per_second: float) -> dict[str, Any]:
    homes = snapshot.homes.values()
    by_type: Counter[str] = Counter()
    for home in homes:
        by_type.update(home.connector.received_by_type)
    fetched = sum(home.repairs.changes_fetched for home in homes)
    connected = [home for home in homes if home.connector.state == "connected"]
    return {
        "is_subscribed": is_connected,
        "active_subscriptions": len(connected),
        "total_events_received": by_type.total(),
        "session_events_received": by_type.total() - fetched,
        "historical_events_received": fetched,
        "events_by_type": dict(by_type),
        "last_event_time": _last_event(snapshot),
        "last_event": _last_event(snapshot),
        "event_rate_per_minute": round(per_second * 60, 2),
    }


def _processing(snapshot: Snapshot, per_second: float) -> dict[str, Any]:
    accounts = [sink.account for sink in snapshot.sinks.values()]
    written = sum(account.written for account in accounts)
    failed = sum(
        account.failed + account.quarantined + sum(account.dropped.values()) for account in accounts
    )
    successes = [sink.last_success for sink in snapshot.sinks.values() if sink.last_success]
    return {
        "state": "running",
        "is_running": True,
        "max_workers": len(accounts),
        "active_workers": len(accounts),
        "processing_rate_limit": None,
        "processed_events": written,
        "failed_events": failed,
        "success_rate": 100.0 * written / (written + failed) if written + failed else 100.0,
        "processing_rate_per_second": round(per_second, 3),
        "average_processing_time_ms": None,
        "queue_size": sum(account.in_flight for account in accounts),
        "queue_maxsize": None,
        "uptime_seconds": snapshot.uptime_seconds,
        "last_processing_time": _iso(max(successes)) if successes else None,
        "event_handlers_count": len(accounts),
    }


def _performance(snapshot: Snapshot) -> dict[str, float]:
    return {
        "memory_mb": round(_resident_bytes() / 2**20, 1),
        "cpu_percent": round(100 * time.process_time() / max(1.0, snapshot.uptime_seconds), 2),
    }


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - no disk
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # no Linux: the most that it ever was
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _last_event(snapshot: Snapshot) -> str | None:
    times = [home.connector.last_change for home in snapshot.homes.values()]
    newest = max((time for time in times if time is not None), default=None)
    return None if newest is None else to_datetime(newest).isoformat()


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
