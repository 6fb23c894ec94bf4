"""The last minute, over reloads that take parts away or let them begin anew."""

from trio_ingest.admin.readiness import reasons_not_ready
from trio_ingest.admin.recent import Growth, Recent
from trio_ingest.admin.snapshot import Snapshot

EMPTY = Snapshot(time=0.0, uptime_seconds=0.0, version="0", homes={}, sinks={})


def test_a_total_that_begins_anew() -> None:
    """A counter that fell is one that began anew, and nothing grows backwards."""
    growth = Growth()
    growth.mark(0.0, 1000)
    growth.mark(5.0, 1010)

    assert growth.since(3) == 0
    growth.mark(10.0, 3)
    assert growth.since(8) == 5
    assert growth.per_second(15.0, 13) == 2.0


def test_what_has_gone_is_not_told_of() -> None:
    """A home and a sink that were there a moment ago are no trouble when they are there no more."""
    recent = Recent(lambda: EMPTY)
    recent._received["gone"] = Growth()
    recent._dropped["gone"] = Growth()

    assert recent.events_per_second(EMPTY) == {}
    assert recent.dropped(EMPTY) == {}


def test_what_cannot_be_opened_is_a_reason() -> None:
    """As long as a reload could not open something the daemon is not ready."""
    snapshot = Snapshot(
        time=0.0,
        uptime_seconds=0.0,
        version="0",
        homes={},
        sinks={},
        unopened={"spool late": "no permission"},
    )

    assert reasons_not_ready(snapshot, {}) == ["spool late cannot be opened: no permission"]
