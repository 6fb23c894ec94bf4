"""`trio-ingest run` where it cannot."""

import os
import subprocess
import sys
from pathlib import Path


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
