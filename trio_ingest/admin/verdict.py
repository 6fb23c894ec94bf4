"""What a person wants to know in one second: is it recording, and if not, what is to be done."""

from collections.abc import Collection, Mapping, Sequence

from attrs import field, frozen

from trio_ingest.admin.problems import Level, Problem, problems_beside, problems_of_recording
from trio_ingest.admin.snapshot import SinkSnapshot, Snapshot
from trio_ingest.relay.relay import RelayStatistics

# What is on its way to a database that takes it is not called late.
LATE_SECONDS = 30.0


@frozen(kw_only=True)
class Verdict:
    """A title of a few words, a sentence or two, and the problems, each with what helps."""

    level: Level
    title: str
    text: str
    problems: Sequence[Problem] = field(default=())


def verdict(
    snapshot: Snapshot, per_second: Mapping[str, float], dropped_lately: Mapping[str, int]
) -> Verdict:
    """Say how things stand."""
    problems = [
        *problems_of_recording(snapshot, dropped_lately),
        *problems_beside(snapshot),
    ]
    level = max((each.level for each in problems), key=list(Level).index, default=Level.GOOD)
    text = f"{_rate(snapshot, per_second)}{_delivery(snapshot, dropped_lately)}"
    return Verdict(level=level, title=_title(snapshot), text=text, problems=problems)


def _title(snapshot: Snapshot) -> str:
    if snapshot.relays:
        return _title_of_relays(snapshot.relays.values())
    return _title_of_recording(snapshot)


def _title_of_recording(snapshot: Snapshot) -> str:
    connected = len(_connected(snapshot))
    if any(sink.spool.write_problem for sink in snapshot.sinks.values()):
        return "Recording is held up."
    if not snapshot.homes:
        return "Not recording."
    if connected == len(snapshot.homes):
        return "Recording."
    if connected:
        return "Recording, but not every home."
    if all(home.connector.sessions == 0 for home in snapshot.homes.values()):
        return "Not recording yet."
    return "Not recording."


def _title_of_relays(relays: Collection[RelayStatistics]) -> str:
    return "Relaying." if all(each.trouble is None for each in relays) else "Not relaying."


def _rate(snapshot: Snapshot, per_second: Mapping[str, float]) -> str:
    """Say how fast changes come: of a home that is away it is only known how fast they came."""
    rates = [per_second.get(name, 0.0) for name in _connected(snapshot)]
    return f"{sum(rates):,.1f} changes a second. " if rates else ""


def _connected(snapshot: Snapshot) -> Sequence[str]:
    homes = snapshot.homes.items()
    return [name for name, home in homes if home.connector.state == "connected"]


def _delivery(snapshot: Snapshot, dropped_lately: Mapping[str, int]) -> str:
    if any(sink.spool.write_problem for sink in snapshot.sinks.values()):
        return "What has come waits in memory for the disk."
    late = [sink for sink in snapshot.sinks.values() if _is_late(sink, snapshot.time)]
    if not late:
        return "Everything is delivered." if _connected(snapshot) else "What has come is delivered."
    waiting = f"{sum(sink.spool.points for sink in late):,} points wait on the disk"
    return f"{waiting}." if any(dropped_lately.values()) else f"{waiting}; nothing is lost."


def _is_late(sink: SinkSnapshot, now: float) -> bool:
    lag = lag_seconds(sink, now)
    return lag >= LATE_SECONDS or (lag > 0 and sink.writer.last_problem is not None)


def lag_seconds(sink: SinkSnapshot, now: float) -> float:
    """Return how long ago the oldest point happened that the sink does not have; 0: none."""
    oldest = sink.spool.oldest
    return 0.0 if oldest is None else max(0.0, now - oldest / 1e6)
