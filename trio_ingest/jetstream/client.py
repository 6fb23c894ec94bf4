"""A client of JetStream, for one stream: publishes, reads from a durable consumer, sets up.

Many tasks may use it at a time. It is confined here which client that is: docs/adr/0016.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec
import trio
from attrs import frozen

from trio_ingest.backoff import Backoff
from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.jetstream.address import address_of
from trio_ingest.jetstream.api import (
    NANOSECONDS,
    AccountInfo,
    Answer,
    ConsumerConfig,
    ConsumerInfo,
    StoredMessage,
    StreamConfig,
    StreamInfo,
    merge,
    read,
)
from trio_ingest.jetstream.connection import Connection
from trio_ingest.jetstream.delivery import Delivery
from trio_ingest.jetstream.errors import (
    JetStreamRefused,
    JetStreamUnreachable,
    MessageTooLarge,
    NotThere,
)
from trio_ingest.jetstream.link import Link
from trio_ingest.jetstream.protocol import NO_HEADERS, Message, head_of, read_head
from trio_ingest.jetstream.pulling import Pulled, pull, pull_request, quiet_seconds
from trio_ingest.jetstream.subjects import fits
from trio_ingest.jetstream.verdict import verdict_of

NO_RESPONDERS = 503
_EXPECTED_STREAM = "Nats-Expected-Stream"
_NEXT_SECONDS = 30.0
"""How long one request for the next message is good for; then it is made again."""

Structure = TypeVar("Structure", bound=msgspec.Struct)


@asynccontextmanager
async def open_jetstream(config: NatsConfig, name: str) -> AsyncGenerator["JetStream"]:
    """Give a client that connects when it is used first, and again after each loss.

    *name* is what the server calls us. Leaving takes two seconds at the most.
    """
    link = Link(config, name, tuple(address_of(server) for server in config.servers))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run, name=f"NATS link of {name}")
        yield JetStream(config, link)
        nursery.cancel_scope.cancel(reason="the client is closed")


@frozen(eq=False)
class JetStream:
    """Everything raises JetStreamUnreachable when the weather is bad, else JetStreamRefused."""

    config: NatsConfig
    _link: Link

    async def publish(
        self, subject: str, body: bytes, headers: Mapping[str, str] = NO_HEADERS
    ) -> None:
        """Return when the stream has taken *body*, or had it before under its `Nats-Msg-Id`.

        Raises MessageTooLarge for what the server, or the stream, never takes.
        """
        connection = await self._link.connection()
        headers = {**headers, _EXPECTED_STREAM: self.config.stream}
        size, most = len(head_of(headers)) + len(body), connection.info.max_payload
        if size > most:
            raise MessageTooLarge(f"{size} bytes are more than the {most} that a message may have")
        message = await self._ask(connection, subject, body, headers)
        if message.status == NO_RESPONDERS:
            raise await self._why_nobody_takes(subject)
        answer = read(message.body, Answer)
        if answer.error is not None:
            raise verdict_of(answer.error)

    async def next_message(self, consumer: str) -> Delivery:
        """Wait for the next message of a durable pull consumer, whatever the weather.

        Raises JetStreamRefused alone. One that is cancelled may have been handed a message: it
        comes again, to whoever asks, when the consumer's `ack_wait` is over.
        """
        backoff = Backoff(longest_seconds=10.0)
        while True:
            try:
                deliveries = await self._pull(consumer, 1, _NEXT_SECONDS)
            except JetStreamUnreachable:
                await trio.sleep(backoff.next_delay())
                continue
            if deliveries:
                return deliveries[0]
            backoff.reset()

    async def fetch(self, consumer: str, most: int, wait_seconds: float) -> Sequence[Delivery]:
        """Return up to *most* messages: those that are there, else the first ones that come.

        There may be none within *wait_seconds*. It does not wait for more once it has some.
        """
        deliveries = await self._pull(consumer, most, 0.0)
        if deliveries or wait_seconds <= 0:
            return deliveries
        return await self._pull(consumer, 1, wait_seconds)

    async def ack(self, delivery: Delivery) -> None:
        """Say that *delivery* is dealt with, and wait until the server knows it."""
        await self._word(delivery, b"+ACK")

    async def in_progress(self, delivery: Delivery) -> None:
        """Say that it still takes a while: `ack_wait` begins anew."""
        await self._word(delivery, b"+WPI")

    async def nak(self, delivery: Delivery, delay_seconds: float) -> None:
        """Give *delivery* back, to come again after *delay_seconds*."""
        nanoseconds = int(delay_seconds * NANOSECONDS)
        await self._word(delivery, b'-NAK {"delay": %d}' % nanoseconds)

    async def server(self) -> tuple[str, int]:
        """Return the version of the server, and how many bytes one message may have there."""
        connection = await self._link.connection()
        return connection.info.version, connection.info.max_payload

    async def has_cluster(self) -> bool:
        """Say whether the server is one of several."""
        return bool((await self._link.connection()).info.cluster)

    async def account_info(self) -> AccountInfo:
        """Return what the account uses, and may use."""
        return read((await self._api("INFO")).body, AccountInfo)

    async def stream_info(self) -> StreamInfo | None:
        """Return what the stream is, or None when there is none."""
        return await self._look(f"STREAM.INFO.{self.config.stream}", StreamInfo)

    async def message(self, stream_sequence: int) -> Message | None:
        """Return a message of the stream without taking it, or None when it is gone.

        The stream's leader is asked, so it costs more than to be a consumer.
        """
        request = msgspec.json.encode({"seq": stream_sequence})
        try:
            answer = await self._api(f"STREAM.MSG.GET.{self.config.stream}", request)
        except NotThere:
            return None
        stored = read(answer.body, StoredMessage).message
        headers = read_head(stored.hdrs)[2] if stored.hdrs else NO_HEADERS
        return Message(sid=0, subject=stored.subject, body=stored.data, headers=headers)

    async def create_stream(self, config: StreamConfig) -> StreamInfo:
        """Create the stream. Raises JetStreamRefused when one of that name is different."""
        body = msgspec.json.encode(config)
        return read((await self._api(f"STREAM.CREATE.{config.name}", body)).body, StreamInfo)

    async def update_stream(self, config: StreamConfig) -> StreamInfo:
        """Change the stream to *config*; settings that it does not speak of stay as they are."""
        merged = merge((await self._api(f"STREAM.INFO.{config.name}")).body, config)
        return read((await self._api(f"STREAM.UPDATE.{config.name}", merged)).body, StreamInfo)

    async def consumer_info(self, consumer: str) -> ConsumerInfo | None:
        """Return what a consumer is, or None when there is none."""
        return await self._look(f"CONSUMER.INFO.{self.config.stream}.{consumer}", ConsumerInfo)

    async def create_consumer(self, config: ConsumerConfig) -> ConsumerInfo:
        """Create a durable consumer. Raises JetStreamRefused when one of that name is different."""
        return await self._set_consumer(config, msgspec.json.encode(config), "create")

    async def update_consumer(self, config: ConsumerConfig) -> ConsumerInfo:
        """Change a consumer to *config*; settings that it does not speak of stay as they are."""
        name = f"{self.config.stream}.{config.durable_name}"
        merged = merge((await self._api(f"CONSUMER.INFO.{name}")).body, config)
        return await self._set_consumer(config, merged, "update")

    async def _set_consumer(
        self, config: ConsumerConfig, settings: bytes, action: str
    ) -> ConsumerInfo:
        stream = self.config.stream
        request = {
            "stream_name": stream,
            "config": msgspec.Raw(settings),
            "action": action,
        }
        body = msgspec.json.encode(request)
        subject = f"CONSUMER.CREATE.{stream}.{config.durable_name}"
        return read((await self._api(subject, body)).body, ConsumerInfo)

    async def _look(self, subject: str, structure: type[Structure]) -> Structure | None:
        try:
            return read((await self._api(subject)).body, structure)
        except NotThere:
            return None

    async def _api(self, subject: str, body: bytes = b"") -> Message:
        message = await self._ask(await self._link.connection(), f"$JS.API.{subject}", body)
        if message.status == NO_RESPONDERS:
            raise JetStreamRefused("the server has no JetStream, or not for this account")
        error = read(message.body, Answer).error
        if error is not None:
            raise verdict_of(error)
        return message

    async def _ask(
        self,
        connection: Connection,
        subject: str,
        body: bytes,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Message:
        with trio.move_on_after(self.config.timeout):
            return await connection.request(subject, body, headers)
        raise JetStreamUnreachable(
            f"{connection.address}: no answer within {self.config.timeout:g} s"
        )

    async def _word(self, delivery: Delivery, word: bytes) -> None:
        message = await self._ask(await self._link.connection(), delivery.reply, word)
        if message.status == NO_RESPONDERS:
            raise JetStreamUnreachable("the consumer has no leader just now, or is gone")

    async def _pull(self, consumer: str, most: int, wait_seconds: float) -> Sequence[Delivery]:
        connection = await self._link.connection()
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self.config.stream}.{consumer}"
        with connection.subscribed(most + 1) as inbox:
            request = msgspec.json.encode(pull_request(most, wait_seconds))
            await connection.publish(subject, request, reply=inbox.name)
            pulled = await pull(inbox.messages, most, quiet_seconds(wait_seconds, self.config))
        match pulled:
            case Pulled(deliveries=deliveries) if deliveries or pulled.is_over:
                return deliveries
            case Pulled(status=None):
                if connection.is_lost:
                    raise connection.trouble()
                raise JetStreamUnreachable(f"{connection.address} says nothing of {consumer}")
            case Pulled(status=status) if status == NO_RESPONDERS:
                raise await self._why_nothing_comes(consumer)
            case Pulled(words=words):
                raise JetStreamUnreachable(f"the consumer {consumer} says: {words}")

    async def _why_nobody_takes(self, subject: str) -> Exception:
        """Return why nobody has answered: no such stream, another's subject, or no leader now."""
        info = await self.stream_info()
        if info is None:
            return JetStreamRefused(f"there is no stream {self.config.stream}")
        if not any(fits(subject, pattern) for pattern in info.config.subjects):
            subjects = ", ".join(info.config.subjects)
            return JetStreamRefused(
                f"the stream {self.config.stream} takes {subjects}, and not {subject}"
            )
        return JetStreamUnreachable(f"the stream {self.config.stream} has no leader just now")

    async def _why_nothing_comes(self, consumer: str) -> Exception:
        if await self.consumer_info(consumer) is None:
            what = f"the stream {self.config.stream} has no consumer {consumer}"
            return JetStreamRefused(f"{what}, or there is no such stream")
        return JetStreamUnreachable(f"the consumer {consumer} has no leader just now")
