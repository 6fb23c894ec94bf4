"""The connector: one Home Assistant, followed for as long as the daemon runs."""

import logging
import ssl
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Literal

import trio
from attrs import Factory, define, field, frozen

from trio_ingest.backoff import Backoff
from trio_ingest.config.model import Feed, HomeAssistantConfig
from trio_ingest.home_assistant.address import address_of, ssl_context_for
from trio_ingest.home_assistant.entity_feed import NO_FILTER, EntityFeed
from trio_ingest.home_assistant.errors import (
    AccessRefused,
    CommandFailed,
    MessageTooLarge,
    SessionLost,
    leaves,
)
from trio_ingest.home_assistant.gap_book import GapBook, Lane, Lanes
from trio_ingest.home_assistant.outlet import Outlets
from trio_ingest.home_assistant.pace import Pace
from trio_ingest.home_assistant.patience import Patience
from trio_ingest.home_assistant.recording import Recording
from trio_ingest.home_assistant.registries import RegistryReader
from trio_ingest.home_assistant.repair import Repairer, RepairStatistics
from trio_ingest.home_assistant.session import Session
from trio_ingest.home_assistant.session_opening import open_session
from trio_ingest.home_assistant.snapshot import CoreConfig
from trio_ingest.model.gap import Gap
from trio_ingest.model.notice import Told
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.state_change import Burst
from trio_ingest.pulse import Pulse
from trio_ingest.telemetry.busiest import Busiest
from trio_ingest.telemetry.message_ids import ACCESS_REFUSED, CONNECTED, NOT_CONNECTED

log = logging.getLogger(__name__)

# A session that lasted this long was a good one: the next loss begins with short delays again.
STABLE_SECONDS = 60.0
# Who keeps trying a wrong token gets his address banned (`login_attempts_threshold`).
REFUSED_LEAST_SECONDS = 30.0
REFUSED_LONGEST_SECONDS = 600.0


@frozen(kw_only=True)
class ConnectorStatistics:
    """A snapshot of a connector. `last_change` is an instant in microseconds."""

    state: Literal["waiting", "connected"]
    sessions: int
    attempts: int
    """Tries to get a session; those that are no `sessions` have failed."""
    failures: int
    """Since there was a session, with its loss."""
    received: int
    received_by_type: Mapping[str, int]
    unreadable: int
    unserialized: int
    """Changes that Home Assistant could not send to us, as it said."""
    last_change: int | None
    ha_version: str | None
    last_trouble: str | None


@define(eq=False, repr=False)
class Connector:
    """Holds one session after the other; what it hears goes to every lane there is.

    It lives across sessions and restarts, and so do its counters. The registry and the gap book
    outlive it: they belong to the home, whatever is configured for it.
    """

    config: HomeAssistantConfig
    registry: Latest[Registry]
    outlets: Outlets = field(factory=Outlets)
    book: GapBook = Factory(lambda self: GapBook(self.config.name), takes_self=True)
    only: Mapping[str, object] = field(default=NO_FILTER, kw_only=True)
    """What the feed `entities` is to be of, as parameters of its command; nothing: of all."""
    repairs: RepairStatistics = field(factory=RepairStatistics, init=False)
    pulse: Pulse = field(factory=Pulse, init=False)
    busiest: Busiest = field(factory=Busiest, init=False)
    _session: Session | None = field(default=None, init=False)
    _registries: RegistryReader = field(init=False)
    _pace: Pace = field(init=False)
    _refused_types: set[str] = field(factory=set, init=False)
    _connected_since: float | None = field(default=None, init=False)
    _sessions: int = field(default=0, init=False)
    _attempts: int = field(default=0, init=False)
    _failures: int = field(default=0, init=False)
    _received: Counter[str] = field(factory=Counter, init=False)
    _unreadable: int = field(default=0, init=False)
    _unserialized: int = field(default=0, init=False)
    _last_change: int | None = field(default=None, init=False)
    _ha_version: str | None = field(default=None, init=False)
    _trouble: str | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._registries = RegistryReader(self.registry)
        self._pace = Pace(self.config.max_message_size)

    def statistics(self) -> ConnectorStatistics:
        """Return a snapshot, without waiting."""
        return ConnectorStatistics(
            state="waiting" if self._connected_since is None else "connected",
            sessions=self._sessions,
            attempts=self._attempts,
            failures=self._failures,
            received=self._received.total(),
            received_by_type=dict(self._received),
            unreadable=self._unreadable,
            unserialized=self._unserialized,
            last_change=self._last_change,
            ha_version=self._ha_version,
            last_trouble=self._trouble,
        )

    def open_gaps(self) -> Sequence[tuple[Lane, Gap]]:
        """Return the gaps that are not repaired yet, each with its lane."""
        return self.book.open_gaps()

    async def read_registries(self) -> None:
        """Read the registries anew. Raises SessionLost when there is no session, or no more."""
        if self._session is None:
            raise SessionLost("not connected to Home Assistant")
        await self._registries.read(self._session)

    async def run(self) -> None:
        """Follow Home Assistant until cancelled. That it is away is weather, also at the start."""
        config = self.config
        lost = Backoff(longest_seconds=config.reconnect_max_delay)
        refused = Backoff(
            first_seconds=REFUSED_LEAST_SECONDS, longest_seconds=REFUSED_LONGEST_SECONDS
        )
        ssl_context = ssl_context_for(config)
        with self.pulse.at_work():  # all else waits: for the network, which has deadlines
            await self.book.read(self.outlets)
        while True:
            trouble, lasted = await self._attempt(ssl_context)
            if lasted > STABLE_SECONDS:
                lost.reset()
                refused.reset()
            delay = (
                refused.next_delay(at_least_seconds=REFUSED_LEAST_SECONDS)
                if isinstance(trouble, AccessRefused)
                else lost.next_delay()
            )
            self._say_lost(trouble, delay)
            await trio.sleep(delay)

    async def _attempt(self, ssl_context: ssl.SSLContext | None) -> tuple[Exception, float]:
        """Hold one session to its end; return what ended it and for how many seconds it stood."""
        troubles: list[Exception] = []
        try:
            await self._follow(ssl_context)
        except* (SessionLost, AccessRefused, CommandFailed) as group:
            troubles = leaves(group)
        finally:
            since, self._connected_since = self._connected_since, None
            self._attempts += since is None
        if any(isinstance(trouble, MessageTooLarge) for trouble in troubles):
            self._pace.shrink()
        lasted = 0.0 if since is None else trio.current_time() - since
        # When several things failed at once, being refused is what somebody has to act on.
        return max(troubles, key=lambda trouble: isinstance(trouble, AccessRefused)), lasted

    async def _follow(self, ssl_context: ssl.SSLContext | None) -> None:
        """Hold one session; ends only by an exception."""
        live: dict[Lane, int] = {}

        async def tell(told: Told, lanes: Lanes) -> None:
            for lane in lanes:
                with suppress(trio.ClosedResourceError):  # its sink is not wanted any more
                    try:
                        lane.changes.send_nowait(told)  # without a pass through the scheduler
                    except trio.WouldBlock:
                        await lane.changes.send(told)
            if isinstance(told, Burst):
                self._received["state_changed"] += len(told.changes)
                self._received.update(event.event_type for event in told.events)

        async def deliver(burst: Burst) -> None:
            self._registries.rename(burst.renamed)
            lanes = tuple(live)  # who comes meanwhile has not heard it
            await tell(burst, lanes)
            if burst.changes:
                self._last_change = burst.changes[-1].time
                self.book.hear(burst.changes[-1].time, lanes)
                self.busiest.count(burst.changes)

        ring, registry_updated = trio.open_memory_channel[None](1)
        with ring, registry_updated:
            patience = Patience(partial(longest_unread, live))
            opening = open_session(self.config, ssl_context, deliver, ring, patience)
            async with opening as session:
                if self.config.feed is Feed.ENTITIES:
                    session.feed = EntityFeed(only=self.only)
                recording = Recording(
                    config=self.config,
                    session=session,
                    tell=tell,
                    live=live,
                    outlets=self.outlets,
                    registries=self._registries,
                    book=self.book,
                    repairer=Repairer(
                        book=self.book, pace=self._pace, tell=tell, counts=self.repairs
                    ),
                    refused_types=self._refused_types,
                )
                try:
                    before = await recording.subscribe()
                    self._session = session
                    core, snapshot = await recording.look_around()
                    self._say_connected(session, core, len(snapshot))
                    await recording.follow(before, core, snapshot, registry_updated)
                finally:
                    self._session = None
                    self._unreadable += session.unreadable
                    self._unserialized += session.unserialized

    def _say_connected(self, session: Session, core: CoreConfig, entities: int) -> None:
        self._connected_since = trio.current_time()
        self._sessions += 1
        self._attempts += 1
        self._ha_version = session.ha_version
        again = f" again, after {self._failures} failed tries" if self._trouble else ""
        self._failures, self._trouble = 0, None
        log.info(
            "%s: connected to %s%s (Home Assistant %s, %s, %d entities)",
            self.config.name,
            address_of(self.config.url),
            again,
            session.ha_version,
            core.state,
            entities,
            extra=CONNECTED,
        )

    def _say_lost(self, trouble: Exception, delay: float) -> None:
        """Say a new trouble loudly and the same one again quietly: an outage is a few lines."""
        self._failures += 1
        known, self._trouble = self._trouble, str(trouble)
        if known == self._trouble:
            level = logging.DEBUG
        else:
            level = logging.ERROR if isinstance(trouble, AccessRefused) else logging.WARNING
        log.log(
            level,
            "%s: not connected: %s; trying again in %.1f s%s",
            self.config.name,
            trouble,
            delay,
            " (correct the token and reload to try at once)"
            if isinstance(trouble, AccessRefused)
            else " and for as long as it takes",
            extra=ACCESS_REFUSED if isinstance(trouble, AccessRefused) else NOT_CONNECTED,
        )


def longest_unread(lanes: Iterable[Lane]) -> float:
    """Return for how many seconds a change may wait unread, as all *lanes* allow it."""
    return min((lane.ledger.unread_seconds for lane in lanes), default=0.0)
