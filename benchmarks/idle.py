"""What it costs to follow a home in which little happens: eleven changes a second."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import (
    MIB,
    cpu_seconds,
    open_daemon,
    open_simulator,
    open_sink,
    resident_bytes,
    wait_until,
    wakeups,
)

RATE = 11.0


def measure(*, quick: bool) -> Sequence[Figure]:
    seconds = 15.0 if quick else 60.0
    with (
        tempfile.TemporaryDirectory() as directory,
        open_simulator(RATE) as home,
        open_sink() as sink,
        open_daemon(home, sink.port, Path(directory)) as daemon,
    ):
        wait_until(lambda: int(sink.ask("lines")) > 200)
        time.sleep(3)
        cpu, woken, began = cpu_seconds(daemon.pid), wakeups(daemon.pid), time.monotonic()
        time.sleep(seconds)
        passed = time.monotonic() - began
        share = (cpu_seconds(daemon.pid) - cpu) / passed * 100
        per_second = (wakeups(daemon.pid) - woken) / passed
        resident = resident_bytes(daemon.pid) / MIB
    return [
        Figure(
            name=f"CPU at {RATE:g} changes/s",
            value=share,
            unit="% of a core",
            goal=0.3,
            less_is_better=True,
        ),
        Figure(name="wake-ups of all threads", value=per_second, unit="/s", less_is_better=True),
        Figure(
            name="memory at rest (RSS)", value=resident, unit="MiB", goal=64.0, less_is_better=True
        ),
    ]
