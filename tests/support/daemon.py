"""The daemon as a process of its own, with its log, its signals and its memory."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from attrs import define

PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.01


@define
class DaemonProcess:
    """A running `trio-ingest run`, or another such command; `log_file` is its standard error."""

    process: trio.Process
    log_file: Path

    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    async def wait_log(self, text: str, times: int = 1) -> None:
        """Wait until *text* was logged so often."""
        await until(lambda: self.log().count(text) >= times, lambda: f"{text!r} in\n{self.log()}")

    def admin_address(self) -> str:
        """Return the URL of its admin server, as it was logged last."""
        return re.findall(r"health and metrics at (\S+)", self.log())[-1]

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def wait(self) -> int:
        """Wait for the end and return the exit code."""
        with trio.fail_after(PATIENCE_SECONDS):
            return await self.process.wait()

    async def stop(self) -> int:
        """Stop it in peace; every point that it was told of has to be accounted for."""
        self.send(signal.SIGTERM)
        code = await self.wait()
        assert "unaccounted for" not in self.log(), self.log()
        return code

    async def resident_bytes(self) -> int:
        """Return the resident set size."""
        ps = ["ps", "-o", "rss=", "-p", str(self.process.pid)]
        done = await trio.run_process(ps, capture_stdout=True)
        return int(done.stdout) * 1024


async def until(condition: Callable[[], object], what: Callable[[], str] = lambda: "it") -> None:
    """Look again and again until *condition* holds."""
    with trio.move_on_after(PATIENCE_SECONDS):
        while not condition():
            await trio.sleep(LOOK_SECONDS)
        return
    raise AssertionError(f"not within {PATIENCE_SECONDS:g} s: {what()}")


@asynccontextmanager
async def running_daemon(
    directory: Path,
    configuration: str,
    *,
    options: Sequence[str] = ("-X", "dev"),
    environment: Mapping[str, str] | None = None,
    command: str = "run",
) -> AsyncGenerator[DaemonProcess]:
    """Write the configuration and run the daemon with it; it is killed at the end if need be.

    *options* are Python's; *environment* is added to our own. The admin server is off unless the
    configuration has it: many daemons run here at once.
    """
    if "admin" not in configuration:
        configuration = f'admin.listen = ""\n{configuration}'
    directory.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - tiny
    config_file = directory / "trio-ingest.toml"
    config_file.write_text(configuration, encoding="utf-8")
    log_file = directory / "daemon.log"
    program = [sys.executable, *options, "-m", "trio_ingest"]
    own = {"STATE_DIRECTORY": str(directory / "state"), **(environment or {})}
    with log_file.open("ab") as log:
        process = await trio.lowlevel.open_process(
            [*program, command, "--config", config_file],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **own},
        )
    try:
        yield DaemonProcess(process, log_file)
    finally:
        if process.returncode is None:
            process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


def toml(value: object) -> str:
    """Return a string, path, number or list as a TOML value."""
    return json.dumps(str(value) if isinstance(value, Path) else value)
