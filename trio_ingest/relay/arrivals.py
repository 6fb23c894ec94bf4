"""What the writer of a relay delivers: the batches in its hand, in the order they came."""

from collections.abc import Sequence

import trio
from attrs import define

from trio_ingest.model.batch import Encoding
from trio_ingest.model.spooled import RefusedLine, SpooledBatch
from trio_ingest.relay.farewell import Farewell
from trio_ingest.relay.hand import Hand, Held
from trio_ingest.spool.following import those_that_fit
from trio_ingest.spool.spool import Spool, SpoolStatistics


@define(eq=False, kw_only=True)
class Arrivals:
    """The `Deliveries` of a relay. A batch is settled once the stream was told that it is done.

    Refused lines are in the quarantine, and there survive a power cut, before the stream is told.
    """

    batches: trio.MemoryReceiveChannel[SpooledBatch]
    hand: Hand
    quarantine: Spool
    farewell: Farewell

    async def oldest(self) -> SpooledBatch:
        """Wait for the oldest batch and return it. EndOfChannel: it is time to leave.

        Then what is still in hand is for other relays.
        """
        await trio.lowlevel.checkpoint()
        if self.hand.is_sealed:
            raise trio.EndOfChannel
        if not self.hand.taken:
            self.hand.taken.append(await self.batches.receive())
        return self.hand.taken[0]

    async def followers(
        self, first: SpooledBatch, most_points: int, most_bytes: int
    ) -> Sequence[SpooledBatch]:
        """Return the batches right behind *first* that may travel with it, without waiting."""
        await trio.lowlevel.checkpoint()
        while True:
            try:
                self.hand.taken.append(self.batches.receive_nowait())
            except (trio.WouldBlock, trio.EndOfChannel):
                break
        others = (each for each in self.hand.taken if each.number > first.number)
        return those_that_fit(first, others, most_points, most_bytes)

    async def settle(
        self, number: int, refused: Sequence[RefusedLine] = (), *, is_damaged: bool = False
    ) -> None:
        """Quarantine the *refused* lines of a batch, and let it go.

        Raises OSError or sqlite3.OperationalError when the disk does not take them; nothing has
        changed then. Nobody can fetch again what *is_damaged*, so that is no different.
        """
        del is_damaged
        held = self.hand.get(number)
        if held is None:
            return
        if refused:
            sequence = held.delivery.stream_sequence
            await self.quarantine.put_aside(refused, encoding=encoding_of(held), number=sequence)
        await self.farewell.finish([held])

    async def settle_all(self, numbers: Sequence[int]) -> int:
        """Let these batches go; return how many points they had."""
        found = [held for number in numbers if (held := self.hand.get(number)) is not None]
        await self.farewell.finish(found)
        return sum(held.points for held in found)

    async def compact(self, most_points: int, most_bytes: int) -> None:
        """Leave what waits as it is: it takes no disk here."""

    async def wait_sealed(self) -> None:
        """Wait until it is time to leave."""
        await self.hand.wait_sealed()

    def statistics(self) -> SpoolStatistics:
        """Return what is in hand, as if it lay in a spool."""
        hand = self.hand.statistics()
        return SpoolStatistics(
            batches=hand.messages, points=hand.points, size_bytes=hand.size_bytes
        )


def encoding_of(held: Held) -> Encoding:
    """Return the encoding of what was found to be a batch."""
    assert held.batch is not None
    return held.batch.encoding
