"""How fast a gap heals from Home Assistant's recorder, and what that adds to live changes."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import open_daemon, open_simulator, open_sink, wait_quiet, wait_until

RATE = 500


def measure(*, quick: bool) -> Sequence[Figure]:
    away_seconds = 10.0 if quick else 60.0
    with (
        tempfile.TemporaryDirectory() as name,
        open_simulator(RATE) as home,
        open_sink() as sink,
    ):
        directory = Path(name)
        with open_daemon(home, sink.port, directory) as daemon:
            wait_until(lambda: int(sink.ask("lines")) > 1000)
            daemon.terminate()
            daemon.wait()
        wait_quiet(lambda: sink.ask("lines"))
        time.sleep(away_seconds)
        before, back = int(sink.ask("lines")), time.time()
        sink.ask(f"latencies {back}")
        with open_daemon(home, sink.port, directory):
            wait_until(lambda: int(sink.ask("lines")) > before + RATE)
            began = time.monotonic()
            missing = away_seconds * RATE
            wait_until(lambda: healed(sink.ask("lines"), before, back) >= missing * 0.95)
            seconds = time.monotonic() - began
            _, p99, _, _ = (float(each) for each in sink.ask(f"latencies {back + 2}").split())
            time.sleep(5)
            _, calm, _, _ = (
                float(each) for each in sink.ask(f"latencies {time.time() - 4}").split()
            )
    return [
        Figure(name="a gap heals, changes", value=missing / seconds, unit="/s"),
        Figure(name="latency of live changes meanwhile: p99", value=p99, unit="ms"),
        Figure(name="the same afterwards: p99", value=calm, unit="ms"),
    ]


def healed(lines: str, before: int, back: float) -> float:
    """Return how many lines have come that are not live."""
    return int(lines) - before - (time.time() - back) * RATE
