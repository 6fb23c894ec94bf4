"""One short session, to see what is there now: the registry, and the state of every entity."""

from collections.abc import Mapping

import trio
from attrs import frozen

from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.address import ssl_context_for
from trio_ingest.home_assistant.registries import fetch_registry
from trio_ingest.home_assistant.session_opening import open_session
from trio_ingest.home_assistant.snapshot import fetch_snapshot
from trio_ingest.model.registry import Registry
from trio_ingest.model.state_change import StateChange


@frozen(kw_only=True)
class Present:
    """A home as it is: each entity's latest change, by entity id, and what the registry knows."""

    changes: Mapping[str, StateChange]
    registry: Registry


async def fetch_present(config: HomeAssistantConfig) -> Present:
    """Ask for it. Raises SessionLost, AccessRefused or CommandFailed, in an exception group."""
    ring, updated = trio.open_memory_channel[None](1)
    with ring, updated:
        async with open_session(config, ssl_context_for(config), _ignore, ring) as session:
            registry = await fetch_registry(session)
            changes = {change.entity_id: change for change in await fetch_snapshot(session)}
            return Present(changes=changes, registry=registry)


async def _ignore(_: object) -> None:
    """Take what comes while we look, and do nothing."""
