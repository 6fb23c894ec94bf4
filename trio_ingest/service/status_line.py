"""Says in one line how things stand, for `systemctl status`: a pure function of two snapshots."""

from collections.abc import Mapping

from attrs import field, frozen

from trio_ingest.delivery.writer import WriterStatistics
from trio_ingest.home_assistant.connector import ConnectorStatistics
from trio_ingest.river import River
from trio_ingest.spool.spool import SpoolStatistics

LONGEST_REASON = 120
REFUSED = "the new configuration is not valid, the old one goes on (see the log)"


@frozen(kw_only=True)
class Snapshot:
    """All of a river at the instant `time`, on Trio's clock."""

    time: float
    homes: Mapping[str, ConnectorStatistics]
    lanes: Mapping[str, tuple[SpoolStatistics, WriterStatistics]]
    unopened: Mapping[str, str] = field(factory=dict)


def look_at(river: River, time: float) -> Snapshot:
    """Return what *river* looks like now."""
    return Snapshot(
        time=time,
        homes={name: each.statistics() for name, each in river.connectors.items()},
        lanes={
            name: (lane.spool.statistics(), lane.writer.statistics())
            for name, lane in river.lanes.items()
        },
        unopened=dict(river.unopened),
    )


def status_line(now: Snapshot, before: Snapshot) -> str:
    """Return the state of each home and each sink; rates are over the time between the two."""
    seconds = now.time - before.time
    homes = [
        f"{name}: {_home(home, before.homes.get(name), seconds)}"
        for name, home in now.homes.items()
    ]
    lanes = [f"{name}: {_lane(*statistics)}" for name, statistics in now.lanes.items()]
    unopened = [
        f"{name}: someone has to look: cannot be opened: {_short(why)}"
        for name, why in now.unopened.items()
    ]
    return " · ".join([*homes, *lanes, *unopened])


def _home(home: ConnectorStatistics, before: ConnectorStatistics | None, seconds: float) -> str:
    if home.state != "connected":
        return f"not connected: {_short(home.last_trouble)}" if home.last_trouble else "connecting"
    if before is None or seconds <= 0:
        return "connected"
    return f"connected, {max(0, home.received - before.received) / seconds:.1f} ev/s"


def _lane(spool: SpoolStatistics, writer: WriterStatistics) -> str:
    behind = f"{_count(spool.batches, 'batch', 'batches')} behind" if spool.batches else ""
    parts = [behind or "up to date"]
    if spool.open_gaps:
        parts.append(f"{_count(spool.open_gaps, 'gap', 'gaps')} to repair")
    if writer.last_problem:
        who = "someone has to look: " if writer.needs_operator else ""
        parts.append(who + _short(writer.last_problem))
    return ", ".join(parts)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _short(reason: str) -> str:
    return reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}…"
