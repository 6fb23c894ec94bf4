"""What an outage of the database costs: memory, disk, and how fast the spool drains afterwards.

    python benchmarks/outage.py --rate 100 --minutes 30
    python benchmarks/outage.py --rate 5000 --minutes 10

A simulated home makes so many changes a second; the database is down for so many minutes, then
there again: an HTTP server that counts the lines that it is sent. All three are processes of their
own. Prints a table and, with --json, the figures for a script.
"""

import argparse
import gzip
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Process, Value
from pathlib import Path
from typing import Any

MIB = 1024 * 1024
CONFIGURATION = """
[home_assistant.home]
url = "http://127.0.0.1:{home}"
token = "simulated-token"

[sink.counting]
kind = "influxdb"
url = "http://127.0.0.1:{sink}"
api = "v1"
database = "home"
"""


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def serve(port: int, lines: Any) -> None:
    """Take what is written, and count its lines."""

    class Counter(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            with lines.get_lock():
                lines.value += body.count(b"\n")
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    ThreadingHTTPServer(("127.0.0.1", port), Counter).serve_forever()


def resident(pid: int) -> int:
    """Return the resident set size in bytes."""
    done = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True)
    return int(done.stdout) * 1024


def cpu_seconds(pid: int) -> float:
    done = subprocess.run(
        ["ps", "-o", "cputimes=", "-p", str(pid)], capture_output=True, check=True
    )
    return float(done.stdout)


def spooled(spool: Path) -> tuple[int, int]:
    """Return the points that wait on disk, and the bytes of the file with its journal."""
    with closing(sqlite3.connect(f"file:{spool}?mode=ro", uri=True)) as connection:
        (points,) = connection.execute("SELECT ifnull(sum(points), 0) FROM batch").fetchone()
    size = sum(each.stat().st_size for each in spool.parent.glob(f"{spool.name}*"))
    return points, size


def measure(rate: float, minutes: float, entities: int, directory: Path) -> dict[str, float]:
    home, sink = free_port(), free_port()
    config = directory / "trio-ingest.toml"
    config.write_text(CONFIGURATION.format(home=home, sink=sink))
    config.chmod(0o600)
    spool = directory / "state" / "spool" / "counting.db"
    lines = Value("q", 0)
    command = [sys.executable, "-m", "trio_ingest"]
    simulate = [*command, "simulate", "--listen", f"127.0.0.1:{home}"]
    environment = {**os.environ, "STATE_DIRECTORY": str(directory / "state")}
    log = (directory / "daemon.log").open("wb")

    simulator = subprocess.Popen(
        [*simulate, "--entities", str(entities), "--rate", str(rate)], stdout=subprocess.DEVNULL
    )
    time.sleep(2)
    daemon = subprocess.Popen(
        [*command, "run", "--config", str(config)], env=environment, stdout=log, stderr=log
    )
    database = Process(target=serve, args=(sink, lines), daemon=True)
    try:
        time.sleep(10)
        first = resident(daemon.pid)
        began = time.monotonic()
        highest = first
        while time.monotonic() - began < minutes * 60:
            time.sleep(min(5, minutes * 6))
            highest = max(highest, resident(daemon.pid))
        points, size = spooled(spool)
        cpu = cpu_seconds(daemon.pid)
        simulator.send_signal(signal.SIGSTOP)  # what drains now is what had waited
        time.sleep(2)
        waiting, _ = spooled(spool)
        database.start()
        while lines.value == 0:
            time.sleep(0.005)
        drained = time.monotonic()
        while spooled(spool)[0]:
            time.sleep(0.02)
        drain_seconds = time.monotonic() - drained
        after = resident(daemon.pid)
        simulator.send_signal(signal.SIGCONT)
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(30)
    finally:
        for process in (daemon, simulator):
            process.kill()
            process.wait()
        if database.is_alive():
            database.terminate()
    account = next(
        line for line in (directory / "daemon.log").read_text().splitlines() if "account of" in line
    )
    return {
        "rate": rate,
        "minutes": minutes,
        "events": points,
        "rss_before_mib": first / MIB,
        "rss_highest_mib": highest / MIB,
        "rss_growth_mib": (highest - first) / MIB,
        "rss_after_mib": after / MIB,
        "spool_mib": size / MIB,
        "bytes_per_event": size / max(1, points),
        "cpu_seconds_per_100k_events": cpu / max(1, points) * 100_000,
        "drain_lines_per_second": waiting / drain_seconds,
        "lines_delivered": lines.value,
        "account": account.partition("account of ")[2],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=100.0, help="changes a second")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long the database is down")
    parser.add_argument("--entities", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        figures = measure(arguments.rate, arguments.minutes, arguments.entities, Path(directory))
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        shown = f"{value:,.1f}" if isinstance(value, float) else value
        print(f"{name:>28}  {shown}")


if __name__ == "__main__":
    main()
