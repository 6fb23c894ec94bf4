"""The stage that takes messages out of the stream, as many as there is room for in hand."""

from collections.abc import Sequence
from functools import partial

import trio
from attrs import define, field

from trio_ingest.backoff import Backoff
from trio_ingest.jetstream.delivery import Delivery
from trio_ingest.jetstream.errors import JetStreamRefused, JetStreamUnreachable
from trio_ingest.model.batch import Batch
from trio_ingest.model.spooled import SpooledBatch
from trio_ingest.pulse import Pulse
from trio_ingest.relay.foreign import Foreigners
from trio_ingest.relay.hand import Hand, Held
from trio_ingest.relay.prefetch import Prefetch
from trio_ingest.relay.reading import Foreign, read
from trio_ingest.relay.stream import Stream
from trio_ingest.relay.weather import StreamWeather

# How long the stream keeps a request when it has nothing to give.
WAIT_SECONDS = 30.0
# Waiting does not create a stream; whoever does should not have to wait for long either.
OPERATOR_LEAST_SECONDS = 15.0
OPERATOR_LONGEST_SECONDS = 60.0


@define(eq=False, kw_only=True)
class Fetcher:
    """Fetches for one durable consumer. What it knows outlives a restart of `run`."""

    consumer: str
    stream: Stream
    hand: Hand
    prefetch: Prefetch
    foreigners: Foreigners
    weather: StreamWeather
    pulse: Pulse = field(factory=Pulse)
    backoff: Backoff = field(factory=Backoff)
    operator: Backoff = field(
        factory=partial(Backoff, OPERATOR_LONGEST_SECONDS, OPERATOR_LONGEST_SECONDS)
    )

    async def run(self, batches: trio.MemorySendChannel[SpooledBatch]) -> None:
        """Fetch until cancelled, or it is time to leave: then what came last is in hand as well.

        *batches* has room for all that may be in hand.
        """
        with batches:
            # After a crash: what was taken, and not looked at yet.
            unread = [held for held in self.hand.everything() if held.batch is None]
            while True:
                for held in unread:
                    if self.hand.is_sealed:  # and so nobody may be there to receive
                        return
                    await self._sort(held, batches)
                if self.hand.is_sealed:
                    return
                fetched = await self._fetch(await self._wait_room())
                # Nothing waits between these: what was fetched is in hand, to be given back.
                taken = [self.hand.take(delivery) for delivery in fetched]
                unread = [held for held in taken if held is not None]

    async def _wait_room(self) -> int:
        while True:
            hand = self.hand.statistics()
            room = self.prefetch.room(hand.messages, hand.size_bytes, hand.largest_bytes)
            if room > 0:
                return room
            await self.hand.wait_lighter()

    async def _fetch(self, most: int) -> Sequence[Delivery]:
        """Ask the stream until it answers; that may be with nothing."""
        while True:
            try:
                fetched = await self.stream.fetch(self.consumer, most, WAIT_SECONDS)
            except JetStreamUnreachable as error:
                self.weather.meet(str(error), needs_operator=False)
                delay = self.backoff.next_delay()
            except JetStreamRefused as error:
                self.weather.meet(str(error), needs_operator=True)
                delay = self.operator.next_delay(OPERATOR_LEAST_SECONDS)
            else:
                self.weather.end()
                self.backoff.reset()
                self.operator.reset()
                if not fetched:
                    self.hand.nothing_is_pending()
                return fetched
            await trio.sleep(delay)

    async def _sort(self, held: Held, batches: trio.MemorySendChannel[SpooledBatch]) -> None:
        """Hand a batch on; put aside what is none."""
        with self.pulse.at_work():
            found = read(held.delivery)
        match found:
            case Batch() as batch:
                batches.send_nowait(self.hand.recognize(held.number, batch))
                await trio.lowlevel.checkpoint()
            case Foreign() as foreign:
                await self.foreigners.put_aside(held, foreign)
