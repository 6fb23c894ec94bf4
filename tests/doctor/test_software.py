"""What is found of the software: versions, the systemd unit, the journal."""

from pathlib import Path

import pytest

from tests.doctor.findings import not_ok, statuses, the
from trio_ingest.doctor.systemd import check_systemd, read_properties
from trio_ingest.doctor.units import (
    judge_difference,
    judge_journal,
    judge_unit,
    shipped_unit,
)
from trio_ingest.doctor.versions import (
    check_versions,
    judge_packages,
    judge_python,
    numbers,
    read_floors,
)

UNIT = "trio-ingest.service"
SHIPPED = (Path(__file__).parents[2] / "systemd" / UNIT).read_text(encoding="utf-8")
RUNNING = """\
Result=success
NRestarts=0
ExecMainStatus=0
LoadState=loaded
ActiveState=active
SubState=running
FragmentPath=/etc/systemd/system/trio-ingest.service
UnitFileState=enabled
NeedDaemonReload=no
StatusText=home: connected, 12 changes a second
LogRateLimitBurst=0
"""


def test_versions_here() -> None:
    """In the environment of the tests all is new enough."""
    assert {"python": "ok", "packages": "ok"} == statuses(check_versions())


def test_old_versions() -> None:
    """An old Python, an old package and a missing one fail, and are named."""
    floors = read_floors(["trio>=0.31", "httpx >= 0.28", "pytest>=9; extra == 'test'", "click"])
    installed = {"trio": "0.22.1", "httpx": None}

    [packages] = judge_packages(installed, floors)

    assert {"trio": "0.31", "httpx": "0.28"} == floors
    assert {"python": "failed"} == not_ok(judge_python((3, 10, 12)))
    assert "failed" == packages.status
    assert "trio 0.22.1 (at least 0.31), httpx is missing (at least 0.28)" in packages.what
    assert {} == not_ok(judge_packages({"trio": "0.31.0", "httpx": "1.0.dev3"}, floors))
    assert numbers("0.9") < numbers("0.31rc1") < numbers("1")


def test_a_unit_that_runs() -> None:
    """A unit that is enabled and runs is well."""
    found = list(judge_unit(UNIT, read_properties(RUNNING)))

    assert {} == not_ok(found)
    assert "home: connected" in the("running", found).what


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("LoadState=loaded", "LoadState=not-found"), {"unit": "warning"}),
        (("UnitFileState=enabled", "UnitFileState=disabled"), {"enabled": "warning"}),
        (("ActiveState=active", "ActiveState=inactive"), {"running": "warning"}),
        (("NRestarts=0", "NRestarts=7"), {"running": "warning"}),
        (("NeedDaemonReload=no", "NeedDaemonReload=yes"), {"loaded": "warning"}),
        (("LogRateLimitBurst=0", "LogRateLimitBurst=100"), {"journal_rate": "warning"}),
    ],
)
def test_a_unit_that_is_not_well(change: tuple[str, str], expected: dict[str, str]) -> None:
    """What is wrong with a unit is a warning with the command that puts it right."""
    found = list(judge_unit(UNIT, read_properties(RUNNING.replace(*change))))

    assert expected == not_ok(found)
    assert all(finding.advice for finding in found if finding.status != "ok")


def test_a_unit_that_failed() -> None:
    """A service that systemd has given up fails."""
    shown = RUNNING.replace("ActiveState=active", "ActiveState=failed").replace(
        "Result=success", "Result=exit-code"
    )

    found = list(judge_unit(UNIT, read_properties(shown)))

    assert {"running": "failed"} == not_ok(found)


def test_the_shipped_unit() -> None:
    """The unit is compared but for its comments and places; what differs is named."""
    moved = SHIPPED.replace("/opt/trio-ingest/bin", "/srv/venv/bin").replace("# 78", "# seventy")
    changed = SHIPPED.replace("WatchdogSec=2min", "WatchdogSec=9min\nNice=5")

    found = judge_difference(changed, shipped_unit(UNIT))

    assert "ok" == judge_difference(moved, shipped_unit(UNIT)).status
    assert "warning" == found.status
    assert "it lacks WatchdogSec=2min" in found.what
    assert "it has in addition WatchdogSec=9min, Nice=5" in found.what


def test_the_journal() -> None:
    """A journal in memory is warned of."""
    assert "ok" == judge_journal(is_persistent=True).status
    assert "warning" == judge_journal(is_persistent=False).status


async def test_without_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where systemd is not in charge that is a plain fact."""
    monkeypatch.setattr("trio_ingest.doctor.systemd.RUNS_HERE", tmp_path / "none")

    assert {"unit": "skipped"} == statuses(await check_systemd(UNIT))


async def test_asking_systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What systemctl says is read, and what it would not say is told."""
    systemctl = tmp_path / "systemctl"
    monkeypatch.setattr("trio_ingest.doctor.systemd.RUNS_HERE", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    unit = tmp_path / UNIT
    unit.write_text(SHIPPED)
    shown = RUNNING.replace("/etc/systemd/system/trio-ingest.service", str(unit))
    systemctl.write_text(f"#!/bin/sh\ncat <<'END'\n{shown}END\n")
    systemctl.chmod(0o755)

    found = await check_systemd(UNIT)
    systemctl.write_text("#!/bin/sh\necho no bus >&2; exit 1\n")
    refused = await check_systemd(UNIT)

    assert [
        "unit",
        "enabled",
        "running",
        "journal_rate",
        "unit_version",
        "journal_storage",
    ] == list(statuses(found))
    assert {} == {check: how for check, how in not_ok(found).items() if check != "journal_storage"}
    assert "no bus" in the("unit", refused).what


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("trio-ingest.service", "run --config %E/trio-ingest/trio-ingest.toml"),
        ("trio-ingest@cabin.service", "run --config %E/trio-ingest/%i.toml"),
        ("trio-ingest-relay@north.service", "relay --config %E/trio-ingest/%i.toml"),
    ],
)
def test_which_unit_is_shipped(name: str, command: str) -> None:
    """A relay's unit is compared with that of a relay."""
    assert f"/trio-ingest {command}\n" in shipped_unit(name)
