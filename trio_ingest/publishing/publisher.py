"""Tells HomeIQ's data-api what the registries of a home have, and again when that has changed.

It stands beside the river: it reads the registries in short sessions of its own, looks only at the
newest `Registry` to see when, and whatever happens to it, recording does not notice.
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

import trio
from attrs import define, field, frozen

from trio_ingest.backoff import Backoff
from trio_ingest.home_assistant.catalogue import Catalogue
from trio_ingest.home_assistant.errors import (
    AccessRefused,
    CommandFailed,
    SessionLost,
    leaves,
)
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.publishing.data_api import NotTaken
from trio_ingest.publishing.payloads import Post, posts_of
from trio_ingest.telemetry.message_ids import PUBLISHER_IN_TROUBLE
from trio_ingest.words import count

log = logging.getLogger(__name__)

# `Latest` is looked at and never waited for, so that nobody who writes it has to know of us.
LOOK_SECONDS = 1.0
# Renaming an area, or adding an integration, changes the registries by the dozen.
SETTLE_SECONDS = 5.0
LONGEST_SETTLE_SECONDS = 60.0
LONGEST_RETRY_SECONDS = 300.0
REFUSED_SECONDS = 600.0
"""The least wait when Home Assistant refuses the token: it may ban those who insist."""


@frozen(kw_only=True)
class PublisherStatistics:
    """A snapshot of a publisher. `told` are the devices, entities and services of the last time."""

    state: Literal["waiting", "telling", "in trouble"]
    rounds: int
    """How often everything was told."""
    requests: int
    """That were taken."""
    failures: int
    """Since the last success."""
    told: Mapping[str, int]
    last_success: float | None
    """By Trio's clock."""
    last_trouble: str | None


class Taker(Protocol):
    """Takes what is posted: data-api, or its double in tests."""

    async def send(self, post: Post) -> None:
        """Take *post*. Raises NotTaken."""


@define(kw_only=True)
class Publisher:
    """Tells of one home. It lives across crashes, and so do its counters.

    `where` names for people who is told; `ask` is asked what there is, and `open_taker` opens a
    conversation, which may raise NotTaken.
    """

    home: str
    where: str
    interval_seconds: float
    registry: Latest[Registry]
    ask: Callable[[], Awaitable[Catalogue]]
    open_taker: Callable[[], AbstractAsyncContextManager[Taker]]
    backoff: Backoff = field(factory=lambda: Backoff(longest_seconds=LONGEST_RETRY_SECONDS))
    _state: Literal["waiting", "telling", "in trouble"] = field(default="waiting", init=False)
    _rounds: int = field(default=0, init=False)
    _requests: int = field(default=0, init=False)
    _failures: int = field(default=0, init=False)
    _told: dict[str, int] = field(factory=dict, init=False)
    _last_success: float | None = field(default=None, init=False)
    _trouble: str | None = field(default=None, init=False)
    _left: deque[Post] = field(factory=deque, init=False)
    _seen: Registry | None = field(default=None, init=False)

    def statistics(self) -> PublisherStatistics:
        """Return a snapshot, without waiting."""
        return PublisherStatistics(
            state=self._state,
            rounds=self._rounds,
            requests=self._requests,
            failures=self._failures,
            told=dict(self._told),
            last_success=self._last_success,
            last_trouble=self._trouble,
        )

    async def run(self) -> None:
        """Tell for as long as it is let. That anybody is away is weather."""
        await self._wait_for(lambda: bool(self.registry.value.entries))
        while True:
            await self._tell()
            told_of = self._seen
            with trio.move_on_after(self.interval_seconds):
                await self._wait_for(lambda: self.registry.value is not told_of)  # noqa: B023
            self._left.clear()

    async def _tell(self) -> None:
        """Tell everything, and try until it is done."""
        while (trouble := await self._attempt()) is not None:
            delay = self.backoff.next_delay(at_least_seconds=least_wait(trouble))
            self._say_trouble(trouble, delay)
            await trio.sleep(delay)
        self.backoff.reset()
        self._say_told()

    async def _attempt(self) -> Exception | None:
        """Tell what is left to tell; return what came in between."""
        troubles: list[Exception] = []
        try:
            if not self._left or self._seen is not self.registry.value:
                await self._prepare()
            self._state = "telling"
            async with self.open_taker() as taker:
                while self._left:
                    await taker.send(self._left[0])
                    self._requests += 1
                    done = self._left.popleft()
                    self._told[done.noun] = done.amount
        except* (NotTaken, SessionLost, AccessRefused, CommandFailed, OSError) as group:
            troubles = leaves(group)
        return max(troubles, key=needs_operator) if troubles else None

    async def _prepare(self) -> None:
        """Ask Home Assistant once it has come to rest."""
        await self._wait_settled()
        self._seen = self.registry.value
        self._left = deque(posts_of(await self.ask()))

    async def _wait_settled(self) -> None:
        """Wait until the registries have not changed for a while, but not for ever."""
        with trio.move_on_after(LONGEST_SETTLE_SECONDS):
            changed = True
            while changed:
                before = self.registry.value
                with trio.move_on_after(SETTLE_SECONDS) as patience:
                    await self._wait_for(lambda: self.registry.value is not before)  # noqa: B023
                changed = not patience.cancelled_caught

    async def _wait_for(self, condition: Callable[[], bool]) -> None:
        while not condition():  # noqa: ASYNC110 - see LOOK_SECONDS
            await trio.sleep(LOOK_SECONDS)

    def _say_trouble(self, trouble: Exception, delay: float) -> None:
        """Say a new trouble loudly and the same one again quietly."""
        self._state = "in trouble"
        self._failures += 1
        known, self._trouble = self._trouble, str(trouble)
        level = logging.ERROR if needs_operator(trouble) else logging.WARNING
        log.log(
            logging.DEBUG if known == self._trouble else level,
            "%s: %s could not be told of the registries: %s; trying again in %.1f s. "
            "Recording goes on",
            self.home,
            self.where,
            trouble,
            delay,
            extra=PUBLISHER_IN_TROUBLE,
        )

    def _say_told(self) -> None:
        """Say the first time, and the first after trouble, that all is well."""
        is_news = not self._rounds or self._failures
        self._state, self._failures, self._trouble = "waiting", 0, None
        self._rounds += 1
        self._last_success = trio.current_time()
        amounts = ", ".join(count(amount, noun) for noun, amount in self._told.items())
        log.log(
            logging.INFO if is_news else logging.DEBUG,
            "%s: %s was told of %s",
            self.home,
            self.where,
            amounts or "nothing, for there is nothing",
        )


def least_wait(trouble: Exception) -> float:
    """Return the seconds that have to pass before the next try."""
    match trouble:
        case NotTaken(at_least_seconds=seconds):
            return float(seconds)
        case AccessRefused():
            return REFUSED_SECONDS
        case _:
            return 0.0


def needs_operator(trouble: Exception) -> bool:
    """Say whether waiting alone will not help."""
    return isinstance(trouble, AccessRefused) or (
        isinstance(trouble, NotTaken) and trouble.needs_operator
    )
