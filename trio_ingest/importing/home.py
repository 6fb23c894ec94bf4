"""The import of one home, over as many sessions as it takes."""

import logging
import ssl
from collections.abc import Sequence
from typing import Any

import trio

from trio_ingest.backoff import Backoff
from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.address import ssl_context_for
from trio_ingest.home_assistant.errors import (
    AccessRefused,
    MessageTooLarge,
    NoRecorder,
    SessionLost,
    leaves,
)
from trio_ingest.home_assistant.recorder import wait_recorded
from trio_ingest.home_assistant.session_opening import open_session
from trio_ingest.importing.order import ImportFailed
from trio_ingest.importing.past import Past
from trio_ingest.importing.survey import ignore
from trio_ingest.importing.walk import Walk
from trio_ingest.model.state_change import StateChange

log = logging.getLogger(__name__)

# A Home Assistant that restarts is back by then.
GIVE_UP_SECONDS = 600.0


async def import_home(
    config: HomeAssistantConfig,
    walk: Walk,
    pasts: Sequence[Past[Any]],
    awaited: Sequence[StateChange],
) -> None:
    """Import all *pasts*, once the recorder has the *awaited* states. Raises ImportFailed."""
    ssl_context = ssl_context_for(config)
    backoff = Backoff(longest_seconds=config.reconnect_max_delay)
    while (trouble := await _attempt(config, ssl_context, walk, pasts, awaited)) is not None:
        walk.let_go()
        waited = trio.current_time() - walk.advanced_at
        if not isinstance(trouble, SessionLost) or waited > GIVE_UP_SECONDS:
            raise ImportFailed(f"{config.name}: {trouble}") from trouble
        delay = backoff.next_delay()
        log.warning("%s: %s; going on in %.1f s", config.name, trouble, delay)
        await trio.sleep(delay)


async def _attempt(
    config: HomeAssistantConfig,
    ssl_context: ssl.SSLContext | None,
    walk: Walk,
    pasts: Sequence[Past[Any]],
    awaited: Sequence[StateChange],
) -> Exception | None:
    """Go as far as one session reaches; return what ended it, or None at the end of all."""
    troubles: list[Exception] = []
    ring, updated = trio.open_memory_channel[None](1)
    with ring, updated:
        try:
            async with open_session(config, ssl_context, ignore, ring) as session:
                await wait_recorded(session, awaited)
                for past in pasts:
                    await walk.go(session, past)
        except* (SessionLost, AccessRefused, NoRecorder) as group:
            troubles = leaves(group)
    if any(isinstance(trouble, MessageTooLarge) for trouble in troubles):
        for past in pasts:
            past.pace.shrink()
    # What trying again would not help is what somebody has to hear of.
    return min(troubles, key=lambda each: isinstance(each, SessionLost), default=None)
