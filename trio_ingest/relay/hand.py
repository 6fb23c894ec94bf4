"""What a relay has in hand: taken from the stream, and not acknowledged yet."""

from collections import deque
from collections.abc import Sequence

import trio
from attrs import define, evolve, field, frozen

from trio_ingest.jetstream.delivery import Delivery
from trio_ingest.model.batch import Batch
from trio_ingest.model.spooled import SpooledBatch


@frozen(kw_only=True)
class Held:
    """A delivery under the number that it was given here; numbers only grow.

    It has a batch once it was found to be one. Until then nobody knows how many points it has.
    """

    number: int
    delivery: Delivery
    batch: Batch | None = None

    @property
    def points(self) -> int:
        """Return how many points it is known to have."""
        return 0 if self.batch is None else self.batch.points


@frozen(kw_only=True)
class HandStatistics:
    """A snapshot of the hand. What is taken again while it is still held is no more than before."""

    messages: int = 0
    size_bytes: int = 0
    points: int = 0
    taken_messages: int = 0
    taken_points: int = 0
    redelivered_messages: int = 0
    """Of those that were taken, the ones that had been delivered to somebody before."""
    largest_bytes: int = 0
    """The largest body there has been."""
    pending: int = 0
    """What waited in the stream, for any relay, when something was last taken."""


@define(eq=False)
class Hand:
    """The deliveries that are held, by their numbers, the oldest first."""

    taken: deque[SpooledBatch] = field(factory=deque, init=False)
    """Batches that the writer has before it; they are held as well."""
    _held: dict[int, Held] = field(factory=dict, init=False)
    _numbers: dict[int, int] = field(factory=dict, init=False)
    """The number of each that is held, by its sequence in the stream."""
    _last_number: int = field(default=0, init=False)
    _size_bytes: int = field(default=0, init=False)
    _points: int = field(default=0, init=False)
    _taken_messages: int = field(default=0, init=False)
    _taken_points: int = field(default=0, init=False)
    _redelivered_messages: int = field(default=0, init=False)
    _largest_bytes: int = field(default=0, init=False)
    _pending: int = field(default=0, init=False)
    _sealed: trio.Event = field(factory=trio.Event, init=False)
    _lighter: trio.Event = field(factory=trio.Event, init=False)

    def take(self, delivery: Delivery) -> Held | None:
        """Hold *delivery*; None when it is held already, under the reply of an earlier time.

        Only the latest reply counts: the stream may not listen to the one before any more.
        """
        self._pending = delivery.pending
        self._redelivered_messages += delivery.delivered > 1
        number = self._numbers.get(delivery.stream_sequence)
        if number is not None:
            self._held[number] = evolve(self._held[number], delivery=delivery)
            return None
        self._last_number += 1
        held = Held(number=self._last_number, delivery=delivery)
        self._held[held.number] = held
        self._numbers[delivery.stream_sequence] = held.number
        self._size_bytes += len(delivery.body)
        self._taken_messages += 1
        self._largest_bytes = max(self._largest_bytes, len(delivery.body))
        return held

    def recognize(self, number: int, batch: Batch) -> SpooledBatch:
        """Note that a delivery is a *batch*, and return that for the writer."""
        self._held[number] = evolve(self._held[number], batch=batch)
        self._points += batch.points
        self._taken_points += batch.points
        return SpooledBatch(number=number, batch=batch)

    def get(self, number: int) -> Held | None:
        """Return what is held under that number."""
        return self._held.get(number)

    def everything(self) -> Sequence[Held]:
        """Return all that is held."""
        return tuple(self._held.values())

    def release(self, number: int) -> None:
        """Let a delivery go: it is acknowledged, or the stream has it again."""
        held = self._held.pop(number)
        del self._numbers[held.delivery.stream_sequence]
        if self.taken and self.taken[0].number == number:
            self.taken.popleft()
        self._size_bytes -= len(held.delivery.body)
        self._points -= held.points
        self._lighter.set()
        self._lighter = trio.Event()

    def give_back(self, number: int) -> None:
        """Let a delivery go, whose points another relay will have: they were never received."""
        held = self._held[number]
        self.release(number)
        self._taken_points -= held.points

    async def wait_lighter(self) -> None:
        """Wait until something was let go."""
        await self._lighter.wait()

    def nothing_is_pending(self) -> None:
        """Take note that the stream had nothing more when it was asked."""
        self._pending = 0

    def seal(self) -> None:
        """Say that nothing more is to be delivered, whatever is held."""
        self._sealed.set()

    @property
    def is_sealed(self) -> bool:
        """Say whether `seal` was called."""
        return self._sealed.is_set()

    async def wait_sealed(self) -> None:
        """Wait until `seal` was called."""
        await self._sealed.wait()

    def statistics(self) -> HandStatistics:
        """Return a snapshot, without waiting."""
        return HandStatistics(
            messages=len(self._held),
            size_bytes=self._size_bytes,
            points=self._points,
            taken_messages=self._taken_messages,
            taken_points=self._taken_points,
            redelivered_messages=self._redelivered_messages,
            largest_bytes=self._largest_bytes,
            pending=self._pending,
        )
