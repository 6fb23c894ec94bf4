"""How things stand, in one line."""

from attrs import evolve

from trio_ingest.delivery.writer import WriterStatistics
from trio_ingest.home_assistant.connector import ConnectorStatistics
from trio_ingest.service.status_line import Snapshot, status_line
from trio_ingest.spool.spool import SpoolStatistics

CONNECTED = ConnectorStatistics(
    state="connected",
    sessions=1,
    attempts=1,
    failures=0,
    received=100,
    received_by_type={"state_changed": 100},
    unreadable=0,
    unserialized=0,
    last_change=None,
    ha_version="2026.11.0",
    last_trouble=None,
)
AWAY = evolve(CONNECTED, state="waiting", last_trouble="no connection to ha:8123")


def snapshot(
    time: float = 0.0,
    home: ConnectorStatistics = CONNECTED,
    spool: SpoolStatistics | None = None,
    writer: WriterStatistics | None = None,
) -> Snapshot:
    lane = (spool or SpoolStatistics(), writer or WriterStatistics())
    return Snapshot(time=time, homes={"home": home}, lanes={"influx": lane})


def test_a_calm_day() -> None:
    """The rate is over the time between two snapshots."""
    before, now = snapshot(), snapshot(10.0, evolve(CONNECTED, received=212))

    assert status_line(now, before) == "home: connected, 11.2 ev/s · influx: up to date"


def test_at_first_there_is_no_rate() -> None:
    """One snapshot alone knows of no rate."""
    assert status_line(snapshot(), snapshot()) == "home: connected · influx: up to date"


def test_an_outage_of_home_assistant() -> None:
    """The reason is said, and what is missing once it is known."""
    now = snapshot(home=AWAY, spool=SpoolStatistics(open_gaps=1))

    assert status_line(now, snapshot()) == (
        "home: not connected: no connection to ha:8123 · influx: up to date, 1 gap to repair"
    )


def test_before_the_first_try() -> None:
    """Without any trouble yet, a home that is not there is being connected to."""
    now = snapshot(home=evolve(AWAY, last_trouble=None))

    assert status_line(now, now).startswith("home: connecting · ")


def test_an_outage_of_the_database() -> None:
    """What waits on the disk is said in batches, with the reason."""
    now = snapshot(spool=SpoolStatistics(batches=3), writer=WriterStatistics(last_problem="503"))

    assert status_line(now, now).endswith("influx: 3 batches behind, 503")


def test_what_needs_an_operator() -> None:
    """What does not pass by itself is marked, and a long reason is cut."""
    writer = WriterStatistics(last_problem="token " * 100, needs_operator=True)
    line = status_line(snapshot(spool=SpoolStatistics(batches=1), writer=writer), snapshot())

    assert "influx: 1 batch behind, someone has to look: token token" in line
    assert line.endswith("…")
    assert len(line) < 250
