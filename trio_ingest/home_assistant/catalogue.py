"""One short session, to read what the registries have, whole, for those who are told of it."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import trio
from attrs import field, frozen
from msgspec.json import Decoder

from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.address import ssl_context_for
from trio_ingest.home_assistant.errors import CommandFailed
from trio_ingest.home_assistant.session import Session
from trio_ingest.home_assistant.session_opening import open_session

log = logging.getLogger(__name__)

Entry = Mapping[str, Any]

_entries: Decoder[Sequence[Entry]] = Decoder(list[dict[str, Any]])
_services: Decoder[Mapping[str, Entry]] = Decoder(dict[str, dict[str, Any]])


@frozen(kw_only=True)
class Catalogue:
    """Devices, entities and services as Home Assistant lists them, with all their keys."""

    devices: Sequence[Entry]
    entities: Sequence[Entry]
    services: Mapping[str, Entry] = field(factory=dict)
    """By domain, and in it by name; empty when Home Assistant would not tell them."""


async def fetch_catalogue(config: HomeAssistantConfig) -> Catalogue:
    """Ask for it. Raises SessionLost, AccessRefused or CommandFailed, in an exception group."""
    ring, updated = trio.open_memory_channel[None](1)
    with ring, updated:
        async with open_session(config, ssl_context_for(config), _ignore, ring) as session:
            return Catalogue(
                devices=await session.request("config/device_registry/list", _entries),
                entities=await session.request("config/entity_registry/list", _entries),
                services=await _fetch_services(session),
            )


async def _fetch_services(session: Session) -> Mapping[str, Entry]:
    try:
        return await session.request("get_services", _services)
    except CommandFailed as error:
        log.info("%s: %s; its services stay untold", session.home, error)
        return {}


async def _ignore(_: object) -> None:
    """Take what comes while we look, and do nothing."""
