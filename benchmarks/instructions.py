"""How many instructions an event takes, ours and the floor's, by callgrind: no noise is in it.

    python -m benchmarks.instructions

Takes valgrind, and some minutes, since all is fifty times slower under it. Each contestant runs
twice, and what more events cost is divided by how many more there were, so the start falls out.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import processes
from benchmarks.end_to_end import PER_FRAME, RIVALS
from benchmarks.processes import configuration, open_home, open_sink, wait_quiet, wait_until

FEW, MANY = 2_000, 12_000
TOOL = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
SETTLING_SECONDS = 5.0
processes.PATIENCE_SECONDS = 600.0  # for all that is waited for


def instructions(name: str, frames: str, events: int) -> int:
    """Return how many instructions a contestant takes in all."""
    with open_home(200, MANY) as home, open_sink() as sink, tempfile.TemporaryDirectory() as place:
        config, log = Path(place) / "trio-ingest.toml", Path(place) / "callgrind.log"
        config.write_text(configuration(home.port, sink.port))
        config.chmod(0o600)
        programs = {
            "ours": ["-m", "trio_ingest", "run", "--config", str(config)],
            "floor": [str(RIVALS / "floor.py"), *map(str, (home.port, sink.port, frames, events))],
        }
        with subprocess.Popen(
            [*TOOL, f"--log-file={log}", sys.executable, *programs[name]],
            env={**os.environ, "STATE_DIRECTORY": f"{place}/state"},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            wait_until(lambda: home.ask("clients") == "1")
            time.sleep(SETTLING_SECONDS)
            before = int(wait_quiet(lambda: sink.ask("lines"), SETTLING_SECONDS))
            home.ask(f"send {PER_FRAME[frames]} {events} 0")
            if name == "ours":
                wait_until(lambda: int(sink.ask("lines")) >= before + events)
                process.send_signal(signal.SIGTERM)
            else:
                process.communicate()  # it ends when it has all, and we say nothing more
        [count] = re.findall(r"Collected : (\d+)", log.read_text())
    return int(count)


def main() -> None:
    for frames in PER_FRAME:
        for name in ("floor", "ours"):
            few, many = (instructions(name, frames, events) for events in (FEW, MANY))
            print(f"{frames}, {name}: {(many - few) / (MANY - FEW):,.0f} instructions an event")


if __name__ == "__main__":
    main()
