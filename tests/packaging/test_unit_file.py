"""systemd understands the unit, and finds it closed enough."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from trio_ingest.cli import WRONG_CONFIGURATION

UNITS = Path(__file__).parents[2] / "systemd"
UNIT = UNITS / "trio-ingest.service"
TEMPLATE = UNITS / "trio-ingest@.service"
MOST_EXPOSURE = 1.0  # of 10; most daemons of a distribution are above 9


@pytest.fixture(params=[UNIT, TEMPLATE], ids=["unit", "template"])
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A unit with the program where it is on this machine; all else as it is shipped."""
    copy = tmp_path / request.param.name.replace("@", "@cabin")
    here = Path(sys.executable).with_name("trio-ingest")
    copy.write_text(
        request.param.read_text().replace("/opt/trio-ingest/bin/trio-ingest", str(here))
    )
    return copy


def analyze(*arguments: object) -> str:
    """Return what `systemd-analyze` has to say."""
    done = subprocess.run(
        ["systemd-analyze", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.servers
def test_systemd_finds_no_fault(unit: Path) -> None:
    """systemd has nothing to say about any line of the unit."""
    assert analyze("verify", unit) == ""


@pytest.mark.servers
def test_exposure(unit: Path) -> None:
    """What the daemon does not need, it may not do."""
    report = analyze("security", "--offline=true", unit)

    found = re.search(r"exposure level for .*: ([\d.]+)", report)
    assert found, report
    assert float(found[1]) <= MOST_EXPOSURE


def test_wrong_configuration_is_not_retried() -> None:
    """systemd does not restart a daemon that says its configuration is wrong."""
    assert f"RestartPreventExitStatus={WRONG_CONFIGURATION}" in UNIT.read_text().splitlines()


def test_the_template_is_the_unit() -> None:
    """Both units differ by the name of the instance alone, and in what is said about it."""
    template = TEMPLATE.read_text().replace("%i.toml", "trio-ingest.toml").replace("-%i", "")

    assert settings(template) == settings(UNIT.read_text())


def settings(unit: str) -> list[str]:
    """Return the lines that mean something, without those that are for people."""
    return [line for line in unit.splitlines() if line and not line.startswith(("#", "Desc"))]
