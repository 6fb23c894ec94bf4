"""The whole way, in CPU seconds: Home Assistant to database, against the floor and against others.

A loaded home sends the same events to each contestant (compressed, for the feed `entities`), as
fast as it reads, single or 250 to a frame; the database takes and counts. The contestants take
turns, and the best of their runs counts, since whatever else the machine does only adds.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import (
    ROOT,
    Helper,
    cpu_seconds,
    line_of,
    open_daemon,
    open_home,
    open_sink,
    running,
    wait_quiet,
    wait_until,
)

RIVALS = ROOT / "benchmarks" / "rivals"
RIVALS_PYTHON = ROOT / ".venv-rivals" / "bin" / "python"
PER_FRAME = {"coalesced": 250, "single": 1}
OURS, COMPRESSED, FLOOR = "trio-ingest", "trio-ingest, feed entities", "floor"
FEEDS = {OURS: "events", COMPRESSED: "entities"}
OTHERS = {
    "aiohttp": "with_aiohttp.py",
    "websockets": "with_websockets.py",
    "hass-client": "with_hass_client.py",
}
KNOWS_SINGLE_FRAMES_ONLY = {"hass-client"}


def measure(*, quick: bool) -> Sequence[Figure]:
    events, rounds = (10_000, 1) if quick else (50_000, 3)
    others = [*OTHERS][:1] if quick else [*OTHERS]
    names = [*FEEDS, FLOOR, *(others if RIVALS_PYTHON.exists() else ())]
    best: dict[tuple[str, str], float] = {}
    with open_home(200, events) as home:
        for _ in range(rounds):
            for frames in PER_FRAME:
                for name in names:
                    if frames == "coalesced" and name in KNOWS_SINGLE_FRAMES_ONLY:
                        continue
                    seconds = run(name, frames, home, events) / events * 100_000
                    best[name, frames] = min(seconds, best.get((name, frames), seconds))
    return figures_of(best)


def figures_of(best: dict[tuple[str, str], float]) -> Sequence[Figure]:
    found = [
        Figure(name=f"{name}, {frames} frames: CPU s/100,000 events", value=seconds, unit="s")
        for (name, frames), seconds in sorted(best.items(), key=lambda each: each[0][1])
    ]
    for frames, goal in (("coalesced", 0.80), ("single", 0.70)):
        ratio = best[FLOOR, frames] / best[OURS, frames]
        name = f"share of the floor, {frames} frames"
        found.append(Figure(name=name, value=ratio, goal=goal, is_ratio=True))
    for other in OTHERS:
        for theirs, ours, goal in (
            ("single", "coalesced", 6.0),
            ("coalesced", "coalesced", 4.0),
            ("single", "single", 1.3),
        ):
            if (other, theirs) in best:
                ratio = best[other, theirs] / best[OURS, ours]
                name = f"times cheaper than {other} ({theirs}), ours {ours}"
                found.append(Figure(name=name, value=ratio, goal=goal, is_ratio=True))
    return found


def run(name: str, frames: str, home: Helper, events: int) -> float:
    """Return the CPU seconds that *events* cost one contestant."""
    with open_sink() as sink:
        if name in FEEDS:
            return run_daemon(home, sink, PER_FRAME[frames], events, FEEDS[name])
        script, python = (
            (RIVALS / "floor.py", {})
            if name == FLOOR
            else (RIVALS / OTHERS[name], {"python": str(RIVALS_PYTHON)})
        )
        arguments = [str(script), str(home.port), str(sink.port), frames, str(events)]
        with running(*arguments, **python) as process:
            line_of(process)
            before = cpu_seconds(process.pid)
            home.ask(f"send {PER_FRAME[frames]} {events} 0")
            line_of(process)
            return cpu_seconds(process.pid) - before


def run_daemon(
    home: Helper,
    sink: Helper,
    per_frame: int,
    events: int,
    feed: str,
) -> float:
    with (
        tempfile.TemporaryDirectory() as directory,
        open_daemon(home.port, sink.port, Path(directory), feed=feed) as daemon,
    ):
        wait_until(lambda: home.ask("clients") == "1")
        at_first = int(wait_quiet(lambda: sink.ask("lines")))
        before = cpu_seconds(daemon.pid)
        home.ask(f"send {per_frame} {events} 0")
        wait_until(lambda: int(sink.ask("lines")) >= at_first + events)
        return cpu_seconds(daemon.pid) - before
