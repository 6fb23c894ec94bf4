"""The stage that says again and again that what is in hand is being worked at.

A database may be away for longer than `ack_wait`. Without this word the stream would deliver the
same messages to every relay in turn, for as long as that lasts.
"""

import logging

import trio
from attrs import define, field

from trio_ingest.config.wanted import WantedRelay
from trio_ingest.jetstream.api import NANOSECONDS
from trio_ingest.jetstream.errors import JetStreamRefused, JetStreamUnreachable
from trio_ingest.relay.hand import Hand, Held
from trio_ingest.relay.stream import Stream
from trio_ingest.telemetry.message_ids import ACK_WAIT_TOO_SHORT

log = logging.getLogger(__name__)

TIMES_AN_ACK_WAIT = 3


@define(eq=False, kw_only=True)
class Keeping:
    """Knows how long the stream waits: as configured, until the consumer itself has been asked."""

    wanted: WantedRelay
    hand: Hand
    stream: Stream
    _known_seconds: float | None = field(default=None, init=False)

    async def run(self) -> None:
        """Say it of each delivery in hand three times an `ack_wait`, until cancelled."""
        while True:
            if self._known_seconds is None:
                await self._ask()
            pause = self.ack_wait_seconds / TIMES_AN_ACK_WAIT
            await trio.sleep(pause)
            with trio.move_on_after(pause):
                await self._say_it_of_all()

    @property
    def ack_wait_seconds(self) -> float:
        """Return after how long without a word a message is delivered again."""
        configured = self.wanted.config.ack_wait
        return configured if self._known_seconds is None else min(configured, self._known_seconds)

    async def _ask(self) -> None:
        """Ask the consumer how long it waits. If it does not answer, ask again the next time."""
        name = self.wanted.config.consumer
        try:
            info = await self.stream.consumer_info(name)
        except (JetStreamUnreachable, JetStreamRefused) as error:
            log.debug("consumer %s: %s", name, error)  # of which the fetcher tells
            return
        if info is None or not info.config.ack_wait:
            return
        self._known_seconds = seconds = info.config.ack_wait / NANOSECONDS
        timeout = self.wanted.sink.timeout
        if seconds <= timeout:
            log.warning(
                "%s: the consumer %s waits %g s for a word, and a write may take %g s: messages "
                "may be delivered twice. Run trio-ingest nats setup, or lower the sink's timeout",
                self.wanted.sink.name,
                name,
                seconds,
                timeout,
                extra=ACK_WAIT_TOO_SHORT,
            )

    async def _say_it_of_all(self) -> None:
        async with trio.open_nursery() as nursery:
            for held in self.hand.everything():
                nursery.start_soon(self._say_it, held)

    async def _say_it(self, held: Held) -> None:
        try:
            await self.stream.in_progress(held.delivery)
        except (JetStreamUnreachable, JetStreamRefused) as error:
            # The fetcher says what is the matter; then the message comes a second time.
            log.debug("cannot say that a message is being worked at: %s", error)
