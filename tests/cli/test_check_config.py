"""`trio-ingest check-config`, as people and as systemd's `ExecReload=` call it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trio_ingest.cli import main

HOME = """
state_directory = "state"
[home_assistant.home]
url = "http://127.0.0.1:1"
"""
TOKEN = 'token = "very-secret"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "trio-ingest.toml"
    path.touch(mode=0o600)
    path.write_text(HOME + TOKEN)
    return path


def check(file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["check-config", f"--config={file}", *arguments])


def test_a_valid_file(file: Path) -> None:
    """It says what is recorded, where to, and what that promises; never the token."""
    done = check(file)

    assert 0 == done.exit_code
    assert "records  home: http://127.0.0.1:1" in done.stdout
    assert "What this configuration promises:" in done.stdout
    assert "very-secret" not in done.output


def test_quiet(file: Path) -> None:
    """At a reload the journal has nothing of a file that is valid, and all of one that is not."""
    well = check(file, "--quiet")
    file.write_text(HOME + TOKEN + "bogus = 1")
    wrong = check(file, "--quiet")

    assert (0, "") == (well.exit_code, well.output)
    assert 78 == wrong.exit_code
    assert "home_assistant.home.bogus: unknown key" in wrong.stderr


def test_without_secrets(file: Path) -> None:
    """Where only the daemon may read the secrets, a file that leaves them to systemd is valid."""
    file.write_text(HOME)

    assert 78 == check(file).exit_code
    assert 0 == check(file, "--without-secrets").exit_code


def test_online(file: Path) -> None:
    """Nobody there is a failure, with what to do, and no fault of the configuration."""
    done = check(file, "--online")

    assert 1 == done.exit_code
    assert "cannot connect to 127.0.0.1:1: Connection refused" in done.stdout
    assert "→ Nobody listens there" in done.stdout


@pytest.mark.parametrize("other", ["--quiet", "--without-secrets"])
def test_what_does_not_go_together(file: Path, other: str) -> None:
    """To ask others takes the secrets, and is asked for to be told."""
    assert 2 == check(file, "--online", other).exit_code
