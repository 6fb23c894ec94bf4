"""Opens the place where the admin server listens: a TCP port, or a file that is a socket."""

import errno
import os
import socket
import stat
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import trio

from trio_ingest.config.admin_rules import UNIX

SOCKET_MODE = 0o660
# Whoever finds the queue full may wait for ever, without either side knowing (SYN cookies). We turn
# away faster than anybody can connect.
BACKLOG = 1024


@asynccontextmanager
async def open_listeners(listen: str) -> AsyncGenerator[Sequence[trio.SocketListener]]:
    """Listen at "HOST:PORT" or "unix:/PATH". Raises OSError when that is not possible."""
    async with AsyncExitStack() as stack:
        if listen.startswith(UNIX):
            opened = stack.enter_context(bound_file(Path(listen.removeprefix(UNIX))))
            listeners = [trio.SocketListener(trio.socket.from_stdlib_socket(opened))]
        else:
            host, _, port = listen.rpartition(":")
            listeners = await trio.open_tcp_listeners(
                int(port), host=host.strip("[]"), backlog=BACKLOG
            )
        for listener in listeners:
            await stack.enter_async_context(listener)
        yield listeners


def address_of(listener: trio.SocketListener) -> str:
    """Return where *listener* really is, as a person would write it."""
    name = listener.socket.getsockname()
    if isinstance(name, str):
        return f"{UNIX}{name}"
    host, port = name[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def bound_file(path: Path) -> Generator[socket.socket]:
    """Listen at *path*; the file is there for its owner and group, and gone in the end.

    Nobody can connect before `listen`, so nobody does before the mode is right.
    """
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        remove_stale(path)
        opened.bind(str(path))
        made = path.stat().st_ino
        try:
            path.chmod(SOCKET_MODE)
            opened.listen(BACKLOG)
            opened.setblocking(False)
            yield opened
        finally:
            with suppress(OSError):
                if path.stat().st_ino == made:  # and not another daemon's by now
                    path.unlink()
    finally:
        opened.close()


def remove_stale(path: Path) -> None:
    """Remove a socket that a killed daemon left behind. Raises OSError when it is anything else."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise FileExistsError(errno.EEXIST, "there is a file that is no socket", str(path))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.setblocking(False)
        try:
            trial.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        except BlockingIOError:  # its queue is full: somebody is there
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), str(path)) from None
        else:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), str(path))
