"""The whole way into real databases: InfluxDB 1.6.7 and VictoriaMetrics, coalesced frames.

What the databases themselves take is not counted, but they share the machine.
"""

import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from benchmarks.figures import Figure
from benchmarks.processes import Helper, cpu_seconds, free_port, open_daemon, open_home, wait_until
from tests.support.servers import VictoriaMetrics, running, running_influxdb

PER_FRAME = 250


def measure(*, quick: bool) -> Sequence[Figure]:
    events = 10_000 if quick else 100_000
    found: list[Figure] = []
    with open_home(200, events) as home:
        for name, open_database in (("InfluxDB", influxdb), ("VictoriaMetrics", victoria_metrics)):
            with tempfile.TemporaryDirectory() as directory, open_database(Path(directory)) as sink:
                cpu, wall = record(home, sink, Path(directory), events)
            found += [
                Figure(
                    name=f"into {name}: CPU s/100,000 events", value=cpu / events * 1e5, unit="s"
                ),
                Figure(name=f"into {name}: events/s", value=events / wall, unit="/s"),
            ]
    return found


def record(home: Helper, sink: int, directory: Path, events: int) -> tuple[float, float]:
    """Return the CPU seconds of the daemon, and how long it took until all was written."""
    admin = f"http://127.0.0.1:{free_port()}"
    more = f'[admin]\nlisten = "{urlsplit(admin).netloc}"'
    with open_daemon(home.port, sink, directory, more) as daemon:
        wait_until(lambda: home.ask("clients") == "1")
        wait_until(lambda: written(admin) > 0)
        time.sleep(2.0)  # the snapshot
        first, before, began = written(admin), cpu_seconds(daemon.pid), time.monotonic()
        home.ask(f"send {PER_FRAME} {events} 0")
        wait_until(lambda: written(admin) >= first + events, 0.2)
        return cpu_seconds(daemon.pid) - before, time.monotonic() - began


def written(admin: str) -> int:
    """Return how many points the daemon says that the database has taken."""
    try:
        sinks = httpx.get(f"{admin}/stats").json()["sinks"]
    except httpx.TransportError:
        return 0
    return int(sinks["measured"]["account"]["written"])


@contextmanager
def influxdb(directory: Path) -> Generator[int]:
    with running_influxdb(directory) as server:
        server.create_database("home")
        yield port_of(server.url)


@contextmanager
def victoria_metrics(directory: Path) -> Generator[int]:
    port = free_port()
    server = VictoriaMetrics(
        command=[
            "victoria-metrics",
            f"-storageDataPath={directory / 'data'}",
            f"-httpListenAddr=127.0.0.1:{port}",
        ],
        url=f"http://127.0.0.1:{port}",
        ready_path="/health",
        log=directory / "victoria-metrics.log",
    )
    with running(server):
        yield port


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port
