"""What it costs to follow a home in which little happens: eleven changes a second.

The floor follows the same home at the same time. It does the least that the same libraries can:
rivals/quiet_floor.py.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import (
    MIB,
    ROOT,
    cpu_seconds,
    open_daemon,
    open_simulator,
    open_sink,
    resident_bytes,
    running,
    wait_until,
    wakeups,
)

RATE = 11.0
FLOOR = ROOT / "benchmarks" / "rivals" / "quiet_floor.py"


def measure(*, quick: bool) -> Sequence[Figure]:
    seconds = 15.0 if quick else 60.0
    with (
        tempfile.TemporaryDirectory() as directory,
        open_simulator(RATE) as home,
        open_sink() as sink,
        open_sink() as other_sink,
        open_daemon(home, sink.port, Path(directory)) as daemon,
        running(str(FLOOR), str(home), str(other_sink.port), f"{directory}/floor.db") as floor,
    ):
        wait_until(lambda: int(sink.ask("lines")) > 200)
        wait_until(lambda: int(other_sink.ask("requests")) > 2)
        time.sleep(3)
        pids = (daemon.pid, floor.pid)
        cpu, woken = [cpu_seconds(pid) for pid in pids], [wakeups(pid) for pid in pids]
        began = time.monotonic()
        time.sleep(seconds)
        passed = time.monotonic() - began
        ours, least = (
            (cpu_seconds(pid) - before) / passed * 100
            for pid, before in zip(pids, cpu, strict=True)
        )
        woken_ours, woken_least = (
            (wakeups(pid) - before) / passed for pid, before in zip(pids, woken, strict=True)
        )
        resident = resident_bytes(daemon.pid) / MIB
    at = f"at {RATE:g} changes/s"
    return [
        Figure(name=f"CPU {at}", value=ours, unit="% of a core", goal=0.3, less_is_better=True),
        Figure(name=f"floor: CPU {at}", value=least, unit="% of a core", less_is_better=True),
        Figure(
            name=f"times the floor, CPU {at}",
            value=ours / least,
            less_is_better=True,
            is_ratio=True,
        ),
        Figure(name="wake-ups of all threads", value=woken_ours, unit="/s", less_is_better=True),
        Figure(name="floor: wake-ups", value=woken_least, unit="/s", less_is_better=True),
        Figure(
            name="memory at rest (RSS)", value=resident, unit="MiB", goal=64.0, less_is_better=True
        ),
    ]
