"""The feed `entities` in a session: one subscription to all entities, and what comes of it.

When something does not fit the copies (a difference of nobody we know, a change that Home
Assistant could not send, a message that cannot be read) they are begun anew: with a second
subscription, whose snapshot stands in the stream where the first one ends to count. So nothing is
missed meanwhile, and the session goes on.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager

import trio
from attrs import define, field

from trio_ingest.home_assistant.complaints import Complaints
from trio_ingest.home_assistant.compressed import EntitiesEvent
from trio_ingest.home_assistant.departures import Departures
from trio_ingest.home_assistant.entity_copies import EntityCopies
from trio_ingest.model.state_change import StateChange

SUBSCRIBE = "subscribe_entities"
NO_FILTER: Mapping[str, object] = {}


@define(eq=False, repr=False)
class EntityFeed:
    """The subscription that counts, and the copies that it keeps.

    `departures` takes who is gone, until it is known since when. `only` is what to subscribe to, as
    parameters of the command; nothing: all there is.
    """

    only: Mapping[str, object] = NO_FILTER
    departures: Departures = field(factory=Departures, init=False)
    subscription: int | None = field(default=None, init=False)
    """The one that counts; None before the first snapshot."""
    _copies: EntityCopies = field(factory=EntityCopies, init=False)
    _coming: dict[int, trio.MemorySendChannel[Sequence[StateChange]]] = field(
        factory=dict, init=False
    )
    _doubted: trio.Event = field(factory=trio.Event, init=False)

    def present(self) -> Sequence[StateChange]:
        """Return the home as it is, as `get_states` would, without asking."""
        return self._copies.present()

    @contextmanager
    def awaiting(self, number: int) -> Generator[trio.MemoryReceiveChannel[Sequence[StateChange]]]:
        """Have the first event of subscription *number* taken for its snapshot.

        What is new in it comes out of the channel; from then on that subscription alone counts.
        """
        came, coming = trio.open_memory_channel[Sequence[StateChange]](1)
        self._coming[number] = came
        try:
            yield coming
        finally:
            self._coming.pop(number, None)

    def take(self, message: EntitiesEvent, complaints: Complaints) -> Sequence[StateChange]:
        """Return the changes that *message* tells of, and whose time it tells."""
        coming = self._coming.pop(message.id, None)
        if coming is not None:
            self._doubted = trio.Event()
            taken = self._copies.begin(message.event.a)
            self.subscription = message.id
            coming.send_nowait(taken.changes)
            changes: list[StateChange] = []
        elif message.id == self.subscription:
            taken = self._copies.take(message.event)
            overdue = [gone for gone in taken.gone if not self.departures.add(gone)]
            changes = [*taken.changes, *(gone.at(gone.stand_in) for gone in overdue)]
        else:
            return ()  # of the one before, which is being called off
        for unreadable in taken.amiss:
            complaints.take_unreadable(unreadable)
        if taken.amiss and coming is None:  # a snapshot would not be another one the next time
            self.doubt()
        return changes

    def doubt(self) -> None:
        """Take note that the copies may not be what Home Assistant has."""
        self._doubted.set()

    async def wait_doubted(self) -> None:
        """Wait until there is a reason to begin anew."""
        await self._doubted.wait()
