"""What is wrong at the moment: a sentence that names it, and what helps.

/readyz gives the sentences, the status page the advice as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from attrs import frozen

from trio_ingest.admin.snapshot import HomeSnapshot, PublisherSnapshot, SinkSnapshot, Snapshot
from trio_ingest.relay.relay import RelayStatistics

# A commit takes milliseconds. systemd's watchdog is more patient, since it kills.
WEDGED_SECONDS = 10.0


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


def problems_of_recording(
    snapshot: Snapshot, dropped_lately: Mapping[str, int]
) -> Sequence[Problem]:
    """Return what stands in the way of what the daemon is there for."""
    homes, sinks = snapshot.homes.items(), snapshot.sinks.items()
    return [
        *_of_phase(snapshot),
        *(each for name, home in homes for each in _of_home(name, home)),
        *(each for name, relay in snapshot.relays.items() for each in _of_relay(name, relay)),
        *_of_openings(snapshot.unopened),
        *(each for name, sink in sinks for each in _of_sink(name, sink, dropped_lately)),
        *_of_stages(snapshot.at_work),
        *_of_reloads(snapshot),
    ]


def problems_beside(snapshot: Snapshot) -> Sequence[Problem]:
    """Return what is wrong while recording goes on as if it were not."""
    return [p for name, each in snapshot.publishers.items() for p in _of_publisher(name, each)]


def _of_phase(snapshot: Snapshot) -> Iterator[Problem]:
    if not snapshot.homes and not snapshot.relays:
        yield Problem(
            what="no home is followed: spools are still being opened, or it is stopping",
            advice="Wait. To open a large spool that was damaged takes a while.",
        )


def _of_home(name: str, home: HomeSnapshot) -> Iterator[Problem]:
    if home.connector.state == "connected":
        return
    trouble = home.connector.last_trouble
    yield Problem(
        what=f"home {name} is not connected: {trouble or 'no session yet'}",
        advice="It is tried again for as long as it takes, and what happens meanwhile is fetched "
        "afterwards. Is Home Assistant running, and are its address and token right?",
        level=Level.BAD if trouble else Level.NOTICE,
    )


def _of_relay(name: str, relay: RelayStatistics) -> Iterator[Problem]:
    if relay.trouble is None:
        return
    yield Problem(
        what=f"stream {relay.stream} gives nothing for {name}: {relay.trouble}",
        advice="Waiting alone will not help: trio-ingest nats setup --check says what is missing. "
        "What is in the stream stays there."
        if relay.needs_operator
        else "It is tried again until it works. What is in the stream stays there.",
        level=Level.BAD if relay.needs_operator else Level.NOTICE,
    )


def _of_openings(unopened: Mapping[str, str]) -> Iterator[Problem]:
    for name, why in unopened.items():
        yield Problem(
            what=f"{name} cannot be opened: {why}",
            advice="All else goes on. Mend it, or take it out and reload; it is tried again.",
            level=Level.BAD,
        )


def _of_sink(name: str, sink: SinkSnapshot, dropped_lately: Mapping[str, int]) -> Iterator[Problem]:
    needs_operator = sink.writer.needs_operator
    if sink.writer.last_problem is not None:
        what = "needs someone to look" if needs_operator else "does not deliver"
        yield Problem(
            what=f"sink {name} {what}: {sink.writer.last_problem}",
            advice="Waiting alone will not help. Until then everything is kept on the disk."
            if needs_operator
            else "It is tried again until it works, and everything is kept on the disk.",
            level=Level.BAD if needs_operator else Level.NOTICE,
        )
    if sink.spool.write_problem is not None:
        yield Problem(
            what=f"the spool of sink {name} cannot write: {sink.spool.write_problem}",
            advice="Make room on the disk, or mend it. Nothing new is taken in until it works.",
            level=Level.BAD,
        )
    if dropped := dropped_lately.get(name, 0):
        yield Problem(
            what=f"the spool of sink {name} is full: {dropped} points dropped just now",
            advice="Help the database to catch up, or raise spool.max_size. What was dropped is "
            "fetched again when there is room, while Home Assistant has it.",
            level=Level.BAD,
        )


def _of_stages(at_work: Mapping[str, float]) -> Iterator[Problem]:
    for name, seconds in at_work.items():
        if seconds >= WEDGED_SECONDS:
            yield Problem(
                what=f"stage {name} has been at one piece of work for {seconds:.0f} s: a disk that "
                "does not answer, or a bug",
                advice="Look at the disk. If it is well, this is a bug: restart trio-ingest, "
                "and report it.",
                level=Level.BAD,
            )


def _of_reloads(snapshot: Snapshot) -> Iterator[Problem]:
    if not snapshot.reloads.is_last_ok:
        yield Problem(
            what="the last reload was refused, the configuration before it goes on; the log says "
            "why",
            advice="trio-ingest check-config says what is wrong with the file. Mend it, and "
            "reload again.",
        )


def _of_publisher(name: str, publisher: PublisherSnapshot) -> Iterator[Problem]:
    if (trouble := publisher.statistics.last_trouble) is not None:
        yield Problem(
            what=f"publisher {name} cannot tell what it has to: {trouble}",
            advice="It is tried again for as long as it takes. Recording goes on.",
        )
