"""What is said of a relay: in metrics, on the page, in readiness, in systemd's status."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.admin.snapshots import RELAYING, with_relay
from trio_ingest.admin.homeiq import health
from trio_ingest.admin.metrics import exposed, make_registry
from trio_ingest.admin.problems import Level
from trio_ingest.admin.readiness import reasons_not_ready
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import Snapshot
from trio_ingest.admin.verdict import verdict
from trio_ingest.service.status_line import status_line

AWAY = with_relay(trouble="nats://10.0.0.5: Connection refused")
MISSING = with_relay(trouble="there is no stream HA_LP", needs_operator=True)


def samples(snapshot: Snapshot) -> dict[str, float]:
    """Return what is scraped of relays, by name and by fate."""
    registry = make_registry(lambda: snapshot, Recent(lambda: snapshot))
    text, _ = exposed(registry, "")
    return {
        ".".join(
            [sample.name.removeprefix("trio_ingest_relay_"), *fates(sample.labels)]
        ): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if sample.name.startswith("trio_ingest_relay_")
    }


def fates(labels: dict[str, str]) -> list[str]:
    assert "influx" == labels["sink"]
    return [value for name, value in labels.items() if name != "sink"]


def test_metrics():
    """They say what was taken, what became of it, and what waits."""
    assert {
        "fetched_messages_total": 5,
        "redelivered_messages_total": 0,
        "messages_total.acknowledged": 3,
        "messages_total.unheard": 0,
        "messages_total.given_back": 0,
        "foreign_messages_total": 0,
        "held_messages": 2,
        "held_bytes": 0,
        "pending_messages": 7,
        "connected": 1,
        "needs_operator": 0,
    } == samples(RELAYING)
    assert 0 == samples(AWAY)["connected"]
    assert 1 == samples(MISSING)["needs_operator"]


def test_well():
    """A relay that gets messages is ready, though it follows no home."""
    assert [] == [*reasons_not_ready(RELAYING, {})]
    said = verdict(RELAYING, {}, {})
    assert (Level.GOOD, "Relaying.") == (said.level, said.title)
    assert "healthy" == health(RELAYING, Recent(lambda: RELAYING), [])["status"]
    line = "influx: 2 messages in hand, 7 in stream HA_LP"
    assert line == status_line(RELAYING, RELAYING)


@pytest.mark.parametrize(
    ("snapshot", "level"), [(AWAY, Level.NOTICE), (MISSING, Level.BAD)], ids=["away", "missing"]
)
def test_trouble(snapshot: Snapshot, level: Level):
    """One whose stream gives nothing is not, and says why."""
    trouble = snapshot.relays["influx"].trouble

    said = verdict(snapshot, {}, {})

    assert [f"stream HA_LP gives nothing for influx: {trouble}"] == [
        *reasons_not_ready(snapshot, {})
    ]
    assert (level, "Not relaying.") == (said.level, said.title)
    assert f"stream HA_LP: {trouble}" in status_line(snapshot, snapshot)
