"""`install-unit` writes what is missing, and harms nothing that is there."""

from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trio_ingest.cli import main

# In its package the command goes by the same name.
command = import_module("trio_ingest.cli.install_unit")

UNIT = "etc/systemd/system/trio-ingest.service"
CONFIGURATION = "etc/trio-ingest/trio-ingest.toml"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine with systemd 252, on which nothing is in the way."""
    monkeypatch.setattr(command, "systemd_version", lambda: 252)
    monkeypatch.setattr(command, "obstacles", lambda *_: [])
    return monkeypatch


def install(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["install-unit", *map(str, arguments)])


def files(root: Path) -> dict[str, bytes]:
    """Return all files below *root*."""
    return {
        str(each.relative_to(root)): each.read_bytes() for each in root.rglob("*") if each.is_file()
    }


def test_the_first_time(tmp_path: Path) -> None:
    """All files are written and named, and the next steps are said."""
    result = install("--root", tmp_path)

    assert 0 == result.exit_code
    assert 4 == len(files(tmp_path))
    assert all(f"written    {tmp_path / each}" in result.stdout for each in files(tmp_path))
    assert "systemctl enable --now trio-ingest" in result.stdout


def test_a_relay(tmp_path: Path) -> None:
    """It is called relay unless it has another name, and the daemon's files are not its own."""
    result = install("--relay", "--root", tmp_path)

    assert 0 == result.exit_code
    assert {
        "etc/systemd/system/trio-ingest-relay@.service",
        "etc/trio-ingest/relay.toml",
        "usr/local/lib/systemd/catalog/trio-ingest.catalog",
    } == set(files(tmp_path))


def test_the_second_time(tmp_path: Path) -> None:
    """Nothing is changed, and that is said."""
    install("--root", tmp_path)
    before = files(tmp_path)

    result = install("--root", tmp_path)

    assert before == files(tmp_path)
    assert "Nothing has changed." in result.stdout
    assert "written" not in result.stdout


def test_what_is_somebodys_own(tmp_path: Path) -> None:
    """A configuration that is there is kept as it is."""
    install("--root", tmp_path)
    (tmp_path / CONFIGURATION).write_text("mine")

    result = install("--root", tmp_path)

    assert "mine" == (tmp_path / CONFIGURATION).read_text()
    assert f"kept       {tmp_path / CONFIGURATION} (it is yours)" in result.stdout


def test_a_unit_of_an_older_version(tmp_path: Path) -> None:
    """A unit that is another one is replaced, and what was there is beside it."""
    install("--root", tmp_path)
    new = (tmp_path / UNIT).read_text()
    (tmp_path / UNIT).write_text("old")

    result = install("--root", tmp_path)

    assert new == (tmp_path / UNIT).read_text()
    assert "old" == (tmp_path / f"{UNIT}.before").read_text()
    assert f"{tmp_path / UNIT}.before" in result.stdout


def test_print(tmp_path: Path) -> None:
    """With --print the files are shown, and nothing is written."""
    result = install("--print", "--root", tmp_path, "--name", "cabin")

    assert 0 == result.exit_code
    assert "# /etc/systemd/system/trio-ingest@.service\n" in result.stdout
    assert {} == files(tmp_path)


def test_something_in_the_way(tmp_path: Path, machine: pytest.MonkeyPatch) -> None:
    """Where the service could not run nothing is written, and a way out is said."""
    machine.setattr(command, "obstacles", lambda *_: ["it is hidden"])

    result = install("--root", tmp_path)

    assert 1 == result.exit_code
    assert result.stderr.startswith("it is hidden\n")
    assert "-m venv /opt/trio-ingest" in result.stderr
    assert {} == files(tmp_path)


def test_nobody_but_root(machine: pytest.MonkeyPatch) -> None:
    """Who is not root is told so."""
    machine.setattr("os.geteuid", lambda: 1000)

    result = install()

    assert 1 == result.exit_code
    assert "run it as root" in result.stderr


def test_a_name_that_is_none() -> None:
    """A name that no unit could have is a wrong use of the command."""
    assert 2 == install("--print", "--name", "../x").exit_code
