"""How long it takes to start: until READY, and until --help is there."""

import socket
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from benchmarks.figures import Figure
from benchmarks.processes import configuration, cpu_seconds, free_port, running

# The compiled modules come with an installed package, and the first round leaves them behind here.
ALLOWED = {"PYTHONDONTWRITEBYTECODE": ""}


def measure(*, quick: bool) -> Sequence[Figure]:
    rounds = 3 if quick else 9
    with tempfile.TemporaryDirectory() as directory:
        starts = [until_ready(Path(directory)) for _ in range(rounds)]
    ready, ready_cpu = (min(each) for each in zip(*starts, strict=True))
    help_ = min(until_help() for _ in range(rounds))
    bare = min(until_bare() for _ in range(rounds))
    return [
        Figure(name="from exec to READY=1", value=ready, unit="s", goal=0.5, less_is_better=True),
        Figure(name="the same, CPU", value=ready_cpu, unit="s", less_is_better=True),
        Figure(name="--help, CPU", value=help_, unit="s", goal=0.15, less_is_better=True),
        Figure(
            name="--help against `python -c pass`, CPU",
            value=help_ / bare,
            less_is_better=True,
            is_ratio=True,
        ),
    ]


def until_ready(directory: Path) -> tuple[float, float]:
    """Return the seconds until systemd would be told, on the clock and of CPU time."""
    path = directory / "notify"
    path.unlink(missing_ok=True)
    config = directory / "trio-ingest.toml"
    config.write_text(configuration(free_port(), free_port()))
    config.chmod(0o600)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(path))
        notify.settimeout(30)
        began = time.monotonic()
        with running(
            *("-m", "trio_ingest", "run", "--config", str(config)),
            environment={
                "STATE_DIRECTORY": str(directory),
                "NOTIFY_SOCKET": str(path),
                **ALLOWED,
            },
        ) as daemon:
            while b"READY=1" not in notify.recv(4096):
                pass
            return time.monotonic() - began, cpu_seconds(daemon.pid)


def until_help() -> float:
    return cpu_of("-m", "trio_ingest", "--help")


def until_bare() -> float:
    return cpu_of("-c", "pass")


def cpu_of(*command: str) -> float:
    """Return the CPU seconds of a whole process."""
    before = getrusage(RUSAGE_CHILDREN)
    with running(*command, environment=ALLOWED) as process:
        process.wait()
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
