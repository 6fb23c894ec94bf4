"""What is done in a session, in the order that lets nothing fall between two steps.

The registries come before the first change, since tags are part of a point's identity. That there
is a gap is told before live changes come again, and those before the snapshot. What happened in
the gap is fetched behind them, and the roll is called last. A lane that comes later is led through
the same steps by itself.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from functools import partial

import trio
from attrs import evolve, field, frozen

from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.dating import WITHIN_SECONDS, date
from trio_ingest.home_assistant.errors import NEEDS_ADMINISTRATOR, CommandFailed
from trio_ingest.home_assistant.event_types import REGISTRY_UPDATES, extra_types
from trio_ingest.home_assistant.gap_book import GapBook, Lane, Lanes
from trio_ingest.home_assistant.heartbeat import beat
from trio_ingest.home_assistant.history import may_have_history
from trio_ingest.home_assistant.outlet import Outlets
from trio_ingest.home_assistant.recorder import latest_of
from trio_ingest.home_assistant.registries import RegistryReader
from trio_ingest.home_assistant.renewal import renew
from trio_ingest.home_assistant.repair import Repairer
from trio_ingest.home_assistant.session import Session
from trio_ingest.home_assistant.snapshot import CoreConfig, fetch_core, fetch_snapshot, wait_running
from trio_ingest.model.instant import MICROSECONDS_PER_SECOND
from trio_ingest.model.notice import GapFound, RollCall, StartUp, Told
from trio_ingest.model.state_change import Burst, Source, StateChange
from trio_ingest.telemetry.message_ids import EVENTS_NOT_RECORDED

log = logging.getLogger(__name__)

# A snapshot of a large home is cut into bursts, so that no channel slot holds all of it.
SNAPSHOT_BURST = 500
# How often it is looked for what the lanes have lost by themselves.
LOOK_UP_SECONDS = 5.0
# So many times lanes may come while the past of others is repaired; the next ones wait for that.
VIEWS_CAPACITY = 16

Tell = Callable[[Told, Lanes], Awaitable[None]]


@frozen(kw_only=True)
class View:
    """The home as *lanes* were told that it is; their gaps end there, and are to be repaired."""

    lanes: Lanes
    newest: int
    present: frozenset[str]
    awaited: Sequence[StateChange]
    """What the recorder should have before it is asked."""


@frozen(eq=False, repr=False, kw_only=True)
class Recording:
    """The recording of one Home Assistant in one session.

    `live` are the lanes that are told everything from now on, each with how many of its wishes
    were heard. What the other parts know outlives the session.
    """

    config: HomeAssistantConfig
    session: Session
    tell: Tell
    live: dict[Lane, int]
    outlets: Outlets
    registries: RegistryReader
    book: GapBook
    repairer: Repairer
    refused_types: set[str]
    _settled: set[Lane] = field(factory=set, init=False)
    """Those that know where all their gaps end: the only ones that are repaired."""

    async def subscribe(self) -> int | None:
        """Ask for everything that is to be recorded live; from then on it comes.

        But for the feed `entities`, which begins with the snapshot. Return up to when all lanes
        had been told everything before.
        """
        session = self.session
        await session.coalesce_messages()
        for event_type in REGISTRY_UPDATES:
            await session.subscribe(event_type)
        await self.registries.read(session)
        before = await self._begin(tuple(self.outlets))
        if session.feed is None:
            await session.subscribe("state_changed")
        for event_type in extra_types(self.config.events):
            await self._subscribe_if_allowed(event_type)
        return before

    async def look_around(self) -> tuple[CoreConfig, Sequence[StateChange]]:
        """Return what Home Assistant says of itself and of all its entities, in this order."""
        core = await fetch_core(self.session)
        if self.session.feed is None:
            return core, await fetch_snapshot(self.session)
        return core, await self.session.subscribe_entities()

    async def follow(
        self,
        before: int | None,
        core: CoreConfig,
        snapshot: Sequence[StateChange],
        registry_updated: trio.MemoryReceiveChannel[None],
    ) -> None:
        """Tell the lanes of the home as it is and of what they missed; ends by an exception."""
        send_views, views = trio.open_memory_channel[View](VIEWS_CAPACITY)
        with send_views, views:
            async with trio.open_nursery() as nursery:
                registries = partial(self.registries.follow, self.session, registry_updated)
                heartbeat = partial(beat, self.session, self.outlets, self.live, self.tell)
                nursery.start_soon(registries, name=f"{self.config.name} registries")
                nursery.start_soon(heartbeat, name=f"{self.config.name} heartbeat")
                if (feed := self.session.feed) is not None:
                    dating = partial(date, self.session, feed.departures, self._tell_live)
                    nursery.start_soon(dating, name=f"{self.config.name} dating")
                    renewal = partial(renew, self.session, feed, self._tell_live)
                    nursery.start_soon(renewal, name=f"{self.config.name} renewal")
                nursery.start_soon(self._mend, views, name=f"{self.config.name} repairs")
                lanes = tuple(self.live)
                await self._catch_up(lanes, before, snapshot, send_views, core.is_running)
                del snapshot  # a session may last for months
                await self._welcome(send_views)

    async def _begin(self, lanes: Lanes) -> int | None:
        """Tell *lanes* from where on they miss something; from then on they are told everything.

        Return up to when all of them had been told everything before.
        """
        wishes = {lane: lane.wishes for lane in lanes}
        await self.book.read(lanes)
        before = self.book.until(lanes)
        if self.config.backfill:
            self.book.begin(lanes, self._undated)
            await self._tell_found(lanes)
        self.live.update(wishes)
        return before

    async def _welcome(self, views: trio.MemorySendChannel[View]) -> None:
        """See to the lanes that come while the session lasts, and to those that have a wish."""
        while True:
            changed = self.outlets.changed
            for closed in [lane for lane in self.live if not lane.is_open]:
                del self.live[closed]
            newcomers = [lane for lane in self.outlets if lane not in self.live]
            curious = [lane for lane in self.live if self.live[lane] != lane.wishes]
            if not (newcomers or curious):
                await changed.wait()
                continue
            before = await self._begin(newcomers)
            self.live.update({lane: lane.wishes for lane in curious})
            snapshot = await self._look()
            await self._tell_snapshot(snapshot, curious)
            if newcomers:
                await self._catch_up(newcomers, before, snapshot, views)

    async def _catch_up(
        self,
        lanes: Lanes,
        before: int | None,
        snapshot: Sequence[StateChange],
        views: trio.MemorySendChannel[View],
        is_running: bool = True,
    ) -> None:
        """Tell *lanes* of the home as it is, and where their gaps end."""
        home = self.config.name
        if not is_running or has_restarted(snapshot, before):
            await self.tell(StartUp(home=home, is_over=False), lanes)
        await self._tell_snapshot(snapshot, lanes)
        if not is_running:
            await wait_running(self.session)
            snapshot = await self._look()  # the first one was not of everything
            await self._tell_snapshot(snapshot, lanes)
        await self.tell(StartUp(home=home, is_over=True), lanes)
        newest = newest_of(snapshot)
        if newest is None:
            return  # an empty home has no past, either
        if self.config.backfill:
            self.book.end(newest, self._backfill_max, lanes)
            await self._tell_found(lanes)
        present = frozenset(change.entity_id for change in snapshot)
        await views.send(
            View(lanes=lanes, newest=newest, present=present, awaited=latest_of(snapshot))
        )

    async def _mend(self, views: trio.MemoryReceiveChannel[View]) -> None:
        """Repair what lanes miss when they come, and call the roll; then what they lose."""
        view = await views.receive()
        await self._settle(view)
        while True:
            view = evolve(view, awaited=())
            with trio.move_on_after(LOOK_UP_SECONDS) as patience:
                view = await views.receive()
            if not patience.cancelled_caught:
                await self._settle(view)
            elif self.config.backfill:
                with suppress(OSError):  # a spool that is being mended on a full disk, for now
                    await self.book.look_up(self._settled)
                await self._tell_found(self._settled)
                await self._repair(view)

    async def _settle(self, view: View) -> None:
        self._settled.update(view.lanes)
        self._settled.difference_update([lane for lane in self._settled if not lane.is_open])
        if self.config.backfill:
            await self._repair(view)
        present = view.present | self.registries.latest.value.enabled() | self._unseen(view.lanes)
        roll_call = RollCall(home=self.config.name, present=present, time=view.newest)
        await self.tell(roll_call, view.lanes)
        self.book.is_complete_until(view.newest, view.lanes)

    def _unseen(self, lanes: Lanes) -> frozenset[str]:
        """Return whom the feed does not show, although they may be there."""
        if self.session.feed is None:
            return frozenset()
        home = self.config.name
        known = {(lane, entity_id) for lane in lanes for entity_id in lane.ledger.entities(home)}
        return frozenset(each for lane, each in known if not lane.ledger.admits(home, each))

    async def _repair(self, view: View) -> None:
        """Repair what there is to repair, once the recorder has what is awaited."""
        lanes = self._settled
        if not self.book.repairable(lanes):
            return
        too_old = view.newest - self._backfill_max
        await self.repairer.give_up(lanes, "it is longer ago than backfill_max", before=too_old)
        with_a_past = self._with_a_past(view.present)
        await self.repairer.run(self.session, lanes, view.newest, with_a_past, view.awaited)

    def _with_a_past(self, present: frozenset[str]) -> Collection[str]:
        """Return who may have a past: who is there, who is registered, who was there before."""
        found = {*present, *self.registries.latest.value.entries}
        for lane in self._settled:
            found.update(lane.ledger.entities(self.config.name))
        return {entity_id for entity_id in found if may_have_history(entity_id)}

    @property
    def _undated(self) -> int:
        is_dated_at_once = self.session.feed is None
        return 0 if is_dated_at_once else int(WITHIN_SECONDS * MICROSECONDS_PER_SECOND)

    @property
    def _backfill_max(self) -> int:
        return int(self.config.backfill_max * MICROSECONDS_PER_SECOND)

    async def _look(self) -> Sequence[StateChange]:
        """Return the home as it is now."""
        feed = self.session.feed
        return await fetch_snapshot(self.session) if feed is None else feed.present()

    async def _tell_live(self, burst: Burst) -> None:
        await self.tell(burst, tuple(self.live))

    async def _tell_snapshot(self, snapshot: Sequence[StateChange], lanes: Lanes) -> None:
        for start in range(0, len(snapshot), SNAPSHOT_BURST):
            part = snapshot[start : start + SNAPSHOT_BURST]
            await self.tell(
                Burst(home=self.config.name, changes=part, source=Source.SNAPSHOT), lanes
            )

    async def _tell_found(self, lanes: Iterable[Lane]) -> None:
        for lane, gap in self.book.untold(tuple(lanes)):
            await self.tell(GapFound(gap=gap), (lane,))
            self.book.told(lane, gap)

    async def _subscribe_if_allowed(self, event_type: str) -> None:
        """Subscribe to an extra type of events. That it is refused is said once, not each time."""
        try:
            await self.session.subscribe(event_type)
        except CommandFailed as error:
            if event_type not in self.refused_types:
                self.refused_types.add(event_type)
                log.warning(
                    "%s: events of type %s are not recorded: %s%s",
                    self.config.name,
                    event_type,
                    error,
                    NEEDS_ADMINISTRATOR if error.code == "unauthorized" else "",
                    extra=EVENTS_NOT_RECORDED,
                )
        else:
            self.refused_types.discard(event_type)


def newest_of(snapshot: Sequence[StateChange]) -> int | None:
    """Return the instant of the newest state; None: there is none."""
    return max((change.time for change in snapshot), default=None)


def has_restarted(snapshot: Sequence[StateChange], before: int | None) -> bool:
    """Say whether Home Assistant was started since *before*: then all its states are younger."""
    oldest = min((change.time for change in snapshot), default=None)
    return oldest is not None and before is not None and oldest > before
