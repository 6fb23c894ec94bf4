"""How things stand, in one line."""

from typing import Any

from attrs import evolve

from tests.admin.snapshots import CONNECTOR, WELL, with_connector, with_publisher, with_sink
from trio_ingest.admin.snapshot import Snapshot
from trio_ingest.delivery.writer import WriterStatistics
from trio_ingest.service.status_line import status_line
from trio_ingest.spool.spool import SpoolStatistics

AWAY: dict[str, Any] = {"state": "waiting", "last_trouble": "no connection to ha:8123"}


def later(snapshot: Snapshot) -> Snapshot:
    """Return *snapshot*, taken ten seconds after WELL."""
    return evolve(snapshot, uptime_seconds=WELL.uptime_seconds + 10)


def test_a_calm_day() -> None:
    """The rate is over the time between two snapshots."""
    now = later(with_connector(received=CONNECTOR.received + 112))

    assert status_line(now, WELL) == "home: connected, 11.2 ev/s · influx: up to date"


def test_at_first_there_is_no_rate() -> None:
    """One snapshot alone knows of no rate."""
    assert status_line(WELL, WELL) == "home: connected · influx: up to date"


def test_an_outage_of_home_assistant() -> None:
    """The reason is said, and what is missing once it is known."""
    away, gap = with_connector(**AWAY), with_sink(spool=SpoolStatistics(open_gaps=1))

    assert status_line(evolve(gap, homes=away.homes), WELL) == (
        "home: not connected: no connection to ha:8123 · influx: up to date, 1 gap to repair"
    )


def test_before_the_first_try() -> None:
    """Without any trouble yet, a home that is not there is being connected to."""
    now = with_connector(state="waiting", last_trouble=None)

    assert status_line(now, now).startswith("home: connecting · ")


def test_an_outage_of_the_database() -> None:
    """What waits on the disk is said in batches, with the reason."""
    now = with_sink(spool=SpoolStatistics(batches=3), writer=WriterStatistics(last_problem="503"))

    assert status_line(now, now).endswith("influx: 3 batches behind, 503")


def test_what_needs_an_operator() -> None:
    """What does not pass by itself is marked, and a long reason is cut."""
    writer = WriterStatistics(last_problem="token " * 100, needs_operator=True)
    line = status_line(with_sink(spool=SpoolStatistics(batches=1), writer=writer), WELL)

    assert "influx: 1 batch behind, someone has to look: token token" in line
    assert line.endswith("…")
    assert len(line) < 250


def test_a_full_disk() -> None:
    """While the disk takes nothing no sink is called up to date, and someone has to look."""
    now = with_sink(spool=SpoolStatistics(write_problem="disk full"))

    assert "influx: someone has to look: nothing is taken in: disk full" in status_line(now, WELL)
    assert "up to date" not in status_line(now, WELL)


def test_a_publisher() -> None:
    """Who else is told something is named only while that fails."""
    assert "data_api" not in status_line(with_publisher(), WELL)
    assert status_line(with_publisher(last_trouble="refused"), WELL).endswith("data_api: refused")
