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
LONGEST_SECONDS = 60.0
BURST = 500


async def renew(
    session: Session, feed: EntityFeed, tell: Callable[[Burst], Awaitable[None]]
) -> None:
    """Begin anew when there is a doubt, and tell what was not known; until cancelled.

    At first soon, and less and less often as long as the doubts go on.
    """
    pause = LEAST_SECONDS
    while True:
        with trio.move_on_after(LONGEST_SECONDS) as quiet:
            await feed.wait_doubted()
        if quiet.cancelled_caught:
            pause = LEAST_SECONDS
            continue
        changes = await session.subscribe_entities()
        log.info("%s: all entities were read anew, %d had changed", session.home, len(changes))
        for start in range(0, len(changes), BURST):
            part = changes[start : start + BURST]
            await tell(Burst(home=session.home, changes=part, source=Source.SNAPSHOT))
        await trio.sleep(pause)
        pause = min(2 * pause, LONGEST_SECONDS)
