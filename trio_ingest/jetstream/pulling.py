"""Asks a pull consumer for messages and gathers what comes, until the server says that it is all.

https://docs.nats.io/reference/reference-protocols/nats_api_reference#fetching-from-a-pull-consumer
"""

from collections.abc import Sequence

import msgspec
import trio
from attrs import frozen

from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.jetstream.api import NANOSECONDS
from trio_ingest.jetstream.delivery import Delivery, delivery_of
from trio_ingest.jetstream.protocol import Message

_HEARTBEAT, _NO_MESSAGES, _TIME_IS_UP = 100, 404, 408
_HEARTBEAT_SECONDS = 5.0
_LONG_SECONDS = 3 * _HEARTBEAT_SECONDS


class Pull(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request for messages."""

    batch: int
    expires: int = 0
    no_wait: bool = False
    idle_heartbeat: int = 0


@frozen(kw_only=True)
class Pulled:
    """What has come, and the status that was the end of it; None when there was none."""

    deliveries: Sequence[Delivery]
    status: int | None = None
    words: str = ""

    @property
    def is_over(self) -> bool:
        """Say whether the server has nothing more to hand out now, and nothing is wrong."""
        return self.status in {_NO_MESSAGES, _TIME_IS_UP}


def pull_request(most: int, wait_seconds: float) -> Pull:
    """Return what asks for *most* messages: those that are there, or the first ones that come."""
    if wait_seconds <= 0:
        return Pull(batch=most, no_wait=True)
    heartbeat = _HEARTBEAT_SECONDS if wait_seconds >= _LONG_SECONDS else 0.0
    return Pull(
        batch=most,
        expires=int(wait_seconds * NANOSECONDS),
        idle_heartbeat=int(heartbeat * NANOSECONDS),
    )


def quiet_seconds(wait_seconds: float, config: NatsConfig) -> float:
    """Return how long nothing may come. A leader that is gone does not say goodbye to a pull."""
    expected = _HEARTBEAT_SECONDS if wait_seconds >= _LONG_SECONDS else wait_seconds
    return expected + config.timeout


async def pull(messages: trio.MemoryReceiveChannel[Message], most: int, quiet: float) -> Pulled:
    """Gather up to *most* messages; less when there are no more, or nothing comes for a while.

    Raises JetStreamUnreachable.
    """
    deliveries: list[Delivery] = []
    while len(deliveries) < most:
        message = None
        with trio.move_on_after(quiet):
            try:
                message = await messages.receive()
            except trio.EndOfChannel:
                break
        if message is None:
            break
        if message.status is None:
            deliveries.append(delivery_of(message))
        elif message.status != _HEARTBEAT:
            return Pulled(deliveries=deliveries, status=message.status, words=message.description)
    return Pulled(deliveries=deliveries)
