"""What waits to be sent to one client, and the rule that throws a slow client out.

The limits are Home Assistant's own (2026.11, websocket_api/const.py).
"""

from collections import deque

import trio
from attrs import define, field

MOST_PENDING = 4096
PEAK_PENDING = 1024
PEAK_SECONDS = 10


@define(eq=False)
class Outbox:
    """Messages on their way out. To put one in never waits, so a full box ends."""

    coalesces: bool = False
    _pending: deque[bytes] = field(factory=deque)
    _ready: trio.Event = field(factory=trio.Event)
    _over: trio.Event = field(factory=trio.Event)

    @property
    def number_pending(self) -> int:
        """Say how many messages wait to be sent."""
        return len(self._pending)

    def put(self, message: bytes) -> None:
        """Add a message. The one that is too many cuts the client off."""
        if self._over.is_set():
            return
        self._pending.append(message)
        if len(self._pending) >= MOST_PENDING:
            self.cut()
        self._ready.set()

    def finish(self) -> None:
        """End: what is pending is still sent."""
        self._over.set()
        self._ready.set()

    def cut(self) -> None:
        """End: what is pending is lost."""
        self._pending.clear()
        self.finish()

    async def wait_over(self) -> None:
        """Wait until the end was decided."""
        await self._over.wait()

    async def take(self) -> list[bytes]:
        """Wait for the messages of the next frame and return them; none: it is over."""
        while not self._pending and not self._over.is_set():
            self._ready = trio.Event()
            await self._ready.wait()
        number = len(self._pending) if self.coalesces else min(1, len(self._pending))
        return [self._pending.popleft() for _ in range(number)]

    async def watch_peak(self) -> None:
        """Cut the client off when too much has been pending for too long."""
        seconds_above = 0
        while not self._over.is_set():
            await trio.sleep(1)
            seconds_above = seconds_above + 1 if len(self._pending) > PEAK_PENDING else 0
            if seconds_above > PEAK_SECONDS:
                self.cut()
