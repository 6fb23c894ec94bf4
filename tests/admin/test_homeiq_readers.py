"""What the neighbours of the old service read in its answers is there, key by key."""

from pathlib import Path
from typing import Any

from attrs import evolve

from tests.admin.running import ENTITIES, wait_written, watched
from tests.admin.snapshots import WELL
from trio_ingest.admin.homeiq import health
from trio_ingest.admin.recent import Recent

HEALTH = """
status service version uptime uptime_seconds timestamp error connected ha_connected events_per_hour
event_rate_per_minute connection.is_running connection.connection_attempts
connection.successful_connections connection.failed_connections connection.last_successful
connection.last_error subscription.is_subscribed subscription.total_events_received
subscription.event_rate_per_minute subscription.last_event_time subscription.last_event
circuit_breaker.state circuit_breaker.failure_count performance.memory_mb performance.cpu_percent
"""


def reads(answer: Any, path: str) -> bool:
    for key in path.split("."):
        if key not in answer:
            return False
        answer = answer[key]
    return True


async def test_the_keys_are_there_and_true(tmp_path: Path) -> None:
    """Both health answers have every key that is read, with the figures of what was received."""
    async with watched(tmp_path) as admin:
        await wait_written(admin)

        for path in ("/health", "/health/detailed"):
            answer = await admin.json(path)
            assert [] == [key for key in HEALTH.split() if not reads(answer, key)]
            assert "healthy" == answer["status"]
            assert 1 == answer["connection"]["successful_connections"]
            assert ENTITIES == answer["subscription"]["total_events_received"]
        rate = await admin.json("/api/v1/event-rate")
        assert ENTITIES == rate["total_events_processed"]
        assert rate["events_per_second"] >= 0
        stats = await admin.json("/api/v1/filter/stats")
        assert {"enabled", "statistics", "message"} == set(stats)


def test_nobody_is_connected_while_no_home_is_followed() -> None:
    """While the spools are being opened, and while it stops, it is not called connected."""
    answer = health(evolve(WELL, homes={}), Recent(lambda: WELL), ["no home is followed"])

    assert "unhealthy" == answer["status"]
    assert not answer["ha_connected"]
    assert "reconnecting" == answer["connection"]["current_state"]
