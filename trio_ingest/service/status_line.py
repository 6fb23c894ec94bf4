"""Says in one line how things stand, for `systemctl status`: a pure function of two snapshots."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trio_ingest.admin.snapshot import SinkSnapshot, Snapshot
from trio_ingest.home_assistant.connector import ConnectorStatistics
from trio_ingest.spool.spool import SpoolStatistics
from trio_ingest.words import count

if TYPE_CHECKING:  # who is no relay does not import one
    from trio_ingest.relay.relay import RelayStatistics

LONGEST_REASON = 120
REFUSED = "the new configuration is not valid, the old one goes on (see the log)"


def status_line(now: Snapshot, before: Snapshot) -> str:
    """Return the state of each home and each sink; rates are over the time between the two."""
    seconds = now.uptime_seconds - before.uptime_seconds
    known = {name: home.connector for name, home in before.homes.items()}
    homes = [
        f"{name}: {_home(home.connector, known.get(name), seconds)}"
        for name, home in now.homes.items()
    ]
    relays = [
        f"{name}: {', '.join([_relay(relay), *_troubles(now.sinks[name])])}"
        for name, relay in now.relays.items()
    ]
    lanes = [
        f"{name}: {', '.join([*_backlog(sink.spool), *_troubles(sink)])}"
        for name, sink in now.sinks.items()
        if name not in now.relays
    ]
    unopened = [
        f"{name}: someone has to look: cannot be opened: {_short(why)}"
        for name, why in now.unopened.items()
    ]
    publishers = [
        f"{name}: {_short(trouble)}"
        for name, publisher in now.publishers.items()
        if (trouble := publisher.statistics.last_trouble)
    ]
    return " · ".join([*homes, *relays, *lanes, *unopened, *publishers])


def _home(home: ConnectorStatistics, before: ConnectorStatistics | None, seconds: float) -> str:
    if home.state != "connected":
        return f"not connected: {_short(home.last_trouble)}" if home.last_trouble else "connecting"
    if before is None or seconds <= 0:
        return "connected"
    return f"connected, {max(0, home.received - before.received) / seconds:.1f} ev/s"


def _relay(relay: "RelayStatistics") -> str:
    if relay.trouble is not None:
        who = "someone has to look: " if relay.needs_operator else ""
        return f"{who}stream {relay.stream}: {_short(relay.trouble)}"
    hand = relay.hand
    return f"{count(hand.messages, 'message')} in hand, {hand.pending} in stream {relay.stream}"


def _backlog(spool: SpoolStatistics) -> Iterator[str]:
    if spool.batches:
        yield f"{count(spool.batches, 'batch')} behind"
    elif not spool.write_problem:
        yield "up to date"
    if spool.open_gaps:
        yield f"{count(spool.open_gaps, 'gap')} to repair"


def _troubles(sink: SinkSnapshot) -> Iterator[str]:
    if problem := sink.spool.write_problem:
        yield f"someone has to look: nothing is taken in: {_short(problem)}"
    if problem := sink.writer.last_problem:
        who = "someone has to look: " if sink.writer.needs_operator else ""
        yield who + _short(problem)


def _short(reason: str) -> str:
    return reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}…"
