"""Starts daemons in no time, to be killed: a process that has imported everything forks them.

As a program it reads the directories of daemons from its standard input, one a line, and answers
each with the pid of a new daemon, which has its configuration, its log and its state there.
"""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from attrs import frozen


@frozen
class ForkServer:
    """A running one."""

    process: trio.Process

    @asynccontextmanager
    async def daemon(self, directory: Path) -> AsyncGenerator[None]:
        """Run a daemon for as long as the block runs; then it is killed with no time to react."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        await self.process.stdin.send_all(f"{directory}\n".encode())
        answer = b""
        while not answer.endswith(b"\n"):
            more = await self.process.stdout.receive_some()
            assert more, "the fork server has ended"
            answer += more
        process = os.pidfd_open(int(answer))
        try:
            yield
        finally:
            signal.pidfd_send_signal(process, signal.SIGKILL)
            with trio.CancelScope(shield=True):
                await trio.lowlevel.wait_readable(process)  # it has ended
            os.close(process)


@asynccontextmanager
async def open_fork_server() -> AsyncGenerator[ForkServer]:
    """Run a fork server for as long as the block runs."""
    command = [sys.executable, "-m", __name__]
    process = await trio.lowlevel.open_process(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield ForkServer(process)
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


def serve() -> None:
    import trio_ingest.cli.run  # noqa: F401, PLC0415 - what takes a second is done once

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            become_daemon(Path(line.rstrip("\n")))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def become_daemon(directory: Path) -> None:
    from trio_ingest.cli import main  # noqa: PLC0415

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ["STATE_DIRECTORY"] = str(directory / "state")
    log = os.open(directory / "daemon.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), log, log)):
        os.dup2(file, number)
    sys.argv = ["trio-ingest", "run", "--config", str(directory / "trio-ingest.toml")]
    main()
    os._exit(0)


if __name__ == "__main__":
    serve()
