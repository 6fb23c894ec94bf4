"""What systemd is told, read from a real datagram socket."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from trio_ingest.telemetry.systemd import Notifier, find_notifier


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """systemd's end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        yield listener


@pytest.fixture
def notifier(manager: socket.socket) -> Notifier:
    return find_notifier({"NOTIFY_SOCKET": manager.getsockname()})


def test_each_state_is_one_datagram(manager: socket.socket, notifier: Notifier) -> None:
    """What belongs to one state arrives in one piece, in systemd's words."""
    notifier.ready("two homes ◐")
    notifier.status("all is well")
    notifier.alive()
    notifier.extend_timeout(1.5)
    notifier.stopping()

    assert [manager.recv(4096).decode() for _ in range(5)] == [
        "READY=1\nSTATUS=two homes ◐",
        "STATUS=all is well",
        "WATCHDOG=1",
        "EXTEND_TIMEOUT_USEC=1500000",
        "STOPPING=1",
    ]


def test_reloading_tells_the_time(manager: socket.socket, notifier: Notifier) -> None:
    """The word that a reload begins carries the monotonic clock, in the same datagram."""
    before = time.monotonic_ns() // 1000
    notifier.reloading()

    state, clock = manager.recv(4096).decode().split("\n")
    assert state == "RELOADING=1"
    assert before <= int(clock.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


def test_a_status_is_one_line(manager: socket.socket, notifier: Notifier) -> None:
    """A line break in a status cannot become an assignment of its own."""
    notifier.status("it says\nREADY=1")

    assert manager.recv(4096) == b"STATUS=it says READY=1"


def test_an_abstract_socket() -> None:
    """A name that begins with @ is one of the abstract ones."""
    name = f"trio-ingest-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name)
        find_notifier({"NOTIFY_SOCKET": "@" + name}).alive()

        assert listener.recv(4096) == b"WATCHDOG=1"


def test_sending_never_waits(manager: socket.socket, notifier: Notifier) -> None:
    """A systemd that does not read, or is gone, is no trouble of ours."""
    for _ in range(2000):
        notifier.alive()
    manager.close()
    Path(notifier.address or "").unlink()

    notifier.alive()


def test_elsewhere_nobody_is_told() -> None:
    """Without systemd there is nobody to tell, and no watchdog."""
    notifier = find_notifier({"WATCHDOG_USEC": "1000000"})
    notifier.ready("x")

    assert notifier == Notifier()


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "3000000"}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_the_watchdog_may_be_meant_for_another(
    environment: dict[str, str], seconds: float | None
) -> None:
    """The period counts when it is for this process."""
    found = find_notifier({"NOTIFY_SOCKET": "/run/systemd/notify", **environment})

    assert seconds == found.watchdog_seconds
