"""What a person wants to know in one second: is it recording, and if not, what is to be done."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from attrs import field, frozen

from trio_ingest.admin.readiness import WEDGED_SECONDS
from trio_ingest.admin.snapshot import HomeSnapshot, SinkSnapshot, Snapshot

# What is on its way to a database that takes it is not called late.
LATE_SECONDS = 30.0


class Level(StrEnum):
    """How it looks: nothing to do, keep an eye on it, or do something."""

    GOOD = "good"
    NOTICE = "notice"
    BAD = "bad"


@frozen(kw_only=True)
class Problem:
    """One thing that is wrong, and what helps."""

    what: str
    advice: str
    level: Level = Level.NOTICE


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
        *(each for name, home in snapshot.homes.items() for each in _of_home(name, home)),
        *(
            each
            for name, sink in snapshot.sinks.items()
            for each in _of_sink(name, sink, dropped_lately.get(name, 0))
        ),
        *_of_daemon(snapshot),
    ]
    level = max((each.level for each in problems), key=list(Level).index, default=Level.GOOD)
    text = f"{_rate(snapshot, per_second)}{_delivery(snapshot, dropped_lately)}"
    return Verdict(level=level, title=_title(snapshot), text=text, problems=problems)


def _title(snapshot: Snapshot) -> str:
    connected = len(_connected(snapshot))
    if any(sink.spool.write_problem for sink in snapshot.sinks.values()):
        return "Recording is held up."
    if connected == len(snapshot.homes):
        return "Recording."
    if connected:
        return "Recording, but not every home."
    if all(home.connector.sessions == 0 for home in snapshot.homes.values()):
        return "Not recording yet."
    return "Not recording."


def _rate(snapshot: Snapshot, per_second: Mapping[str, float]) -> str:
    """Say how fast changes come: of a home that is away it is only known how fast they came."""
    rates = [per_second.get(name, 0.0) for name in _connected(snapshot)]
    return f"{sum(rates):,.1f} changes a second. " if rates else ""


def _connected(snapshot: Snapshot) -> Sequence[str]:
    homes = snapshot.homes.items()
    return [name for name, home in homes if home.connector.state == "connected"]


def _delivery(snapshot: Snapshot, dropped_lately: Mapping[str, int]) -> str:
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


def _of_home(name: str, home: HomeSnapshot) -> Iterator[Problem]:
    if home.connector.state == "connected":
        return
    trouble = home.connector.last_trouble
    yield Problem(
        what=f"{name} is not connected: {trouble or 'no session yet'}",
        advice="It is tried again for as long as it takes, and what happens meanwhile is fetched "
        "afterwards. Is Home Assistant running, and are its address and token right?",
        level=Level.BAD if trouble else Level.NOTICE,
    )


def _of_sink(name: str, sink: SinkSnapshot, dropped_lately: int) -> Iterator[Problem]:
    if sink.spool.write_problem is not None:
        yield Problem(
            what=f"The spool of {name} cannot write: {sink.spool.write_problem}",
            advice="Make room on the disk, or mend it. Nothing new is taken in until it works.",
            level=Level.BAD,
        )
    if dropped_lately:
        yield Problem(
            what=f"The spool of {name} is full: {dropped_lately:,} points dropped in the last "
            "minute",
            advice="Help the database to catch up, or raise spool.max_size. What was dropped is "
            "fetched again when there is room, while Home Assistant has it.",
            level=Level.BAD,
        )
    if sink.writer.last_problem is not None:
        needs_operator = sink.writer.needs_operator
        yield Problem(
            what=f"{name} does not take what it is sent: {sink.writer.last_problem}",
            advice="Someone has to look: waiting alone will not help. Until then everything is "
            "kept on the disk."
            if needs_operator
            else "It is tried again until it works, and everything is kept on the disk.",
            level=Level.BAD if needs_operator else Level.NOTICE,
        )


def _of_daemon(snapshot: Snapshot) -> Iterator[Problem]:
    for name, seconds in snapshot.at_work.items():
        if seconds >= WEDGED_SECONDS:
            yield Problem(
                what=f"{name} has been at one piece of work for {seconds:.0f} s",
                advice="Look at the disk. If it is well, this is a bug: restart trio-ingest, "
                "and report it.",
                level=Level.BAD,
            )
    for name, why in snapshot.unopened.items():
        yield Problem(
            what=f"{name} cannot be opened: {why}",
            advice="All else goes on. Mend it, or take it out and reload; it is tried again.",
            level=Level.BAD,
        )
    if not snapshot.reloads.is_last_ok:
        yield Problem(
            what="The last reload was refused, the configuration before it goes on",
            advice="trio-ingest check-config says what is wrong with the file. Mend it, and "
            "reload again.",
        )
