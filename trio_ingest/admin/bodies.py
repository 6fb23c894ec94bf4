"""Throws away what clients send behind their requests: no endpoint reads a body.

Hypercorn puts it into a short queue. With nobody to empty that, it could not even close the
connection once the answer is sent, and a client that sends on would hold it to the last second.
"""

import trio
from attrs import define, field
from starlette.types import Message, Receive

DISCONNECT = "http.disconnect"


@define
class Discarded:
    """What stands in the place of *receive*: it tells only that the client has left."""

    receive: Receive
    _is_gone: trio.Event = field(factory=trio.Event, init=False)

    async def discard(self) -> None:
        """Throw away what comes, until the client has left or the answer is sent."""
        while (await self.receive())["type"] != DISCONNECT:
            pass
        self._is_gone.set()

    async def wait_gone(self) -> Message:
        """Wait for the client to leave."""
        await self._is_gone.wait()
        return {"type": DISCONNECT}
