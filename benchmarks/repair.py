"""How fast a gap heals from Home Assistant's recorder, and what that adds to live changes."""

import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import (
    cpu_seconds,
    open_daemon,
    open_simulator,
    open_sink,
    wait_quiet,
    wait_until,
)

RATE = 1_000
AWAY_SECONDS = 60.0
SETTLED_SECONDS = 2.0
"""By then a change that happened has arrived: twice the linger."""
REPAIRED = re.compile(r"repaired in .*, (\d+) changes were fetched")


def measure(*, quick: bool) -> Sequence[Figure]:
    away_seconds = 10.0 if quick else AWAY_SECONDS
    with (
        tempfile.TemporaryDirectory() as name,
        open_simulator(RATE) as home,
        open_sink() as sink,
    ):
        directory = Path(name)
        log = directory / "daemon.log"
        with open_daemon(home, sink.port, directory) as daemon:
            wait_until(lambda: int(sink.ask("lines")) > RATE)
            daemon.terminate()
            daemon.wait()
        before = int(wait_quiet(lambda: sink.ask("lines")))
        time.sleep(away_seconds)
        sink.ask(f"latencies {time.time()}")
        with open_daemon(home, sink.port, directory) as daemon:
            wait_until(lambda: "repairing from" in log.read_text())
            began, cpu = time.time(), cpu_seconds(daemon.pid)
            wait_until(lambda: REPAIRED.search(log.read_text()) is not None)
            ended, cpu = time.time(), cpu_seconds(daemon.pid) - cpu
            fetched = int(REPAIRED.findall(log.read_text())[-1])
            wait_until(lambda: int(sink.ask("lines")) > before + fetched)
            time.sleep(SETTLED_SECONDS)
            meanwhile = p99(sink.ask(f"latencies {began} {ended}"))
            time.sleep(5)
            calm = p99(sink.ask(f"latencies {ended + SETTLED_SECONDS}"))
    return [
        Figure(name="a gap heals, changes", value=fetched / (ended - began), unit="/s"),
        Figure(name="the same, in our CPU seconds", value=fetched / cpu, unit="/s"),
        Figure(name="latency of live changes meanwhile: p99", value=meanwhile, unit="ms"),
        Figure(name="the same afterwards: p99", value=calm, unit="ms"),
    ]


def p99(latencies: str) -> float:
    return float(latencies.split()[1])
