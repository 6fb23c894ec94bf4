"""One client of a simulated Home Assistant: what was seen of it, and what can be done to it."""

from typing import Any

import trio
from attrs import define, field, frozen
from trio_websocket import WebSocketConnection

from trio_ingest.simulator.line import Line
from trio_ingest.simulator.outbox import Outbox


@frozen
class Heard:
    """A command as it came, and when (Trio's clock)."""

    at: float
    command: Any


@define(eq=False)
class Connection:
    """What is known of one connection, now and after its end. Times are Trio's clock."""

    line: Line
    outbox: Outbox = field(factory=Outbox)
    opened_at: float = field(factory=trio.current_time)
    ended_at: float | None = None
    ended: trio.Event = field(factory=trio.Event)
    path: str | None = None
    """What the client asked for in its upgrade."""
    websocket: WebSocketConnection | None = None
    """None until the upgrade."""
    is_authenticated: bool = False
    commands: list[Heard] = field(factory=list)
    close_code: int | None = None
    """The code of the client's CLOSE frame; None when none has come."""
    linger_seconds: float = 0.0

    def hang_up(self, linger_seconds: float = 0.0) -> None:
        """Send CLOSE 1000; then keep the TCP connection until the client ends it, or so long."""
        self.linger_seconds = linger_seconds
        self.outbox.cut()

    def abort(self) -> None:
        """End the TCP connection with no CLOSE frame."""
        self.line.drop()
        self.outbox.cut()

    def go_deaf(self) -> None:
        """Throw away whatever comes in from now on, pings too. Events still go out."""
        self.line.is_deaf = True

    def note_end(self) -> None:
        """Drop the line, and let everybody know."""
        self.line.drop()
        self.ended_at = trio.current_time()
        self.ended.set()
