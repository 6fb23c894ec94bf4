"""The image, built from the Dockerfile and run as Docker would: without rights, on a read-only root."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.containers import (
    HARDENED,
    REPOSITORY,
    Container,
    build_image,
    podman,
    running_container,
    volume,
)
from tests.support.servers import NGINX_TOKEN, InfluxDB1, Server, free_port
from tests.support.systemd_box import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.slow]

STATE = "/var/lib/trio-ingest"
COUNT = f"""
import sqlite3
rows = sqlite3.connect("file:{STATE}/home.db?mode=rw", uri=True)
print(*rows.execute("SELECT count(*) FROM state_changes").fetchone())
"""
CONFIGURATION = """
[home_assistant.home]
url = "${HOME_URL}"
token = "${HOME_TOKEN}"
"""


@pytest.fixture(scope="module")
def image() -> str:
    """The image, with the build that it is said to be."""
    arguments = {"GIT_SHA": "0a1b2c3", "BUILD_TIME": "2026-11-25T20:00:00Z"}
    return build_image("localhost/trio-ingest:test", REPOSITORY, arguments)


@pytest.fixture(scope="module")
def home() -> Generator[dict[str, str]]:
    """A simulated home, as the environment that names it."""
    command = [sys.executable, "-u", "-m", "trio_ingest", "simulate"]
    listen = f"127.0.0.1:{free_port()}"
    with subprocess.Popen(
        [*command, "--listen", listen], stdout=subprocess.PIPE, text=True
    ) as simulator:
        try:
            assert simulator.stdout is not None
            url, token = (simulator.stdout.readline().split()[-1] for _ in range(2))
            yield {"HA_HTTP_URL": url, "HA_TOKEN": token}
        finally:
            simulator.terminate()


@pytest.fixture
def state() -> Generator[str]:
    """An empty volume, mounted where the image keeps its state."""
    with volume(f"trio-ingest-test-{os.getpid()}") as name:
        yield f"--volume={name}:{STATE}"


@contextmanager
def healthy(image: str, *options: str, environment: dict[str, str]) -> Generator[Container]:
    """Run the image without any rights, and wait until it is healthy."""
    name = f"trio-ingest-test-{os.getpid()}"
    with running_container(name, image, *HARDENED, *options, environment=environment) as container:
        wait_until(container.is_healthy, container.log)
        yield container


def rows(container: Container) -> int:
    """Return how many state changes are in the embedded database; 0 before it is there."""
    done = container.run("python", "-c", COUNT, check=False)
    return int(done.stdout) if done.returncode == 0 else 0


def test_the_old_containers_environment_is_enough(
    image: str, home: dict[str, str], state: str
) -> None:
    """With an address, a token and a port it records, and answers there what the old service did."""
    port = str(free_port())
    with healthy(image, state, environment={**home, "WEBSOCKET_INGESTION_PORT": port}) as container:
        wait_until(lambda: rows(container) > 0, container.log)

        answer = httpx.get(f"http://127.0.0.1:{port}/health").json()
        assert answer["service"] == "websocket-ingestion"
        assert home["HA_TOKEN"] not in container.log()


def test_it_has_no_rights_and_no_tools(image: str, home: dict[str, str], state: str) -> None:
    """It runs as a user without a name, writes to its volume alone, and has no compiler and no pip."""
    environment = {**home, "TRIO_INGEST_ADMIN_LISTEN": f"127.0.0.1:{free_port()}"}
    with healthy(image, state, environment=environment) as container:
        assert container.run("id", "-u").stdout.strip() == "10001"
        for place in ("/etc", "/tmp", "/opt/trio-ingest"):
            assert container.run("touch", f"{place}/written", check=False).returncode != 0
        container.run("touch", f"{STATE}/written")
        for tool in ("gcc", "curl", "/opt/trio-ingest/bin/pip"):
            assert container.run("sh", "-c", f"command -v {tool}", check=False).returncode != 0


def test_it_knows_its_build(image: str) -> None:
    """The build arguments are in the environment and in the labels; the port is exposed."""
    shown = podman("image", "inspect", image, "--format", "{{.Config}}").stdout

    for expected in (
        "TRIO_INGEST_GIT_SHA=0a1b2c3",
        "TRIO_INGEST_BUILD_TIME=2026-11-25T20:00:00Z",
        "org.opencontainers.image.revision:0a1b2c3",
        "org.opencontainers.image.licenses:Apache-2.0",
        "8099/tcp",
    ):
        assert expected in shown


def test_a_mounted_file_is_reloaded(
    image: str, home: dict[str, str], state: str, tmp_path: Path
) -> None:
    """HUP reads the mounted file anew; one that is wrong changes nothing, and harms no health."""
    file = tmp_path / "trio-ingest.toml"
    file.write_text(CONFIGURATION)
    tmp_path.chmod(0o755)
    environment = {
        "HOME_URL": home["HA_HTTP_URL"],
        "HOME_TOKEN": home["HA_TOKEN"],
        "TRIO_INGEST_ADMIN_LISTEN": f"127.0.0.1:{free_port()}",
    }
    mounted = f"--volume={tmp_path}:/etc/trio-ingest:ro"
    with healthy(image, state, mounted, environment=environment) as container:
        wait_until(lambda: rows(container) > 0, container.log)

        file.write_text(f'{CONFIGURATION}logging.level = "debug"\n')
        container.send("HUP")
        wait_until(lambda: "not reloaded" in container.log(), container.log)
        assert container.is_healthy()

        file.write_text(f'{CONFIGURATION}[logging]\nlevel = "debug"\n')
        container.send("HUP")
        wait_until(lambda: "reloading" in container.log().partition("not reloaded")[2])
        wait_until(container.is_healthy, container.log)


def test_state_outlives_the_container(image: str, home: dict[str, str], state: str) -> None:
    """TERM ends it in order, and a new container with the same volume goes on where it ended."""
    environment = {**home, "TRIO_INGEST_ADMIN_LISTEN": f"127.0.0.1:{free_port()}"}
    with healthy(image, state, environment=environment) as container:
        wait_until(lambda: rows(container) > 60, container.log)
        before = rows(container)

        assert container.stop() == 0
        assert "stopped; what the sinks have not taken yet is in the spool" in container.log()
        assert "unaccounted" not in container.log()

    with healthy(image, state, environment=environment) as container:
        assert rows(container) >= before


def test_tokens_as_secrets_into_influxdb(  # noqa: PLR0917 - fixtures
    image: str,
    home: dict[str, str],
    state: str,
    influxdb: InfluxDB1,
    nginx_v2: Server,
    tmp_path: Path,
) -> None:
    """With secrets in files, which nobody warns about, it records into a real InfluxDB."""
    database = influxdb.create_database("image")
    (tmp_path / "ha").write_text(home["HA_TOKEN"])
    (tmp_path / "influx").write_text(NGINX_TOKEN)
    tmp_path.chmod(0o755)
    environment = {
        "HA_HTTP_URL": home["HA_HTTP_URL"],
        "HA_TOKEN_FILE": "/run/secrets/ha",
        "INFLUXDB_URL": nginx_v2.url,
        "INFLUXDB_TOKEN_FILE": "/run/secrets/influx",
        "INFLUXDB_ORG": "home",
        "INFLUXDB_BUCKET": database,
        "TRIO_INGEST_ADMIN_LISTEN": f"127.0.0.1:{free_port()}",
    }
    secrets = f"--volume={tmp_path}:/run/secrets:ro"
    with healthy(image, state, secrets, environment=environment) as container:
        wait_until(lambda: influxdb.query("SELECT * FROM light LIMIT 1", database), container.log)

        log = container.log()
        assert "chmod" not in log
        assert home["HA_TOKEN"] not in log
        assert NGINX_TOKEN not in log
