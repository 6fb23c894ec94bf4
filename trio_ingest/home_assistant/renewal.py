"""Begins the copies of the feed `entities` anew, when they may not be what Home Assistant has."""

import logging
from collections.abc import Awaitable, Callable

import trio

from trio_ingest.home_assistant.entity_feed import EntityFeed
from trio_ingest.home_assistant.session import Session
from trio_ingest.model.state_change import Burst, Source

log = logging.getLogger(__name__)

# What is wrong once may be wrong a thousand times a second, and each time is a whole snapshot.
LEAST_SECONDS = 10.0
BURST = 500


async def renew(
    session: Session, feed: EntityFeed, tell: Callable[[Burst], Awaitable[None]]
) -> None:
    """Begin anew when there is a doubt, and tell what was not known; until cancelled."""
    while True:
        await feed.wait_doubted()
        changes = await session.subscribe_entities()
        log.info("%s: all entities were read anew, %d had changed", session.home, len(changes))
        for start in range(0, len(changes), BURST):
            part = changes[start : start + BURST]
            await tell(Burst(home=session.home, changes=part, source=Source.SNAPSHOT))
        await trio.sleep(LEAST_SECONDS)
