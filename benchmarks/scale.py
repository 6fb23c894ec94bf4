"""Whether an event costs the same in a large home, with many homes; what an entity weighs."""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import (
    Helper,
    cpu_seconds,
    open_daemon,
    open_home,
    open_sink,
    resident_bytes,
    wait_quiet,
    wait_until,
)

PER_FRAME = 50
SIZES = [(10, 1), (1_000, 1), (20_000, 1), (200, 1), (200, 4), (200, 16)]
"""Entities of a home, and homes. They take turns, and the best of their runs counts."""


def measure(*, quick: bool) -> Sequence[Figure]:
    events, rounds = (10_000, 1) if quick else (50_000, 3)
    best: dict[tuple[int, int], float] = {}
    memory: dict[int, int] = {}
    for _ in range(rounds):
        for entities, homes in SIZES:
            seconds, memory[entities] = run(entities, homes, max(events, 2 * entities))
            best[entities, homes] = min(seconds, best.get((entities, homes), seconds))
    ratios = {
        "1,000 entities against 10": best[1_000, 1] / best[10, 1],
        "20,000 entities against 10": best[20_000, 1] / best[10, 1],
        "4 homes against 1": best[200, 4] / best[200, 1],
        "16 homes against 1": best[200, 16] / best[200, 1],
    }
    an_entity = (memory[20_000] - memory[10]) / 20_000 / 1024
    return [
        *(
            Figure(name=name, value=ratio, goal=1.3, less_is_better=True, is_ratio=True)
            for name, ratio in ratios.items()
        ),
        Figure(name="memory an entity", value=an_entity, unit="KiB"),
    ]


def run(entities: int, homes: int, events: int) -> tuple[float, float]:
    """Return the CPU seconds of one event, and the memory in the end."""
    each = events // homes
    with ExitStack() as stack:
        opened = [stack.enter_context(open_home(entities, each)) for _ in range(homes)]
        sink = stack.enter_context(open_sink())
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        others = "".join(configuration(f"home{n}", home) for n, home in enumerate(opened[1:]))
        daemon = stack.enter_context(open_daemon(opened[0].port, sink.port, directory, others))
        wait_until(lambda: all(home.ask("clients") == "1" for home in opened))
        stored = int(wait_quiet(lambda: sink.ask("lines"), 3.0))
        # The first time, all that is remembered of an entity has to be made.
        for _ in ("warm up", "measure"):
            before = cpu_seconds(daemon.pid)
            for home in opened:
                home.ask(f"send {PER_FRAME} {each} 0")
            stored += each * homes
            wait_until(lambda: int(sink.ask("lines")) >= stored)  # noqa: B023 - while it is bound
            seconds = cpu_seconds(daemon.pid) - before
        return seconds / (each * homes), resident_bytes(daemon.pid)


def configuration(name: str, home: Helper) -> str:
    url = f"http://127.0.0.1:{home.port}"
    return f'\n[home_assistant.{name}]\nurl = "{url}"\ntoken = "simulated-token"\n'
