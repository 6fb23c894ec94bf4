"""What waits to be sent over one connection: written by many tasks, sent by one."""

from collections.abc import Sequence

import trio
from attrs import define, field

MOST_BYTES = 1024 * 1024


@define(eq=False)
class Outbox:
    """Operations in the order in which they came. A task that finds it full waits.

    So it holds `MOST_BYTES` and one message a task at the most.
    """

    _parts: list[bytes] = field(factory=list, repr=False)
    _size: int = 0
    _filled: trio.Event = field(factory=trio.Event)
    _emptied: trio.Event = field(factory=trio.Event)
    _is_closed: bool = False

    async def put(self, operation: bytes) -> None:
        """Add *operation*, whole or, when cancelled, not at all. One that is closed forgets it."""
        while self._size >= MOST_BYTES and not self._is_closed:
            await self._emptied.wait()
        self.put_now(operation)

    def put_now(self, operation: bytes) -> None:
        """Add a few bytes that nobody should wait for."""
        if self._is_closed:
            return
        self._parts.append(operation)
        self._size += len(operation)
        self._filled.set()

    async def wait_filled(self) -> Sequence[bytes]:
        """Return what is there as soon as there is something; `sent` says that it is gone."""
        await self._filled.wait()
        parts, self._parts, self._filled = self._parts, [], trio.Event()
        return parts

    def sent(self, parts: Sequence[bytes]) -> None:
        """Note that *parts* are gone, and wake whoever waits for room."""
        self._size -= sum(map(len, parts))
        self._emptied.set()
        self._emptied = trio.Event()

    def close(self) -> None:
        """Forget what is there and what comes; nobody waits any longer."""
        self._is_closed = True
        self._parts.clear()
        self._emptied.set()
