"""How old a change is when it can be read in the database: from Home Assistant's timestamp on."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import open_daemon, open_simulator, open_sink, wait_until

LINGER_MS = 100
RATES = {10: None, 1_000: LINGER_MS + 50.0, 20_000: None}


def measure(*, quick: bool) -> Sequence[Figure]:
    found = []
    for rate, goal in RATES.items():
        p50, p99, _, _ = latencies(rate, 5.0 if quick else 20.0)
        name = f"latency at {rate:,} changes/s, linger {LINGER_MS} ms"
        found += [
            Figure(name=f"{name}: median", value=p50, unit="ms", less_is_better=True),
            Figure(name=f"{name}: p99", value=p99, unit="ms", goal=goal, less_is_better=True),
        ]
    return found


def latencies(rate: int, seconds: float) -> tuple[float, ...]:
    with (
        tempfile.TemporaryDirectory() as directory,
        open_simulator(rate) as home,
        open_sink() as sink,
        open_daemon(home, sink.port, Path(directory), f'batch.linger = "{LINGER_MS}ms"'),
    ):
        wait_until(lambda: int(sink.ask("lines")) > 250)
        time.sleep(2)
        sink.ask("latencies 0")  # from here on
        time.sleep(seconds)
        return tuple(float(each) for each in sink.ask("latencies 0").split())
