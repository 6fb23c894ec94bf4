"""What a long outage of the database costs: memory, disk, and how fast all drains afterwards.

    python -m benchmarks.outage --rate 100 --minutes 30
    python -m benchmarks.outage --rate 5000 --minutes 10

In real time: a simulated home makes so many changes a second, each with its own instant; a database
that takes and counts goes away for so many minutes, and comes back. Before the drain is measured
the home is stopped, so that what drains is what had waited.
"""

import argparse
import json
import signal
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from attrs import asdict

from benchmarks.figures import Figure, show
from benchmarks.processes import (
    MIB,
    cpu_seconds,
    free_port,
    line_of,
    open_daemon,
    open_sink,
    resident_bytes,
    running,
    wait_until,
)

QUIET_SECONDS = 5.0
SECONDS_BETWEEN_LOOKS = 1.0


def spooled(spool: Path) -> tuple[int, int]:
    """Return the points that wait on disk, and the bytes of the file with all that is beside it."""
    with closing(sqlite3.connect(f"file:{spool}?mode=ro", uri=True)) as connection:
        (points,) = connection.execute("SELECT ifnull(sum(points), 0) FROM batch").fetchone()
    size = sum(each.stat().st_size for each in spool.parent.glob(f"{spool.name}*"))
    return points, size


def highest_memory(pid: int, seconds: float) -> int:
    """Return the most memory that was seen in so many seconds."""
    highest, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        highest = max(highest, resident_bytes(pid))
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return highest


def measure_one(
    rate: float, minutes: float, directory: Path, entities: int = 200, warm_seconds: float = 60.0
) -> tuple[Sequence[Figure], str]:
    """Return the figures of one outage, and the daemon's own account of all points."""
    home, port = free_port(), free_port()
    spool = directory / "state" / "spool" / "measured.db"
    options = ("--listen", f"127.0.0.1:{home}", "--rate", str(rate), "--entities", str(entities))
    with ExitStack() as stack:
        simulator = stack.enter_context(running("-m", "trio_ingest", "simulate", *options))
        line_of(simulator)
        daemon = stack.enter_context(open_daemon(home, port, directory))
        with open_sink(port) as sink:
            wait_until(lambda: int(sink.ask("lines")) > rate * 5)
            at_work = highest_memory(daemon.pid, warm_seconds)

        cpu = cpu_seconds(daemon.pid)
        in_outage = highest_memory(daemon.pid, minutes * 60)
        cpu = cpu_seconds(daemon.pid) - cpu
        simulator.send_signal(signal.SIGSTOP)
        time.sleep(QUIET_SECONDS)
        waiting, size = spooled(spool)

        with open_sink(port) as sink:
            wait_until(lambda: int(sink.ask("lines")) > 0, 0.002)
            first, began = int(sink.ask("lines")), time.monotonic()
            wait_until(lambda: int(sink.ask("lines")) >= waiting, 0.002)
            seconds = time.monotonic() - began
            after = resident_bytes(daemon.pid)
            simulator.send_signal(signal.SIGCONT)
            daemon.terminate()
            daemon.wait(60)
    log = (directory / "daemon.log").read_text().splitlines()
    account = next(line.partition("account of ")[2] for line in log if "account of" in line)
    row = f"{minutes:g} min of {rate:,.0f}/s"
    return [
        Figure(name=f"{row}: points that waited", value=waiting),
        Figure(name=f"{row}: that is, really", value=waiting / minutes / 60, unit="/s"),
        Figure(name=f"{row}: memory before, at that rate", value=at_work / MIB, unit="MiB"),
        Figure(
            name=f"{row}: memory grows by",
            value=max(0, in_outage - at_work) / MIB,
            unit="MiB",
            goal=8.0,
            less_is_better=True,
        ),
        Figure(name=f"{row}: memory after the drain", value=after / MIB, unit="MiB"),
        Figure(
            name=f"{row}: disk for an event",
            value=size / waiting,
            unit="B",
            goal=25.0,
            less_is_better=True,
        ),
        Figure(name=f"{row}: CPU for 100,000 events", value=cpu / waiting * 1e5, unit="s"),
        Figure(
            name=f"{row}: drained, lines",
            value=(waiting - first) / seconds,
            unit="/s",
            goal=200_000.0,
        ),
    ], account


def measure(*, quick: bool) -> Sequence[Figure]:
    figures: list[Figure] = []
    for rate, minutes in ((100.0, 30.0), (5000.0, 10.0)):
        with tempfile.TemporaryDirectory() as directory:
            figures += measure_one(rate, 0.5 if quick else minutes, Path(directory))[0]
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=100.0, help="changes a second")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long the database is down")
    parser.add_argument("--entities", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        figures, account = measure_one(
            arguments.rate, arguments.minutes, Path(directory), arguments.entities
        )
    if arguments.json:
        print(json.dumps({"figures": [asdict(each) for each in figures], "account": account}))
        return
    show("an outage", figures)
    print(account)


if __name__ == "__main__":
    main()
