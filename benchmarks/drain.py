"""An outage of the database, in small batches as a quiet home makes them: disk, memory, drain."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.outage import spooled
from benchmarks.processes import (
    MIB,
    cpu_seconds,
    free_port,
    open_daemon,
    open_home,
    open_sink,
    resident_bytes,
    wait_quiet,
    wait_until,
)

PER_BATCH = 100  # a hundred changes a second, and a batch each second, twenty times as fast
LINGER = 'batch.linger = "50ms"'


def measure(*, quick: bool) -> Sequence[Figure]:
    events = 20_000 if quick else 100_000
    port = free_port()
    with (
        tempfile.TemporaryDirectory() as name,
        open_home(200, events) as home,
        open_daemon(home.port, port, Path(name), LINGER) as daemon,
    ):
        spool = Path(name) / "state" / "spool" / "measured.db"
        wait_until(lambda: home.ask("clients") == "1")
        time.sleep(2)
        at_rest = highest = resident_bytes(daemon.pid)
        for _ in range(10):
            home.ask(f"send 10 {events // 10} {PER_BATCH * 20}")
            highest = max(highest, resident_bytes(daemon.pid))
        wait_quiet(lambda: str(spooled(spool)), 3.0)  # until it is compacted, too
        waiting, size = spooled(spool)
        before = cpu_seconds(daemon.pid)
        with open_sink(port) as sink:
            wait_until(lambda: int(sink.ask("lines")) > 0, 0.002)
            first, began = int(sink.ask("lines")), time.monotonic()
            wait_until(lambda: int(sink.ask("lines")) >= waiting, 0.002)
            seconds = time.monotonic() - began
            requests = int(sink.ask("requests"))
        cpu = cpu_seconds(daemon.pid) - before
    return [
        Figure(name="points that waited", value=waiting),
        Figure(
            name="memory grows in an outage by",
            value=(highest - at_rest) / MIB,
            unit="MiB",
            goal=8.0,
            less_is_better=True,
        ),
        Figure(
            name="disk for an event", value=size / waiting, unit="B", goal=25, less_is_better=True
        ),
        Figure(name="drained, lines", value=(waiting - first) / seconds, unit="/s", goal=200_000.0),
        Figure(name="drained, lines a CPU second", value=waiting / cpu, unit="/s"),
        Figure(name="points a request", value=waiting / requests, is_ratio=True),
    ]
