"""compose.yaml and what it mounts, held against the code: there is no Docker among the tests."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.boards import variables
from trio_ingest.cli import main
from trio_ingest.config.environment import VARIABLES
from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.loading import load

REPOSITORY = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((REPOSITORY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = SERVICES["trio-ingest"]
INFLUXDB = SERVICES["influxdb"]["environment"]
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
PAGE = (REPOSITORY / "docs" / "docker.md").read_text(encoding="utf-8")
GRAFANA = REPOSITORY / "docker" / "grafana"
SERVICE = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


def filled_in(environment: Mapping[str, str], secrets: Path) -> dict[str, str]:
    """Return what the container gets: variables replaced, and secrets that are there."""
    filled = {}
    for name, text in environment.items():
        told = re.sub(r"\$\{HA_HTTP_URL:\?[^}]*\}", "http://ha:8123", text)
        filled[name] = told.replace("/run/secrets", str(secrets))
    return filled


def datasource() -> dict[str, Any]:
    [source] = yaml.safe_load((GRAFANA / "datasources.yaml").read_text())["datasources"]
    return source


def test_our_environment(tmp_path: Path) -> None:
    """Each variable is one that the configuration knows, and together they are a valid one."""
    for name in OURS["secrets"]:
        (tmp_path / name).write_text(f"the-{name}")
        (tmp_path / name).chmod(0o600)
    environment = filled_in(OURS["environment"], tmp_path)

    config = load(None, {"STATE_DIRECTORY": str(tmp_path), **environment})

    assert environment.keys() <= {name for names in VARIABLES.values() for name in names}
    (sink,) = config.sinks
    assert isinstance(sink, InfluxSinkConfig)
    assert sink.secret.read() == "the-influxdb_token"
    assert config.home_assistants[0].token.read() == "the-ha_token"
    assert not config.warnings


def test_influxdb_is_set_up_for_us() -> None:
    """Its organization, bucket and token are those that we write with."""
    ours = OURS["environment"]

    assert ours["INFLUXDB_URL"] == "http://influxdb:8086"
    assert ours["INFLUXDB_ORG"] == INFLUXDB["DOCKER_INFLUXDB_INIT_ORG"]
    assert ours["INFLUXDB_BUCKET"] == INFLUXDB["DOCKER_INFLUXDB_INIT_BUCKET"]
    assert ours["INFLUXDB_TOKEN_FILE"] == INFLUXDB["DOCKER_INFLUXDB_INIT_ADMIN_TOKEN_FILE"]


def test_our_image_is_what_is_mounted_and_published() -> None:
    """The volume, the port and the health check are the image's."""
    [mounted] = [each.partition(":")[2] for each in OURS["volumes"]]
    [port] = [each.rpartition(":")[2] for each in OURS["ports"]]
    [checked] = re.findall(r'HEALTHCHECK .* CMD \["trio-ingest", "(\w+)"\]', DOCKERFILE)

    assert f"\nVOLUME {mounted}\n" in DOCKERFILE
    assert f"STATE_DIRECTORY={mounted} " in DOCKERFILE
    assert f"\nEXPOSE {port}\n" in DOCKERFILE
    assert f"TRIO_INGEST_ADMIN_LISTEN=0.0.0.0:{port}\n" in DOCKERFILE
    assert checked in main.commands
    assert "healthcheck" not in OURS


@SERVICE
def test_secrets(service: dict[str, Any]) -> None:
    """What a service reads from /run/secrets is given to it, and docs/docker.md says how to make it."""
    read = re.findall(r"/run/secrets/(\w+)", str(service["environment"]))

    assert set(read) <= set(service["secrets"])
    for name in service["secrets"]:
        assert COMPOSE["secrets"][name]["file"] == f"./secrets/{name}"
        assert f"secrets/{name}" in PAGE


@SERVICE
def test_mounts(service: dict[str, Any]) -> None:
    """What is mounted is in the repository, or a volume that is declared."""
    for source in (each.partition(":")[0] for each in service["volumes"]):
        assert (REPOSITORY / source).exists() if source[0] == "." else source in COMPOSE["volumes"]


def test_the_datasource_reads_what_we_write() -> None:
    """Grafana reads our bucket, with a secret that it has."""
    source = datasource()

    assert source["url"] == OURS["environment"]["INFLUXDB_URL"]
    assert source["jsonData"]["dbName"] == OURS["environment"]["INFLUXDB_BUCKET"]
    [secret] = re.findall(r"/run/secrets/(\w+)", source["secureJsonData"]["httpHeaderValue1"])
    assert secret in SERVICES["grafana"]["secrets"]


def test_the_board_is_that_of_the_docs() -> None:
    """Grafana begins with docs/grafana/home.json, which our data source can answer."""
    [provider] = yaml.safe_load((GRAFANA / "dashboards.yaml").read_text())["providers"]
    grafana = SERVICES["grafana"]
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])

    assert f"./docs/grafana/home.json:{home}:ro" in grafana["volumes"]
    assert provider["options"]["path"] == str(home.parent)
    assert datasource()["type"] == variables("home.json")["datasource"]["query"]
    assert "version" not in datasource()["jsonData"], "without it the language is InfluxQL"


def test_variables_are_documented() -> None:
    """docs/configuration.md names every variable, docs/docker.md leads there."""
    page = (REPOSITORY / "docs" / "configuration.md").read_text(encoding="utf-8")

    for name in (name for names in VARIABLES.values() for name in names):
        assert f"`{name}`" in page
    assert "configuration.md#environment-variables-alone" in PAGE
