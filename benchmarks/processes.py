"""The processes that are measured, and those that they are measured against. Linux only."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).parent.parent
MIB = 1024 * 1024
PATIENCE_SECONDS = 120.0
LAST_BYTES = 2000

CONFIGURATION = """
[home_assistant.home]
url = "http://127.0.0.1:{home}"
token = "simulated-token"
feed = "{feed}"

[sink.measured]
kind = "influxdb"
url = "http://127.0.0.1:{sink}"
api = "v1"
database = "home"
{more}
"""


def configuration(home: int, sink: int, more: str = "", feed: str = "events") -> str:
    """Return the file of a daemon with a home and a sink at these ports."""
    return CONFIGURATION.format(home=home, sink=sink, more=more, feed=feed)


@frozen
class Helper:
    """A process that answers lines with lines."""

    process: subprocess.Popen[str]
    port: int

    def ask(self, line: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> str:
        return line_of(self.process)


@contextmanager
def running(
    *command: str,
    python: str = sys.executable,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Generator[subprocess.Popen[str]]:
    """Run `python command`; it is killed in the end, should it still be there.

    An exception that leaves the block carries the last that the process complained of.
    """
    with log.open("w+b") if log else tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [python, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
        )
        try:
            yield process
        except Exception as error:
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - LAST_BYTES))
            error.add_note(errors.read().decode(errors="replace"))
            raise
        finally:
            process.kill()
            process.wait()


@contextmanager
def open_home(entities: int, events: int) -> Generator[Helper]:
    with running("-m", "benchmarks.home", str(entities), str(events)) as process:
        yield Helper(process, first_number(process))


@contextmanager
def open_sink(port: int = 0) -> Generator[Helper]:
    with running("-m", "benchmarks.sink", str(port)) as process:
        yield Helper(process, first_number(process))


@contextmanager
def open_daemon(
    home: int, sink: int, directory: Path, more: str = "", feed: str = "events"
) -> Generator[subprocess.Popen[str]]:
    config = directory / "trio-ingest.toml"
    config.write_text(configuration(home, sink, more, feed))
    config.chmod(0o600)
    with running(
        *("-m", "trio_ingest", "run", "--config", str(config)),
        environment={"STATE_DIRECTORY": str(directory / "state")},
        log=directory / "daemon.log",
    ) as daemon:
        yield daemon


@contextmanager
def open_simulator(rate: float, entities: int = 200) -> Generator[int]:
    """Run the simulated Home Assistant, whose events happen now; yield its port."""
    port = free_port()
    listen = f"127.0.0.1:{port}"
    options = ("--listen", listen, "--rate", str(rate), "--entities", str(entities))
    with running("-m", "trio_ingest", "simulate", *options) as process:
        line_of(process)
        yield port


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def first_number(process: subprocess.Popen[str]) -> int:
    return int(line_of(process))


def line_of(process: subprocess.Popen[str]) -> str:
    """Return the next line that a process says. Raises ChildProcessError when it has ended."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise ChildProcessError(f"ended with {process.wait()}, unasked: {process.args!r}")
    return line.strip()


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process with all its threads, those that have ended included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def wakeups(pid: int) -> int:
    """Return how often the threads of a process have waited and gone on."""
    switches = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                switches += int(line.split()[1])
    return switches


def wait_until(is_so: Callable[[], bool], pause: float = 0.02) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > give_up:
            raise TimeoutError("it does not come about")
        time.sleep(pause)


def wait_quiet(ask: Callable[[], str], seconds: float = 1.5) -> str:
    """Wait until an answer has not changed for so long, and return it."""
    answer, since = ask(), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.05)
        if (now := ask()) != answer:
            answer, since = now, time.monotonic()
    return answer
