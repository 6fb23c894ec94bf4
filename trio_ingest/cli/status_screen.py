"""How `trio-ingest status` looks. Nothing is asked here, so it can be drawn for any answer."""

from collections.abc import Iterator, Mapping

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from trio_ingest.cli.stats import Sink, Stats
from trio_ingest.words import count, show_size

STYLES = {"good": "bold green", "notice": "bold yellow", "bad": "bold red"}

FATES: Mapping[str, str] = {
    "filtered": "left out by include and exclude",
    "deduplicated": "known already",
    "restart_noise": "restored by a starting Home Assistant",
    "unwritten": "the schema has no point for it",
    "failed": "could not be encoded, a bug",
    "quarantined": "refused, in the quarantine",
}


def screen(stats: Stats, address: str) -> RenderableType:
    """Return the whole picture."""
    return Group(*parts(stats, address))


def parts(stats: Stats, address: str) -> Iterator[RenderableType]:
    """Yield the verdict first, then what it is made from."""
    verdict = stats.verdict
    yield Text(verdict.title, STYLES.get(verdict.level, "bold")).append(f" {verdict.text}", "none")
    for problem in verdict.problems:
        yield Text(f"! {problem.what}", STYLES.get(problem.level, ""))
        yield Text(f"  → {problem.advice}")
    yield relays(stats) if stats.relays else homes(stats)
    yield sinks(stats)
    for line in missing(stats):
        yield Text(line)
    up = lasting(stats.uptime_seconds)
    yield Text(f"trio-ingest {stats.version} at {address}, up {up}", "dim")


def homes(stats: Stats) -> Table:
    """Return a row a Home Assistant."""
    table = make_table("home", "", right=("changes/s", "last change", "entities"))
    for name, home in stats.homes.items():
        connector = home.connector
        last = connector.last_change
        table.add_row(
            name,
            f"{connector.state}, {connector.ha_version or 'version not known'}",
            f"{stats.events_per_second.get(name, 0.0):,.1f}",
            "none yet" if last is None else f"{lasting(stats.time - last / 1e6)} ago",
            f"{home.entities:,}",
        )
    return table


def relays(stats: Stats) -> Table:
    """Return a row a relay."""
    table = make_table("sink", "stream", right=("in the stream", "in hand", "messages taken"))
    for name, relay in stats.relays.items():
        hand = relay.hand
        numbers = (hand.pending, hand.messages, hand.taken_messages)
        table.add_row(name, relay.stream, *(f"{number:,}" for number in numbers))
    return table


def sinks(stats: Stats) -> Table:
    """Return a row a sink."""
    table = make_table("sink", right=("behind", "points waiting", "spool", "points written"))
    for name, sink in stats.sinks.items():
        size, most = show_size(sink.spool.size_bytes), show_size(sink.spool_max_bytes)
        table.add_row(
            name,
            lasting(behind(sink, stats.time)),
            f"{sink.spool.points:,}",
            f"{size} of {most}",
            f"{sink.account.written:,}",
        )
    return table


def missing(stats: Stats) -> Iterator[str]:
    """Say what was not written and why, and of which time something may be missing."""
    for name, sink in stats.sinks.items():
        account = sink.account
        for fate, words in FATES.items():
            if number := getattr(account, fate):
                yield f"{name}: {count(number, 'point')} not written: {words}"
        for reason, number in account.dropped.items():
            yield f"{name}: {count(number, 'point')} dropped: {reason}"
    for gap in stats.gaps:
        yield (
            f"{gap.sink}: {count(gap.count, 'open gap')} of {gap.home}, {lasting(gap.seconds)} in "
            f"all: {gap.reason}"
        )


def behind(sink: Sink, now: float) -> float:
    """Return how long ago the oldest point happened that the sink does not have."""
    oldest = sink.spool.oldest
    return 0.0 if oldest is None else max(0.0, now - oldest / 1e6)


def lasting(seconds: float) -> str:
    """Return a duration to the unit that people care about."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def make_table(*left: str, right: tuple[str, ...]) -> Table:
    """Return an empty table with such columns."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in left:
        table.add_column(name, overflow="fold")
    for name in right:
        table.add_column(name, justify="right")
    return table
