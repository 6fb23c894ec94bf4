"""Real databases for tests, from Debian's packages: started once on loopback, stopped for sure.

`scripts/test` says how they are installed. Tests that use them carry `@pytest.mark.servers`.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import define, field

from tests.support.nginx import nginx_configuration

START_SECONDS = 30.0
STOP_SECONDS = 10.0
ADMIN = ("admin", "the admin's password")
WRITER = ("writer", "the writer's password")
READER = ("reader", "the reader's password")
NGINX_TOKEN = "the-token-that-nginx-knows"
# Small, so that a test can be above it.
SMALL_BODY_BYTES = 64 * 1024


@define(kw_only=True)
class Server:
    """A program that answers HTTP. It may be killed and started again on the same port."""

    command: Sequence[str]
    url: str
    ready_path: str
    log: Path
    environment: Mapping[str, str] = field(factory=dict)
    auth: tuple[str, str] | None = None
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        program = shutil.which(self.command[0], path=f"{os.environ['PATH']}:/usr/sbin")
        if program is None:
            raise RuntimeError(f"{self.command[0]} is not installed; scripts/test installs it")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, *self.command[1:]],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{program} does not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Ask it anything."""
        try:
            return httpx.get(self.url + self.ready_path, auth=self.auth).status_code < 500
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """Ask it to end, and see to it that it has."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@define(kw_only=True)
class InfluxDB1(Server):
    """InfluxDB 1.6.7."""

    def create_database(self, name: str) -> str:
        """Create a database, or keep the one that is there, and return its name."""
        self.query(f'CREATE DATABASE "{name}"')
        return name

    def query(self, statement: str, database: str = "") -> list[dict[str, Any]]:
        """Return the rows of an InfluxQL statement as dicts; `time` is in nanoseconds."""
        answer = httpx.post(
            f"{self.url}/query",
            params={"db": database, "epoch": "ns"},
            data={"q": statement},
            auth=self.auth,
        )
        [result] = answer.raise_for_status().json()["results"]
        if "error" in result:
            raise RuntimeError(f"{statement}: {result['error']}")
        return [
            dict(zip(series["columns"], values, strict=True))
            for series in result.get("series", [])
            for values in series.get("values", [])
        ]


@define(kw_only=True)
class VictoriaMetrics(Server):
    """VictoriaMetrics 1.79.5."""

    def export(self, name_pattern: str) -> list[dict[str, Any]]:
        """Return the series whose names match the pattern, as `/api/v1/export` has them."""
        httpx.get(f"{self.url}/internal/force_flush", auth=self.auth).raise_for_status()
        answer = httpx.get(
            f"{self.url}/api/v1/export",
            params={"match[]": f'{{__name__=~"{name_pattern}"}}'},
            auth=self.auth,
        )
        return [json.loads(line) for line in answer.raise_for_status().text.splitlines()]


@contextmanager
def running_influxdb(
    directory: Path, settings: Mapping[str, str] | None = None
) -> Generator[InfluxDB1]:
    """Run an InfluxDB 1.6.7 of one's own, which may be killed; *settings* are its environment."""
    port = free_port()
    server = InfluxDB1(
        command=["influxd", "-config", ""],
        url=f"http://127.0.0.1:{port}",
        ready_path="/ping",
        log=directory / "influxd.log",
        environment={
            "INFLUXDB_META_DIR": str(directory / "meta"),
            "INFLUXDB_DATA_DIR": str(directory / "data"),
            "INFLUXDB_DATA_WAL_DIR": str(directory / "wal"),
            "INFLUXDB_HTTP_BIND_ADDRESS": f"127.0.0.1:{port}",
            "INFLUXDB_BIND_ADDRESS": f"127.0.0.1:{free_port()}",
            "INFLUXDB_REPORTING_DISABLED": "true",
            "INFLUXDB_MONITOR_STORE_ENABLED": "false",
            **(settings or {}),
        },
    )
    with running(server):
        yield server


@contextmanager
def running(server: Server) -> Generator[None]:
    """Start *server* and stop it, however the block ends."""
    server.start()
    try:
        yield
    finally:
        server.stop()


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def influxdb(tmp_path_factory: pytest.TempPathFactory) -> Generator[InfluxDB1]:
    """An InfluxDB 1.6.7 as it comes: everyone may do everything."""
    with running_influxdb(tmp_path_factory.mktemp("influxdb")) as server:
        yield server


@pytest.fixture(scope="session")
def strict_influxdb(tmp_path_factory: pytest.TempPathFactory) -> Generator[InfluxDB1]:
    """An InfluxDB 1.6.7 that knows ADMIN, WRITER and READER, has the database `strict`, and takes
    no body above SMALL_BODY_BYTES."""
    settings = {
        "INFLUXDB_HTTP_AUTH_ENABLED": "true",
        "INFLUXDB_HTTP_MAX_BODY_SIZE": str(SMALL_BODY_BYTES),
    }
    with running_influxdb(tmp_path_factory.mktemp("strict_influxdb"), settings) as server:
        server.query(f"CREATE USER {ADMIN[0]} WITH PASSWORD {quoted(ADMIN[1])} WITH ALL PRIVILEGES")
        server.auth = ADMIN
        server.create_database("strict")
        for (name, password), right in ((WRITER, "WRITE"), (READER, "READ")):
            server.query(f"CREATE USER {name} WITH PASSWORD {quoted(password)}")
            server.query(f"GRANT {right} ON strict TO {name}")
        yield server


def quoted(text: str) -> str:
    """Return *text* as InfluxQL writes it."""
    return "'" + text.replace("'", "\\'") + "'"


@pytest.fixture(scope="session")
def nginx_v2(influxdb: InfluxDB1, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """An nginx in front of `influxdb` that speaks the write API of version 2.

    The bucket is the database, the token is NGINX_TOKEN, and bodies end at SMALL_BODY_BYTES.
    """
    directory = tmp_path_factory.mktemp("nginx")
    port = free_port()
    configuration = directory / "nginx.conf"
    configuration.write_text(
        nginx_configuration(
            directory,
            port=port,
            upstream=influxdb.url,
            token=NGINX_TOKEN,
            body_bytes=SMALL_BODY_BYTES,
        )
    )
    server = Server(
        command=["nginx", "-p", str(directory), "-c", str(configuration), "-e", "stderr"],
        url=f"http://127.0.0.1:{port}",
        ready_path="/",
        log=directory / "nginx.log",
    )
    with running(server):
        yield server


@pytest.fixture(scope="session")
def victoria_metrics(tmp_path_factory: pytest.TempPathFactory) -> Generator[VictoriaMetrics]:
    """A VictoriaMetrics 1.79.5 that knows WRITER."""
    directory = tmp_path_factory.mktemp("victoria_metrics")
    port = free_port()
    server = VictoriaMetrics(
        command=[
            "victoria-metrics",
            f"-storageDataPath={directory / 'data'}",
            f"-httpListenAddr=127.0.0.1:{port}",
            "-retentionPeriod=100y",
            f"-httpAuth.username={WRITER[0]}",
            f"-httpAuth.password={WRITER[1]}",
        ],
        url=f"http://127.0.0.1:{port}",
        ready_path="/health",
        log=directory / "victoria-metrics.log",
        auth=WRITER,
    )
    with running(server):
        yield server
