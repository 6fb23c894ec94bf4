"""Reads a Home Assistant's registries into one `Registry`, and again when they have changed."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import trio
from attrs import define, field
from msgspec.json import Decoder

from trio_ingest.home_assistant.errors import CommandFailed
from trio_ingest.home_assistant.registry_lists import (
    AreaEntry,
    DeviceEntry,
    EntityEntry,
    FloorEntry,
    LabelEntry,
    Lists,
    join,
)
from trio_ingest.home_assistant.session import Session
from trio_ingest.model.registry import Latest, Registry

log = logging.getLogger(__name__)

# Renaming an area or reloading an integration fires these events by the dozen. Besides, a deleted
# entity leaves the registry first and is removed right after: so long it has to keep its tags.
SETTLE_SECONDS = 0.5
# A registry that never comes to rest is read all the same.
LONGEST_SETTLE_SECONDS = 5.0

_LISTS: dict[str, tuple[str, Decoder[Any]]] = {
    "areas": ("config/area_registry/list", Decoder(Sequence[AreaEntry])),
    "floors": ("config/floor_registry/list", Decoder(Sequence[FloorEntry])),
    "labels": ("config/label_registry/list", Decoder(Sequence[LabelEntry])),
    "devices": ("config/device_registry/list", Decoder(Sequence[DeviceEntry])),
    "entities": ("config/entity_registry/list", Decoder(Sequence[EntityEntry])),
}


@define(eq=False, repr=False)
class RegistryReader:
    """Keeps `latest` up to date, over all sessions with a Home Assistant.

    A list that it does not give (an older version, a user with few rights) stays as it last was,
    at first empty, and that is said once.
    """

    latest: Latest[Registry]
    _lists: dict[str, Sequence[Any]] = field(factory=dict, init=False)
    _missing: set[str] = field(factory=set, init=False)

    async def read(self, session: Session) -> None:
        """Ask for the lists and join them. An equal registry stays in place: caches hang on it."""
        for name, (command, decoder) in _LISTS.items():
            try:
                self._lists[name] = await session.request(command, decoder)
            except CommandFailed as error:
                self._say_missing(session.home, name, error)
            else:
                self._missing.discard(name)
        registry = join(Lists(**self._lists))
        if registry != self.latest.value:
            self.latest.value = registry

    def rename(self, renamed: Mapping[str, str]) -> None:
        """Know renamed entities by their new ids, too, before the lists are read anew.

        Home Assistant 2026.11 tells first that an entity was renamed, and in the same breath its
        state under the new id, which shall have its place already.
        """
        entries = self.latest.value.entries
        moved = {new: entries[old] for old, new in renamed.items() if old in entries}
        if moved:
            self.latest.value = Registry(entries={**entries, **moved})

    async def follow(self, session: Session, updated: trio.MemoryReceiveChannel[None]) -> None:
        """Read the registries anew each time that *updated* rings, once things have settled.

        The events carry ids and old values, never the new ones, so the lists are what we need.
        """
        async for _ in updated:
            with trio.move_on_after(LONGEST_SETTLE_SECONDS):
                await _wait_quiet(updated)
            await self.read(session)

    def _say_missing(self, home: str, name: str, error: CommandFailed) -> None:
        if name not in self._missing:
            self._missing.add(name)
            log.warning("%s: %s; going on without new %s", home, error, name)


async def fetch_registry(session: Session) -> Registry:
    """Read the registries once."""
    reader = RegistryReader(Latest(Registry()))
    await reader.read(session)
    return reader.latest.value


async def _wait_quiet(updated: trio.MemoryReceiveChannel[None]) -> None:
    """Wait until *updated* has not rung for a while."""
    is_quiet = False
    while not is_quiet:
        with trio.move_on_after(SETTLE_SECONDS) as patience:
            await updated.receive()
        is_quiet = patience.cancelled_caught
