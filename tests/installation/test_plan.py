"""What `install-unit` would write, without writing it."""

from pathlib import Path

import pytest

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.loading import load
from trio_ingest.config.sink_model import SqliteSinkConfig
from trio_ingest.installation.plan import PlannedFile, Service
from trio_ingest.installation.shipped import IN_CHECKOUT

PROGRAM = Path("/srv/50% $off/bin/trio-ingest")


def service(version: int | None = 252, name: str | None = None) -> Service:
    return Service(program=PROGRAM, systemd_version=version, name=name)


def planned(service: Service, ending: str) -> PlannedFile:
    """Return the only file of the plan that is called so."""
    (found,) = [each for each in service.files() if str(each.path).endswith(ending)]
    return found


@pytest.mark.parametrize("name", [None, "cabin"])
def test_the_program_is_the_one_that_asked(name: str | None) -> None:
    """Every command of the unit is from the environment at hand, written as units want it."""
    texts = [each.text for each in service(257, name).files() if "systemd/system" in str(each.path)]
    commands = [
        line.partition("=")[2]
        for line in "\n".join(texts).splitlines()
        if line.startswith("Exec") and "trio-ingest" in line
    ]

    assert 3 == len(commands)
    assert {"/srv/50%%", "$$off/bin/trio-ingest"} == {
        word for c in commands for word in c.split()[:2]
    }


@pytest.mark.parametrize(
    ("version", "waits"), [(None, False), (252, False), (253, True), (257, True)]
)
def test_reload_that_fits_the_version(version: int | None, waits: bool) -> None:
    """Only a systemd that knows Type=notify-reload is given it: on an older one it would do harm."""
    files = [each.path.name for each in service(version).files()]

    assert waits == ("reload-253.conf" in files)


def test_an_instance() -> None:
    """An instance has files of its own, and its unit and its reload are good for all instances."""
    cabin = service(257, "cabin")

    assert [
        "/etc/systemd/system/trio-ingest@.service",
        "/etc/systemd/system/trio-ingest@.service.d/reload-253.conf",
        "/etc/systemd/system/trio-ingest@cabin.service.d/credentials.conf",
        "/etc/trio-ingest/cabin.toml",
        "/usr/local/lib/systemd/catalog/trio-ingest.catalog",
    ] == [str(each.path) for each in cabin.files()]
    assert "--config %E/trio-ingest/%i.toml" in planned(cabin, "reload-253.conf").text
    assert f":{cabin.token_file}\n" in planned(cabin, "credentials.conf").text
    assert "trio-ingest.toml" not in "".join(each.text for each in cabin.files() if each.is_own)


def relay(name: str = "north") -> Service:
    return Service(program=PROGRAM, systemd_version=257, name=name, is_relay=True)


def test_a_relay() -> None:
    """A relay has a unit and a configuration of its own, and says that it needs a stream."""
    assert [
        "/etc/systemd/system/trio-ingest-relay@.service",
        "/etc/systemd/system/trio-ingest-relay@.service.d/reload-253.conf",
        "/etc/trio-ingest/north.toml",
        "/usr/local/lib/systemd/catalog/trio-ingest.catalog",
    ] == [str(each.path) for each in relay().files()]
    assert "bin/trio-ingest relay --config" in planned(relay(), "relay@.service").text
    assert "--config %E/trio-ingest/%i.toml" in planned(relay(), "reload-253.conf").text
    steps = "\n".join(relay().next_steps())
    assert "trio-ingest nats setup --config /etc/trio-ingest/north.toml" in steps
    assert "systemctl enable --now trio-ingest-relay@north" in steps


@pytest.mark.parametrize("name", ["relay", "north"])
def test_the_configuration_of_a_relay_is_valid(name: str, tmp_path: Path) -> None:
    """The first configuration of a relay is valid, and its socket is where its unit has room."""
    file = tmp_path / "relay.toml"
    file.write_text(planned(relay(name), ".toml").text)

    config = load(file, {"STATE_DIRECTORY": str(tmp_path)})

    assert config.relay is not None
    assert [InfluxSinkConfig] == [type(sink) for sink in config.sinks]
    assert [] == list(config.warnings)
    assert f"unix:/run/trio-ingest-relay-{name}/admin.sock" in file.read_text()
    assert "RuntimeDirectory=trio-ingest-relay-%i" in planned(relay(), "@.service").text


@pytest.mark.parametrize("name", [None, "cabin"])
def test_the_configuration_is_valid(name: str | None, tmp_path: Path) -> None:
    """The first configuration is valid once the token is there."""
    file = tmp_path / "trio-ingest.toml"
    file.write_text(planned(service(name=name), ".toml").text)
    token = tmp_path / "home_assistant.home.token"
    token.touch(mode=0o600)
    token.write_text("secret")

    config = load(file, {"CREDENTIALS_DIRECTORY": str(tmp_path), "STATE_DIRECTORY": str(tmp_path)})

    assert ["home"] == [home.name for home in config.home_assistants]
    assert [SqliteSinkConfig] == [type(sink) for sink in config.sinks]
    assert [] == list(config.warnings)


def test_what_is_left_to_do_names_the_files() -> None:
    """The next steps name the configuration, the token's file and the unit."""
    text = "\n".join(service(name="cabin").next_steps())

    assert "/etc/trio-ingest/cabin.toml" in text
    assert "/etc/trio-ingest/cabin-home-assistant.token" in text
    assert "systemctl enable --now trio-ingest@cabin" in text


def test_there_is_one_source() -> None:
    """What is written is what is in systemd/, but for the path of the program."""
    shipped = Path("/opt/trio-ingest/bin/trio-ingest")
    texts = {each.text for each in Service(program=shipped, systemd_version=257).files()}

    names = [
        "trio-ingest.service",
        "reload-253.conf",
        "credentials.conf",
        "trio-ingest.toml",
        "trio-ingest.catalog",
    ]
    assert {(IN_CHECKOUT / name).read_text() for name in names} == texts
