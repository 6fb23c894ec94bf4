"""One short session, to see whether a Home Assistant can be recorded: `check-config --online`."""

import trio

from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.address import ssl_context_for
from trio_ingest.home_assistant.session import open_session
from trio_ingest.home_assistant.snapshot import fetch_core, fetch_snapshot


async def inspect_home(config: HomeAssistantConfig) -> str:
    """Return in a sentence who answered and how much there is to record.

    Raises SessionLost, AccessRefused or CommandFailed, in an exception group, when it will not.
    """
    ring, updated = trio.open_memory_channel[None](1)
    with ring, updated:
        async with open_session(config, ssl_context_for(config), _ignore, ring) as session:
            core = await fetch_core(session)
            entities = await fetch_snapshot(session)
            await session.subscribe("state_changed")
            return (
                f"{core.location_name}, Home Assistant {core.version}, {core.state}, "
                f"{len(entities)} entities, may subscribe to their changes"
            )


async def _ignore(_: object) -> None:
    """Take the changes that come while we look, and do nothing."""
