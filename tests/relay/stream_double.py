"""A work queue that behaves as a stream with one durable pull consumer does, without a server."""

from collections.abc import Mapping, Sequence
from math import inf

import trio
from attrs import define, field

from trio_ingest.jetstream.api import NANOSECONDS, AckPolicy, ConsumerConfig, ConsumerInfo
from trio_ingest.jetstream.delivery import Delivery
from trio_ingest.jetstream.envelope import headers_of
from trio_ingest.model.batch import Batch


@define
class Message:
    """What lies in the stream. `free_at` is when it may be delivered next."""

    body: bytes
    headers: Mapping[str, str]
    subject: str = "ha.lp.home"
    delivered: int = 0
    free_at: float = 0.0


@define(eq=False)
class StreamDouble:
    """The stream, as a relay knows it; `trouble` is raised by everything while it is set."""

    ack_wait: float = 60.0
    max_ack_pending: int = 1000
    trouble: Exception | None = None
    acked: list[int] = field(factory=list)
    naked: list[tuple[int, float]] = field(factory=list)
    kept: list[tuple[float, int]] = field(factory=list)
    """When somebody said of which message that it is being worked at."""
    messages: dict[int, Message] = field(factory=dict)
    _last: int = 0
    _news: trio.Event = field(factory=trio.Event)

    def publish(self, body: bytes, headers: Mapping[str, str] | None = None) -> int:
        self._last += 1
        self.messages[self._last] = Message(body, headers or {})
        self._tell()
        return self._last

    def publish_batch(self, batch: Batch) -> int:
        return self.publish(batch.body, headers_of(batch, "tidy"))

    async def fetch(self, consumer: str, most: int, wait_seconds: float) -> Sequence[Delivery]:
        del consumer
        await self._ask()
        with trio.move_on_after(wait_seconds):
            while True:
                if free := self._free():
                    return [self._deliver(number) for number in free[:most]]
                with trio.move_on_at(self._next_free()):
                    await self._news.wait()
                await self._ask()
        return []

    async def ack(self, delivery: Delivery) -> None:
        await self._ask()
        self.acked.append(delivery.stream_sequence)
        self.messages.pop(delivery.stream_sequence, None)
        self._tell()

    async def in_progress(self, delivery: Delivery) -> None:
        await self._ask()
        self.kept.append((trio.current_time(), delivery.stream_sequence))
        message = self.messages.get(delivery.stream_sequence)
        if message and message.free_at > trio.current_time():
            message.free_at = trio.current_time() + self.ack_wait

    async def nak(self, delivery: Delivery, delay_seconds: float) -> None:
        await self._ask()
        self.naked.append((delivery.stream_sequence, delay_seconds))
        self.messages[delivery.stream_sequence].free_at = trio.current_time() + delay_seconds
        self._tell()

    async def consumer_info(self, consumer: str) -> ConsumerInfo | None:
        await self._ask()
        config = ConsumerConfig(
            durable_name=consumer,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=int(self.ack_wait * NANOSECONDS),
            max_ack_pending=self.max_ack_pending,
        )
        return ConsumerInfo(name=consumer, config=config)

    async def _ask(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.trouble is not None:
            raise self.trouble

    def _out(self) -> int:
        now = trio.current_time()
        return sum(each.delivered > 0 and each.free_at > now for each in self.messages.values())

    def _free(self) -> list[int]:
        now, room = trio.current_time(), self.max_ack_pending - self._out()
        return [number for number, each in self.messages.items() if each.free_at <= now][:room]

    def _next_free(self) -> float:
        now = trio.current_time()
        later = (each.free_at for each in self.messages.values() if each.free_at > now)
        return min(later, default=inf)

    def _deliver(self, number: int) -> Delivery:
        message = self.messages[number]
        message.delivered += 1
        message.free_at = trio.current_time() + self.ack_wait
        return Delivery(
            subject=message.subject,
            body=message.body,
            headers=message.headers,
            stream_sequence=number,
            delivered=message.delivered,
            pending=len(self._free()),
            reply=f"$JS.ACK.HA_LP.writers.{message.delivered}.{number}.0.0.0",
        )

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()
