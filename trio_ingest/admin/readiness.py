"""Whether the daemon does what it is there for now, and if not, why. Not: whether to restart it."""

from collections.abc import Mapping, Sequence

from trio_ingest.admin.snapshot import Snapshot


def reasons_not_ready(snapshot: Snapshot, dropped_lately: Mapping[str, int]) -> Sequence[str]:
    """Return what stands in the way, a sentence each; nothing when all is well.

    A restart helps against none of it, and what is in memory would be lost by one.
    """
    return [*_homes(snapshot), *_sinks(snapshot, dropped_lately), *_reload(snapshot)]


def _homes(snapshot: Snapshot) -> list[str]:
    return [
        f"home {name} is not connected: {home.connector.last_trouble or 'no session yet'}"
        for name, home in snapshot.homes.items()
        if home.connector.state != "connected"
    ]


def _sinks(snapshot: Snapshot, dropped_lately: Mapping[str, int]) -> list[str]:
    reasons = [f"{name} cannot be opened: {why}" for name, why in snapshot.unopened.items()]
    for name, sink in snapshot.sinks.items():
        if sink.writer.last_problem is not None:
            reasons.append(f"sink {name} does not deliver: {sink.writer.last_problem}")
        if dropped := dropped_lately.get(name, 0):
            reasons.append(f"the spool of sink {name} is full: {dropped} points dropped just now")
    return reasons


def _reload(snapshot: Snapshot) -> list[str]:
    if snapshot.reloads.is_last_ok:
        return []
    return ["the last reload was refused, the configuration before it goes on; the log says why"]
