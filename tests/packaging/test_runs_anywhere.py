"""No path is hard-coded: an unprivileged user without a home runs the daemon in an empty directory."""

import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.packaging.conftest import Installed
from tests.support.servers import free_port

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 30.0

COUNT = """
import contextlib, sqlite3, sys
with contextlib.closing(sqlite3.connect(f"file:{sys.argv[1]}?mode=rw", uri=True)) as connection:
    print(connection.execute("SELECT count(*) FROM state_changes").fetchone()[0])
"""


@contextmanager
def stopped_at_the_end(process: subprocess.Popen[str], number: int) -> Generator[None]:
    """Stop *process* with a signal, as its supervisor would, and see that it goes in peace."""
    with process:
        try:
            yield
        finally:
            process.send_signal(number)
            try:
                output, _ = process.communicate(timeout=PATIENCE_SECONDS)
            finally:
                process.kill()  # or the end of the block would wait for ever
    assert process.returncode == 0, output


def recorded(installed: Installed, database: Path) -> int:
    """Return how many state changes are in *database*, read by its owner; 0 before it is there."""
    done = installed.run("python", "-c", COUNT, str(database), directory=installed.venv)
    return int(done.stdout or 0)


def test_demo_runs_anywhere(installed: Installed, empty_directory: Path) -> None:
    """The demo records a home, and leaves what it recorded in the directory it was given alone."""
    state = empty_directory / "demo"

    done = installed.run(
        "trio-ingest",
        "demo",
        "--seconds",
        "3",
        "--state-directory",
        str(state),
        directory=empty_directory,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert recorded(installed, state / "home.db") > 0
    assert [state] == list(empty_directory.iterdir())


def test_run_needs_the_environment_alone(installed: Installed, empty_directory: Path) -> None:
    """An address and a token in the environment are enough to record into the embedded database."""
    state = empty_directory / "state"
    listen = f"127.0.0.1:{free_port()}"
    simulator = installed.start(
        "trio-ingest", "simulate", "--listen", listen, directory=empty_directory
    )
    with stopped_at_the_end(simulator, signal.SIGINT):
        assert simulator.stdout is not None
        url, token = (simulator.stdout.readline().split()[-1] for _ in range(2))

        daemon = installed.start(
            "trio-ingest",
            "run",
            directory=empty_directory,
            HA_HTTP_URL=url,
            HA_TOKEN=token,
            STATE_DIRECTORY=str(state),
        )
        with stopped_at_the_end(daemon, signal.SIGTERM):
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not recorded(installed, state / "home.db"):
                assert time.monotonic() < deadline, "nothing was recorded"
                time.sleep(0.1)
    assert [state] == list(empty_directory.iterdir())
