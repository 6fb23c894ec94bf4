"""The app of Home Assistant: what its Supervisor demands, and what becomes of the options."""

import json
import os
import re
import runpy
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.containers import build_image, podman, running_container
from tests.support.daemon import running_daemon
from tests.support.servers import free_port
from tests.support.systemd_box import wait_until
from trio_ingest import __version__
from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.line_protocol_model import InfluxApi, Schema
from trio_ingest.config.loading import load
from trio_ingest.config.model import Config
from trio_ingest.config.sink_model import SqliteSinkConfig
from trio_ingest.home_assistant.address import address_of
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator

REPOSITORY = Path(__file__).parents[2]
ADDON = REPOSITORY / "addon"
CONFIG = yaml.safe_load((ADDON / "config.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ADDON / "Dockerfile").read_text(encoding="utf-8")
RUN = runpy.run_path(str(ADDON / "run.py"))
configuration: Callable[[Mapping[str, Any], str], str] = RUN["configuration"]
TOKEN = "the-supervisors-$token"

# developers.home-assistant.io/docs/apps/configuration, November 2026
REQUIRED = {"name", "version", "slug", "description", "arch"}
OPTIONAL = set(
    """machine url startup webui boot ports ports_description host_network host_ipc host_dbus
    host_pid host_uts devices homeassistant hassio_role hassio_api homeassistant_api docker_api
    privileged full_access apparmor map environment audio video gpio usb uart udev devicetree
    kernel_modules stdin legacy options schema image timeout tmpfs discovery services auth_api
    ingress ingress_port ingress_entry ingress_stream panel_icon panel_title panel_admin backup
    backup_pre backup_post backup_exclude stage init watchdog realtime journald breaking_versions
    ulimits""".split()  # noqa: SIM905 - a list of words is easier to compare with the page
)
KIND = re.compile(r"(str|bool|email|url|password|port|int|float|match\(.+\)|list\((.+)\))\??")


def load_options(directory: Path, options: Mapping[str, Any]) -> Config:
    """Return what the daemon makes of *options*, added to those that the app has anyway."""
    file = directory / "options.toml"
    file.write_text(configuration({**CONFIG["options"], **options}, TOKEN))
    file.chmod(0o600)
    return load(file, {"STATE_DIRECTORY": str(directory)})


def test_keys() -> None:
    """Each key is one that the Supervisor knows, and none is missing that it wants."""
    assert CONFIG.keys() <= REQUIRED | OPTIONAL
    assert REQUIRED <= CONFIG.keys()
    assert re.fullmatch("[-_.A-Za-z0-9]+", CONFIG["slug"])
    assert set(CONFIG["arch"]) <= {"aarch64", "amd64"}
    assert CONFIG["version"] == __version__
    assert f"## {__version__}" in (ADDON / "CHANGELOG.md").read_text()


def test_options_fit_their_schema() -> None:
    """Each option has a kind that there is, and those with a default have one that fits."""
    kinds = {name: KIND.fullmatch(kind) for name, kind in CONFIG["schema"].items()}

    assert all(kinds.values())
    for name, value in CONFIG["options"].items():
        kind = kinds[name]
        assert kind is not None
        assert value in kind[2].split("|")
    assert {name for name, kind in CONFIG["schema"].items() if not kind.endswith("?")} == set(
        CONFIG["options"]
    )


@pytest.mark.parametrize("language", ["en", "de"])
def test_translations(language: str) -> None:
    """Each option and each port is explained in each language, and nothing else is."""
    texts = yaml.safe_load((ADDON / "translations" / f"{language}.yaml").read_text("utf-8"))

    assert texts["configuration"].keys() == CONFIG["schema"].keys()
    assert texts["network"].keys() == CONFIG["ports"].keys()
    assert all(each["name"] and each["description"] for each in texts["configuration"].values())


def test_where_it_listens() -> None:
    """The panel, the watchdog and the image speak of one port."""
    port = CONFIG["ingress_port"]

    assert f"TRIO_INGEST_ADMIN_LISTEN=0.0.0.0:{port}\n" in DOCKERFILE
    assert f"[PORT:{port}]/livez" in CONFIG["watchdog"]
    assert CONFIG["ports"].keys() == {f"{port}/tcp"}


def test_default_options(tmp_path: Path) -> None:
    """Without any option it records through the Supervisor's proxy into SQLite."""
    config = load_options(tmp_path, {})

    (home,), (sink,) = config.home_assistants, config.sinks
    assert str(address_of(home.url)) == "ws://supervisor/core/websocket"
    assert home.token.read() == TOKEN
    assert isinstance(sink, SqliteSinkConfig)
    assert not config.warnings


@pytest.mark.parametrize(
    "options",
    [
        {"api": "v1", "database": "home", "username": "anna", "password": 'a "$b"'},
        {"api": "v2", "org": "home", "bucket": "home", "token": "abc"},
        {"api": "v3", "database": "home", "token": "abc"},
    ],
    ids=lambda options: options["api"],
)
def test_options_for_influxdb(options: dict[str, str], tmp_path: Path) -> None:
    """Each InfluxDB can be named; options that were emptied again are none."""
    named = {f"influxdb_{name}": value for name, value in options.items()}
    emptied = dict.fromkeys(CONFIG["schema"].keys() - named.keys() - CONFIG["options"].keys(), "")
    given = {**emptied, **named, "influxdb_url": "http://influx:8086", "schema": "home-assistant"}

    (sink,) = load_options(tmp_path, given).sinks

    assert isinstance(sink, InfluxSinkConfig)
    assert (sink.api, sink.schema) == (InfluxApi(options["api"]), Schema.HOME_ASSISTANT)
    assert sink.secret is not None
    assert sink.secret.read() == options.get("token", options.get("password"))


async def test_the_daemon_starts_with_them(tmp_path: Path) -> None:
    """With the options as they come the daemon connects, to a simulated home for the Supervisor's."""
    async with open_simulator(Home(number_of_entities=5)) as simulator:
        text = configuration(CONFIG["options"], simulator.token)
        text = text.replace(RUN["HOME_ASSISTANT"], simulator.url)
        async with running_daemon(tmp_path, text) as daemon:
            await daemon.wait_log("connected to")
            assert await daemon.stop() == 0


@pytest.mark.servers
@pytest.mark.slow
def test_the_app_built_and_run(tmp_path: Path) -> None:
    """The folder of scripts/addon builds, and its daemon has no rights, whatever it began with."""
    folder, data = tmp_path / "folder", tmp_path / "data"
    subprocess.run([REPOSITORY / "scripts" / "addon", folder], check=True)
    image = build_image("localhost/trio-ingest-app:test", folder, {"BUILD_VERSION": __version__})
    data.mkdir(mode=0o755)
    (data / "options.json").write_text(json.dumps(CONFIG["options"]))
    (data / "options.json").chmod(0o600)
    listen = f"127.0.0.1:{free_port()}"
    environment = {"SUPERVISOR_TOKEN": TOKEN, "TRIO_INGEST_ADMIN_LISTEN": listen}
    options = (f"--volume={data}:/data", "--add-host=supervisor:127.0.0.1")

    name = f"trio-ingest-app-{os.getpid()}"
    with running_container(name, image, *options, environment=environment) as app:
        wait_until(lambda: app.run("trio-ingest", "health", check=False).returncode == 0, app.log)
        wait_until(lambda: "ws://supervisor/core/websocket" in app.log(), app.log)

        status = app.run("cat", "/proc/1/status").stdout
        assert re.search(r"^Uid:\s+10001\s+10001\s+10001", status, re.MULTILINE)
        assert re.search(r"^CapEff:\s+0+$", status, re.MULTILINE)
        assert TOKEN not in app.log()
        assert app.stop() == 0
    assert __version__ in podman("image", "inspect", image, "--format", "{{.Labels}}").stdout
