"""What the units promise that can be read off them; test_real_systemd asks systemd."""

from pathlib import Path

from trio_ingest.cli import WRONG_CONFIGURATION

UNITS = Path(__file__).parents[2] / "systemd"
UNIT = UNITS / "trio-ingest.service"
TEMPLATE = UNITS / "trio-ingest@.service"
RELAY = UNITS / "trio-ingest-relay@.service"


def test_wrong_configuration_is_not_retried() -> None:
    """systemd does not restart a daemon that says its configuration is wrong."""
    assert f"RestartPreventExitStatus={WRONG_CONFIGURATION}" in UNIT.read_text().splitlines()


def test_the_template_is_the_unit() -> None:
    """Both units differ by the name of the instance alone, and in what is said about it."""
    template = TEMPLATE.read_text().replace("%i.toml", "trio-ingest.toml").replace("-%i", "")

    assert settings(template) == settings(UNIT.read_text())


def test_the_relay_is_as_the_template() -> None:
    """A relay is guarded as a daemon is; its command and its places are its own."""
    relay = (
        RELAY.read_text().replace("-relay-%i", "-%i").replace("ingest relay --", "ingest run --")
    )

    assert settings(TEMPLATE.read_text()) == settings(relay)


def settings(unit: str) -> list[str]:
    """Return the lines that mean something, without those that are for people."""
    return [line for line in unit.splitlines() if line and not line.startswith(("#", "Desc"))]
