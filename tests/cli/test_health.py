"""`trio-ingest health`, asked beside a real daemon."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import trio
from click.testing import CliRunner, Result

from tests.support.daemon import running_daemon, toml
from tests.support.servers import free_port
from trio_ingest.cli import main

HOME = """
[home_assistant.home]
url = "http://127.0.0.1:1"
token = "abc"
"""


def health(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["health", *arguments])


async def ask(directory: Path, listen: str) -> Sequence[Result]:
    """Return how it goes beside a daemon that listens there: now, with a wrong file, without it."""
    file = directory / "trio-ingest.toml"
    text = f"[admin]\nlisten = {toml(listen)}\n{HOME}"
    async with running_daemon(directory, text) as daemon:
        await daemon.wait_log("health and metrics at")
        well = await trio.to_thread.run_sync(health, "--config", str(file))
        file.write_text("wrong = 1\n")
        wrong = await trio.to_thread.run_sync(health, "--config", str(file))
        file.write_text(text)
        await daemon.stop()
    return well, wrong, await trio.to_thread.run_sync(health, "--config", str(file))


async def test_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It finds a daemon that listens everywhere, even when the file is wrong by now, and only then."""
    listen = f"0.0.0.0:{free_port()}"
    monkeypatch.setenv("TRIO_INGEST_ADMIN_LISTEN", listen)

    results = await ask(tmp_path, listen)

    assert [0, 0, 1] == [result.exit_code for result in results]
    assert f"no answer at {listen}" in results[-1].output


async def test_socket_file(tmp_path: Path) -> None:
    """It finds a daemon at a socket file, too."""
    well, _, gone = await ask(tmp_path, f"unix:{tmp_path / 'admin.sock'}")

    assert (0, 1) == (well.exit_code, gone.exit_code)


def test_off(tmp_path: Path) -> None:
    """Where nothing listens, nothing can be said to be well."""
    file = tmp_path / "trio-ingest.toml"
    file.write_text(f'[admin]\nlisten = ""\n{HOME}')

    result = health("--config", str(file))

    assert 1 == result.exit_code
    assert "the admin server is off" in result.output
