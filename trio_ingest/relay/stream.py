"""What a relay needs of JetStream."""

from collections.abc import Sequence
from typing import Protocol

from trio_ingest.jetstream.api import ConsumerInfo
from trio_ingest.jetstream.delivery import Delivery


class Stream(Protocol):
    """A work queue that delivers each message until it is acknowledged.

    All may raise JetStreamUnreachable, which is weather, and JetStreamRefused, which is not.
    """

    async def fetch(self, consumer: str, most: int, wait_seconds: float) -> Sequence[Delivery]:
        """Return up to *most* messages; wait that long when there is none, and then return none."""

    async def ack(self, delivery: Delivery) -> None:
        """Say that it is done with; return when the stream has noted that."""

    async def in_progress(self, delivery: Delivery) -> None:
        """Say that it is being worked at: the time until it is delivered again begins anew."""

    async def nak(self, delivery: Delivery, delay_seconds: float) -> None:
        """Give it back, to be delivered again after that time."""

    async def consumer_info(self, consumer: str) -> ConsumerInfo | None:
        """Return what a consumer is, or None when there is none."""
