"""One connection to one NATS server: requests with answers, and subscriptions.

The protocol knows no goodbye: a client that leaves closes its stream, which happens here within
a deadline, however the connection ends.
"""

import re
import secrets
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager

import trio
from attrs import define, field, frozen

from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.http_client import words_of
from trio_ingest.jetstream.address import Address
from trio_ingest.jetstream.errors import ConnectionLost, JetStreamRefused, JetStreamUnreachable
from trio_ingest.jetstream.greeting import (
    GOODBYE_SECONDS,
    RECEIVE_SIZE,
    Peer,
    greet,
    meaning_of,
)
from trio_ingest.jetstream.outbox import Outbox
from trio_ingest.jetstream.protocol import (
    NO_HEADERS,
    PING,
    PONG,
    Complaint,
    Info,
    Message,
    Operation,
    Ping,
    Pong,
    ProtocolError,
    publication,
    subscription,
    unsubscription,
)

PING_SECONDS = 10.0
"""How often the server is asked whether it is there. It asks us every two minutes."""

_ANSWERS = 1  # the sid of the subscription that all answers come by
_NOT_ALLOWED = re.compile(
    r'permissions violation for (publish|subscription)\b.*? to "([^"]*)"', re.IGNORECASE
)


@define(eq=False)
class _Question:
    """A request that waits for its answer, or for the reason why there is none."""

    subject: str
    settled: trio.Event = field(factory=trio.Event)
    answer: Message | None = None
    trouble: Exception | None = None

    def fail(self, trouble: Exception) -> None:
        self.trouble = trouble
        self.settled.set()


@frozen
class Inbox:
    """Where messages to us alone arrive. The channel ends when the connection is lost."""

    name: str
    messages: trio.MemoryReceiveChannel[Message]


@define(eq=False)
class Connection:
    """Many tasks may use it at a time. Once `lost` is set it is of no more use."""

    address: Address
    info: Info
    lost: trio.Event = field(factory=trio.Event)
    _trouble: Exception | None = None
    _outbox: Outbox = field(factory=Outbox)
    _inbox: str = field(factory=lambda: f"_INBOX.{secrets.token_hex(12)}")
    _questions: dict[str, _Question] = field(factory=dict)
    _subscriptions: dict[int, trio.MemorySendChannel[Message]] = field(factory=dict)
    _last_number: int = _ANSWERS
    _pong: trio.Event = field(factory=trio.Event)

    @property
    def is_lost(self) -> bool:
        """Say whether it is of no more use."""
        return self._trouble is not None

    async def request(
        self, subject: str, body: bytes, headers: Mapping[str, str] = NO_HEADERS
    ) -> Message:
        """Publish and wait for the answer; the caller owns time.

        Raises JetStreamUnreachable or JetStreamRefused.
        """
        token = str(self._number())
        question = self._questions[token] = _Question(subject)
        try:
            await self.publish(subject, body, headers, f"{self._inbox}.{token}")
            await question.settled.wait()
        finally:
            del self._questions[token]
        if question.trouble is not None:
            raise _again(question.trouble)
        assert question.answer is not None
        return question.answer

    async def publish(
        self, subject: str, body: bytes, headers: Mapping[str, str] = NO_HEADERS, reply: str = ""
    ) -> None:
        """Hand a message over, whole or not at all. Raises what has ended the connection."""
        self._check()
        await self._outbox.put(publication(subject, body, headers, reply))
        self._check()

    @contextmanager
    def subscribed(self, most: int) -> Generator[Inbox]:
        """Listen at an inbox of its own. More than *most* waiting messages end the connection."""
        self._check()
        number = self._number()
        inbox = f"{self._inbox}-{number}"
        send, receive = trio.open_memory_channel[Message](most)
        self._subscriptions[number] = send
        self._outbox.put_now(subscription(inbox, number))
        try:
            with send, receive:
                yield Inbox(inbox, receive)
        finally:
            self._subscriptions.pop(number, None)
            self._outbox.put_now(unsubscription(number))

    def trouble(self) -> Exception:
        """Return what has ended it."""
        return _again(self._trouble or ConnectionLost("the connection is closed"))

    def lose(self, trouble: Exception) -> None:
        """End it: whoever waits for an answer is told of *trouble*. Only the first one counts."""
        if self._trouble is not None:
            return
        self._trouble = trouble
        for question in self._questions.values():
            question.fail(trouble)
        for channel in self._subscriptions.values():
            channel.close()
        self._subscriptions.clear()
        self._outbox.close()
        self.lost.set()

    def _check(self) -> None:
        if self._trouble is not None:
            raise _again(self._trouble)

    def _number(self) -> int:
        self._last_number += 1
        return self._last_number

    def take(self, operation: Operation) -> None:
        """Deal with what the server has sent."""
        match operation:
            case Message():
                self._deliver(operation)
            case Ping():
                self._outbox.put_now(PONG)
            case Pong():
                self._pong.set()
            case Info():
                self.info = operation
                if operation.ldm:
                    self.lose(ConnectionLost(f"{self.address} is about to shut down"))
            case Complaint(words=words):
                self._complain(words)

    def _deliver(self, message: Message) -> None:
        if message.sid == _ANSWERS:
            question = self._questions.get(message.subject.rpartition(".")[2])
            if question is not None and not question.settled.is_set():
                question.answer = message
                question.settled.set()
        elif (channel := self._subscriptions.get(message.sid)) is not None:
            try:
                channel.send_nowait(message)
            except trio.WouldBlock:
                self.lose(ConnectionLost(f"{self.address} sends more than it was asked for"))

    def _complain(self, words: str) -> None:
        not_allowed = _NOT_ALLOWED.search(words)
        if not_allowed is None:
            self.lose(meaning_of(words))
            return
        refused = JetStreamRefused(f"{self.address} says: {words}")
        if not_allowed[1].lower() == "subscription":
            self.lose(refused)  # without its answers the connection is of no use
            return
        for question in self._questions.values():
            if question.subject == not_allowed[2]:
                question.fail(refused)

    async def send(self, stream: trio.abc.Stream) -> None:
        """Send what is put into the outbox, until the connection is lost."""
        try:
            while True:
                parts = await self._outbox.wait_filled()
                await stream.send_all(b"".join(parts))
                self._outbox.sent(parts)
        except (OSError, trio.BrokenResourceError) as error:
            self.lose(ConnectionLost(f"{self.address}: {words_of(error)}"))

    async def receive(self, peer: Peer) -> None:
        """Deal with what comes, until the connection is lost."""
        try:
            while True:
                for operation in peer.parser.operations():
                    self.take(operation)
                data = await peer.stream.receive_some(RECEIVE_SIZE)
                if not data:
                    self.lose(ConnectionLost(f"{self.address} has closed the connection"))
                    return
                peer.parser.feed(data)
        except (OSError, trio.BrokenResourceError) as error:
            self.lose(ConnectionLost(f"{self.address}: {words_of(error)}"))
        except ProtocolError as error:
            self.lose(ConnectionLost(f"{self.address} is not understood: {error}"))

    async def keep_alive(self, answer_seconds: float) -> None:
        """Ask from time to time whether the server is there, and lose it when it says nothing."""
        while True:
            await trio.sleep(PING_SECONDS)
            self._pong = trio.Event()
            self._outbox.put_now(PING)
            with trio.move_on_after(answer_seconds):
                await self._pong.wait()
                continue
            self.lose(ConnectionLost(f"{self.address} does not answer"))
            return

    def listen(self) -> None:
        """Ask for answers to requests."""
        self._outbox.put_now(subscription(f"{self._inbox}.*", _ANSWERS))


@asynccontextmanager
async def open_connection(
    address: Address, config: NatsConfig, name: str
) -> AsyncGenerator[Connection]:
    """Connect to one server, and close the stream at the end, within `GOODBYE_SECONDS`.

    Raises ConnectionLost or JetStreamRefused when that does not succeed within the timeout. What
    happens later is seen by whoever uses the connection.
    """
    greeted = None
    with trio.move_on_after(config.timeout):
        greeted = await greet(address, config, name)
    if greeted is None:
        raise ConnectionLost(f"{address}: no answer within {config.timeout:g} s")
    connection = Connection(address, greeted.info)
    connection.listen()
    stream = greeted.peer.stream
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(connection.send, stream, name="NATS sender")
            nursery.start_soon(connection.receive, greeted.peer, name="NATS reader")
            nursery.start_soon(connection.keep_alive, config.timeout, name="NATS pings")
            try:
                yield connection
            finally:
                connection.lose(ConnectionLost("the connection is closed"))
                nursery.cancel_scope.cancel(reason="the connection is closed")
    finally:
        with trio.move_on_after(GOODBYE_SECONDS, shield=True):
            await stream.aclose()


def _again(trouble: Exception) -> Exception:
    """Return a like exception: one that several tasks raise would collect their tracebacks."""
    if isinstance(trouble, JetStreamUnreachable | JetStreamRefused):
        return type(trouble)(str(trouble))
    return trouble
