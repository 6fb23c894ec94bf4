"""What is done in a session, in the order that lets nothing fall between two steps.

The registries come before the first change, since tags are part of a point's identity. That there
is a gap is told before live changes come again, and those before the snapshot. What happened in
the gap is fetched behind them, and the roll is called last.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress

import trio
from attrs import frozen

from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.errors import NEEDS_ADMINISTRATOR, CommandFailed
from trio_ingest.home_assistant.event_types import REGISTRY_UPDATES, extra_types
from trio_ingest.home_assistant.gap_book import GapBook, Lane
from trio_ingest.home_assistant.heartbeat import beat
from trio_ingest.home_assistant.history import may_have_history
from trio_ingest.home_assistant.recorder import latest_of
from trio_ingest.home_assistant.registries import RegistryReader
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

Tell = Callable[[Told, Collection[Lane] | None], Awaitable[None]]


@frozen(kw_only=True)
class Recording:
    """The recording of one Home Assistant in one session.

    `tell` leads to the lanes, all of them or those that are named. What the other parts know
    outlives the session. `heard_before` is up to when all was told before it.
    """

    config: HomeAssistantConfig
    session: Session
    tell: Tell
    registries: RegistryReader
    book: GapBook
    repairer: Repairer
    refused_types: set[str]
    heard_before: int | None

    async def subscribe(self) -> None:
        """Ask for everything that is to be recorded live; from then on it comes."""
        session = self.session
        await session.coalesce_messages()
        for event_type in REGISTRY_UPDATES:
            await session.subscribe(event_type)
        await self.registries.read(session)
        if self.config.backfill:
            self.book.begin()
            await self._tell_found()
        await session.subscribe("state_changed")
        for event_type in extra_types(self.config.events):
            await self._subscribe_if_allowed(event_type)

    async def look_around(self) -> tuple[CoreConfig, Sequence[StateChange]]:
        """Return what Home Assistant says of itself and of all its entities, in this order."""
        core = await fetch_core(self.session)
        return core, await fetch_snapshot(self.session)

    async def follow(
        self,
        core: CoreConfig,
        snapshot: Sequence[StateChange],
        registry_updated: trio.MemoryReceiveChannel[None],
    ) -> None:
        """Tell the lanes of the home as it is and of what they missed; ends by an exception."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.registries.follow, self.session, registry_updated)
            nursery.start_soon(beat, self.session, self.book.ledgers, self.tell)
            await self._catch_up(core, snapshot)

    async def _catch_up(self, core: CoreConfig, snapshot: Sequence[StateChange]) -> None:
        home = self.config.name
        if not core.is_running or has_restarted(snapshot, self.heard_before):
            await self.tell(StartUp(home=home, is_over=False), None)
        await self._tell_snapshot(snapshot)
        if not core.is_running:
            await wait_running(self.session)
            snapshot = await fetch_snapshot(self.session)  # the first one was not of everything
            await self._tell_snapshot(snapshot)
        await self.tell(StartUp(home=home, is_over=True), None)
        newest = newest_of(snapshot)
        if newest is None:
            return  # an empty home has no past, either
        present = frozenset(change.entity_id for change in snapshot)
        if self.config.backfill:
            self.book.end(newest, self._backfill_max)
            await self._tell_found()
            await self._repair(newest, present, latest_of(snapshot))
        present |= self.registries.latest.value.enabled()
        await self.tell(RollCall(home=home, present=present, time=newest), None)
        self.book.is_complete_until(newest)
        del snapshot  # a session may last for months
        while self.config.backfill:
            await trio.sleep(LOOK_UP_SECONDS)
            with suppress(OSError):  # a spool that is being mended on a full disk, for now
                await self.book.look_up()
            await self._tell_found()
            await self._repair(newest, present)

    async def _repair(
        self, newest: int, present: frozenset[str], awaited: Sequence[StateChange] = ()
    ) -> None:
        """Repair what there is to repair, once the recorder has the *awaited* states."""
        if not self.book.repairable():
            return
        too_old = newest - self._backfill_max
        await self.repairer.give_up("it is longer ago than backfill_max", before=too_old)
        await self.repairer.run(self.session, newest, self._with_a_past(present), awaited)

    def _with_a_past(self, present: frozenset[str]) -> Collection[str]:
        """Return who may have a past: who is there, who is registered, who was there before."""
        found = {*present, *self.registries.latest.value.entries}
        for ledger in self.book.ledgers:
            found.update(ledger.entities(self.config.name))
        return {entity_id for entity_id in found if may_have_history(entity_id)}

    @property
    def _backfill_max(self) -> int:
        return int(self.config.backfill_max * MICROSECONDS_PER_SECOND)

    async def _tell_snapshot(self, snapshot: Sequence[StateChange]) -> None:
        for start in range(0, len(snapshot), SNAPSHOT_BURST):
            part = snapshot[start : start + SNAPSHOT_BURST]
            await self.tell(
                Burst(home=self.config.name, changes=part, source=Source.SNAPSHOT), None
            )

    async def _tell_found(self) -> None:
        for lane, gap in self.book.untold():
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
