"""What a connector asks of the lanes that it tells everything to: how far each of them has come."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from trio_ingest.model.gap import Gap
from trio_ingest.model.progress import Recollection


class LaneLedger(Protocol):
    """One lane, seen from upstream. Nothing here waits for the network."""

    @property
    def heartbeat_seconds(self) -> float | None:
        """How often it wants a point of what does not change; None: it does not."""

    @property
    def unread_seconds(self) -> float:
        """How long a change may wait before it is read: it lingers for that much less later."""

    @property
    def has_room(self) -> bool:
        """Say whether what is fetched would not have to be dropped (again)."""

    @property
    def has_gaps(self) -> bool:
        """Say whether it has open gaps on disk."""

    async def recollect(self) -> Recollection:
        """Return what it has on disk of its progress."""

    async def lost(self) -> Sequence[Gap]:
        """Return the gaps that it has made itself, and that nobody sees to yet."""

    def admits(self, home: str, entity_id: str) -> bool:
        """Say whether it records that entity."""

    def entities(self, home: str) -> Iterable[str]:
        """Return the entities that were there when it last heard of them."""
