"""Tells systemd how the daemon is (sd_notify): ready, reloading, stopping, alive, and in words.

One datagram a state, to the socket that systemd names in the environment; elsewhere a no-op. See
https://www.freedesktop.org/software/systemd/man/252/sd_notify.html
"""

import logging
import os
import socket
import time
from collections.abc import Mapping

from attrs import frozen

log = logging.getLogger(__name__)

MICROSECONDS = 1_000_000


@frozen
class Notifier:
    """Sends states to *address*; None: nobody listens. Sending never waits and never raises."""

    address: str | None = None
    watchdog_seconds: float | None = None
    """Within this time `alive` has to be said again and again; None: nobody waits for it."""

    def ready(self, status: str) -> None:
        """Say that the start or the reload is over."""
        self._send("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """Say that a reload begins; `ready` has to follow, however it goes."""
        # systemd takes the clock for proof that this answers its signal, so both go in one.
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """Say in one line how things stand."""
        self._send(f"STATUS={text}")

    def alive(self) -> None:
        """Say that everything moves."""
        self._send("WATCHDOG=1")

    def extend_timeout(self, seconds: float) -> None:
        """Ask for *seconds* from now for what is being done: starting, reloading or stopping."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * MICROSECONDS)}")

    def _send(self, *assignments: str) -> None:
        if self.address is None:
            return
        datagram = "\n".join(" ".join(each.splitlines()) for each in assignments)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto(datagram.encode(), self.address)
        except OSError as error:
            log.debug("systemd was not told %s: %s", assignments[0], error)


def find_notifier(environment: Mapping[str, str]) -> Notifier:
    """Return the way to the systemd that started us, if one did."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return Notifier()
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    return Notifier(address, _watchdog_seconds(environment))


def _watchdog_seconds(environment: Mapping[str, str]) -> float | None:
    is_for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    microseconds = environment.get("WATCHDOG_USEC", "")
    if not (is_for_us and microseconds.isdecimal() and int(microseconds)):
        return None
    return int(microseconds) / MICROSECONDS
