"""Whether the daemon does what it is there for now, and if not, why. Not: whether to restart it."""

from collections.abc import Mapping, Sequence

from trio_ingest.admin.snapshot import Snapshot

# A commit takes milliseconds. systemd's watchdog is more patient, since it kills.
WEDGED_SECONDS = 10.0


def reasons_not_ready(snapshot: Snapshot, dropped_lately: Mapping[str, int]) -> Sequence[str]:
    """Return what stands in the way, a sentence each; nothing when all is well.

    A restart helps against none of it, and what is in memory would be lost by one.
    """
    return [
        *_homes(snapshot),
        *_sinks(snapshot, dropped_lately),
        *_stages(snapshot),
        *_reload(snapshot),
    ]


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
            what = "needs someone to look" if sink.writer.needs_operator else "does not deliver"
            reasons.append(f"sink {name} {what}: {sink.writer.last_problem}")
        if sink.spool.write_problem is not None:
            reasons.append(f"the spool of sink {name} cannot write: {sink.spool.write_problem}")
        if dropped := dropped_lately.get(name, 0):
            reasons.append(f"the spool of sink {name} is full: {dropped} points dropped just now")
    return reasons


def _stages(snapshot: Snapshot) -> list[str]:
    return [
        f"stage {name} has been at one piece of work for {seconds:.0f} s: a disk that does not "
        "answer, or a bug"
        for name, seconds in snapshot.at_work.items()
        if seconds >= WEDGED_SECONDS
    ]


def _reload(snapshot: Snapshot) -> list[str]:
    if snapshot.reloads.is_last_ok:
        return []
    return ["the last reload was refused, the configuration before it goes on; the log says why"]
