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


def measure(*, quick: bool) -> Sequence[Figure]:
    events = 10_000 if quick else 50_000
    small, rss_small = run(10, 1, events)
    middle, _ = run(1_000, 1, events)
    large, rss_large = run(20_000, 1, max(events, 40_000))
    four, _ = run(200, 4, events)
    sixteen, _ = run(200, 16, events)
    one, _ = run(200, 1, events)
    ratios = {
        "1,000 entities against 10": middle / small,
        "20,000 entities against 10": large / small,
        "4 homes against 1": four / one,
        "16 homes against 1": sixteen / one,
    }
    return [
        *(
            Figure(name=name, value=ratio, goal=1.3, less_is_better=True, is_ratio=True)
            for name, ratio in ratios.items()
        ),
        Figure(name="memory an entity", value=(rss_large - rss_small) / 20_000 / 1024, unit="KiB"),
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
