"""`trio-ingest run` where it cannot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.config.bad_files import HOME
from tests.config.bad_relay_files import GOOD
from trio_ingest.cli import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "relay: this is the file of a relay. Start it with: trio-ingest relay."),
        (["explain", "sensor.a", "--state", "1"], "the file of a relay, which records no home"),
        (["import", "--from", "2026-11-13"], "the file of a relay, which records no home"),
    ],
    ids=["run", "explain", "import"],
)
def test_the_file_of_a_relay(tmp_path: Path, arguments: list[str], said: str) -> None:
    """What records homes does not take it, and says what does."""
    file = tmp_path / "relay.toml"
    file.write_text(GOOD)

    done = CliRunner().invoke(main, [*arguments, "--config", str(file)])

    assert 78 == done.exit_code
    assert said in done.stderr


def test_a_recorder_is_no_relay(tmp_path: Path) -> None:
    """A relay does not take the file of a recorder, and says what does."""
    file = tmp_path / "trio-ingest.toml"
    file.write_text(HOME)

    done = CliRunner().invoke(main, ["relay", "--config", str(file)])

    assert 78 == done.exit_code
    assert "relay: is missing. Add [relay], and its servers; to record homes:" in done.stderr


def test_a_state_directory_that_is_of_no_use(tmp_path: Path) -> None:
    """It says which file is the trouble, in a sentence and without a traceback, and fails."""
    (tmp_path / "spool").write_text("a file where a directory should be")
    variables = {
        "HA_HTTP_URL": "http://127.0.0.1:1",
        "HA_TOKEN": "abc",
        "STATE_DIRECTORY": str(tmp_path),
        "TRIO_INGEST_ADMIN_LISTEN": "127.0.0.1:0",
        "CONFIGURATION_DIRECTORY": "",
        "XDG_CONFIG_HOME": str(tmp_path),
    }

    done = subprocess.run(
        [sys.executable, "-m", "trio_ingest", "run"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert f"trio-ingest cannot run: {tmp_path / 'spool'}" in done.stderr
    assert "Traceback" not in done.stderr
