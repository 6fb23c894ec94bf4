"""What it costs to be woken eleven times a second: a plain loop, and Trio with nothing above it.

    python -m benchmarks.waking

Each reads a socket to which another process sends 1,070 bytes at a time, and does nothing with
them. Hot, in a row, the same reads take a few microseconds; these find all caches cold.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Callable

import trio

RATE = 11.0
SECONDS = 30.0
SENDER = f"""
import sys, time
while True:
    time.sleep(1 / {RATE})
    sys.stdout.buffer.write(b"x" * 1070)
    sys.stdout.flush()
"""


def plain(ours: socket.socket) -> int:
    """Read in a blocking call; return how often."""
    reads, end = 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        ours.recv(1 << 16)
        reads += 1
    return reads


def with_trio(ours: socket.socket) -> int:
    """Read in a task of Trio; return how often."""

    async def read() -> int:
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
        reads, end = 0, time.monotonic() + SECONDS
        while time.monotonic() < end:
            await stream.receive_some(1 << 16)
            reads += 1
        return reads

    return trio.run(read)


def start_sending(to: socket.socket) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SENDER], stdout=to)


def main() -> None:
    ways: dict[str, Callable[[socket.socket], int]] = {"plain": plain, "Trio": with_trio}
    for name, read in ways.items():
        ours, theirs = socket.socketpair()
        with ours, theirs, start_sending(theirs) as sender:
            began = time.process_time()
            reads = read(ours)
            seconds = time.process_time() - began
            sender.kill()
        share = seconds / SECONDS * 100
        print(f"{name}: {share:.3f} % of a core, {seconds / reads * 1e6:.0f} µs each time")


if __name__ == "__main__":
    main()
