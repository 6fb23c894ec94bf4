"""How deliveries leave the hand: acknowledged, or given back to the stream."""

import logging
from collections.abc import Sequence
from functools import partial

import trio
from attrs import define, evolve, field, frozen

from trio_ingest.backoff import Backoff
from trio_ingest.delivery.complaint import Complaint
from trio_ingest.jetstream.errors import JetStreamRefused, JetStreamUnreachable
from trio_ingest.relay.hand import Hand, Held
from trio_ingest.relay.stream import Stream
from trio_ingest.telemetry.message_ids import NOT_ACKNOWLEDGED

log = logging.getLogger(__name__)

LONGEST_DELAY_SECONDS = 5.0

UNHEARD = (
    "%s: messages are done with, but the stream could not be told (%d): %s. They are delivered "
    "again, which changes nothing"
)


@frozen(kw_only=True)
class FarewellStatistics:
    """A snapshot: what has become of the messages that are not in hand any more."""

    acknowledged: int = 0
    unheard: int = 0
    """Done with, but the stream does not know: it delivers them again."""
    given_back: int = 0


@define(eq=False, kw_only=True)
class Farewell:
    """Takes leave of deliveries. None of it raises: the stream is asked again, up to a time.

    `patience_seconds` is how long it is tried to acknowledge one; behind that it is delivered again
    anyway. Acknowledgements travel side by side, as many as there may be deliveries in hand.
    """

    name: str
    stream: Stream
    hand: Hand
    patience_seconds: float
    _counts: FarewellStatistics = field(factory=FarewellStatistics, init=False)
    _unheard: Complaint = field(factory=partial(Complaint, UNHEARD, NOT_ACKNOWLEDGED), init=False)

    async def finish(self, done: Sequence[Held]) -> None:
        """Acknowledge deliveries, and let them go whether the stream has heard it or not."""
        if len(done) == 1:
            await self._acknowledge(done[0])
        else:
            async with trio.open_nursery() as nursery:
                for held in done:
                    nursery.start_soon(self._acknowledge, held)
        for held in done:
            self.hand.release(held.number)

    async def give_back(self, held: Held, delay_seconds: float = 0.0) -> None:
        """Give a delivery back, to be delivered again after that time, to any relay.

        When the stream does not hear that, it will do so by itself a little later.
        """
        try:
            await self.stream.nak(held.delivery, delay_seconds)
        except (JetStreamUnreachable, JetStreamRefused) as error:
            log.debug("%s: cannot give back: %s", self.name, error)
        self.hand.give_back(held.number)
        self._counts = evolve(self._counts, given_back=self._counts.given_back + 1)

    async def give_all_back(self) -> None:
        """Give back all that is in hand, at once."""
        async with trio.open_nursery() as nursery:
            for held in self.hand.everything():
                nursery.start_soon(self.give_back, held)

    def statistics(self) -> FarewellStatistics:
        """Return a snapshot, without waiting."""
        return self._counts

    async def _acknowledge(self, held: Held) -> None:
        problem = "no answer"
        backoff = Backoff(longest_seconds=LONGEST_DELAY_SECONDS)
        with trio.move_on_after(self.patience_seconds):
            while True:
                # The reply may have become another one while it was tried.
                present = self.hand.get(held.number) or held
                try:
                    await self.stream.ack(present.delivery)
                except JetStreamUnreachable as error:
                    problem = str(error)
                except JetStreamRefused as error:
                    problem = str(error)
                    break
                else:
                    acknowledged = self._counts.acknowledged + 1
                    self._counts = evolve(self._counts, acknowledged=acknowledged)
                    return
                await trio.sleep(backoff.next_delay())
        self._counts = evolve(self._counts, unheard=self._counts.unheard + 1)
        self._unheard.make(self.name, 1, problem)
