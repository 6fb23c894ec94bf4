"""One short session, to see whether a Home Assistant can be recorded: `check-config --online`."""

from collections.abc import Mapping

import trio
from attrs import field, frozen

from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.address import ssl_context_for
from trio_ingest.home_assistant.errors import NEEDS_ADMINISTRATOR, CommandFailed
from trio_ingest.home_assistant.session import Session, open_session
from trio_ingest.home_assistant.snapshot import fetch_core, fetch_snapshot


@frozen(kw_only=True)
class Inspection:
    """What was found: who answered, and what stands in the way of each configured event type."""

    summary: str
    events: Mapping[str, str | None] = field(factory=dict)
    """None for a type that this token may have."""


async def inspect_home(config: HomeAssistantConfig) -> Inspection:
    """Find out who answers, how much there is to record, and what this token may have of it.

    Raises SessionLost, AccessRefused or CommandFailed, in an exception group, when it will not.
    """
    ring, updated = trio.open_memory_channel[None](1)
    with ring, updated:
        async with open_session(config, ssl_context_for(config), _ignore, ring) as session:
            core = await fetch_core(session)
            entities = await fetch_snapshot(session)
            await session.subscribe("state_changed")
            return Inspection(
                summary=f"{core.location_name}, Home Assistant {core.version}, {core.state}, "
                f"{len(entities)} entities, may subscribe to their changes",
                events={each: await _obstacle(session, each) for each in config.events},
            )


async def _obstacle(session: Session, event_type: str) -> str | None:
    try:
        await session.subscribe(event_type)
    except CommandFailed as error:
        return f"{error}{NEEDS_ADMINISTRATOR if error.code == 'unauthorized' else ''}"
    return None


async def _ignore(_: object) -> None:
    """Take the changes that come while we look, and do nothing."""
