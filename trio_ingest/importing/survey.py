"""One short session before an import: what there is to be asked for, and by which clock."""

import logging
from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import trio
from attrs import field, frozen

from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.address import ssl_context_for
from trio_ingest.home_assistant.errors import (
    AccessRefused,
    CommandFailed,
    NoRecorder,
    SessionLost,
    leaves,
)
from trio_ingest.home_assistant.history import may_have_history
from trio_ingest.home_assistant.recorder import latest_of
from trio_ingest.home_assistant.registries import fetch_registry
from trio_ingest.home_assistant.session import Session
from trio_ingest.home_assistant.session_opening import open_session
from trio_ingest.home_assistant.snapshot import fetch_core, fetch_snapshot, wait_running
from trio_ingest.home_assistant.statistics import StatisticsGroup, fetch_statistics_list
from trio_ingest.importing.order import ImportFailed
from trio_ingest.model.registry import Registry
from trio_ingest.model.state_change import StateChange

log = logging.getLogger(__name__)


@frozen(kw_only=True)
class Survey:
    """A home as it is, and of what it may have a past."""

    zone: ZoneInfo
    registry: Registry
    snapshot: Sequence[StateChange] = field(repr=False)
    statistics: Sequence[StatisticsGroup] = field(repr=False)

    @property
    def newest(self) -> int:
        """Return the instant after which nothing has happened; 0 when nothing ever has."""
        return max((change.time for change in self.snapshot), default=0)

    @property
    def latest(self) -> Sequence[StateChange]:
        """Return the states to look for in the recorder: when it has them, it has all."""
        return latest_of(self.snapshot)

    def entities(self, known: Collection[str]) -> Collection[str]:
        """Return who may have a past: who is there, registered, *known*, or has statistics."""
        found = {*known, *self.registry.entries, *(each.entity_id for each in self.snapshot)}
        for group in self.statistics:
            found.update(each.entity_id for each in group.statistics if each.entity_id is not None)
        return {each for each in found if may_have_history(each)}


async def survey(config: HomeAssistantConfig) -> Survey:
    """Ask for it, once Home Assistant is running. Raises ImportFailed."""
    troubles: list[Exception] = []
    ring, updated = trio.open_memory_channel[None](1)
    with ring, updated:
        try:
            async with open_session(config, ssl_context_for(config), ignore, ring) as session:
                return await _look(session)
        except* (SessionLost, AccessRefused, CommandFailed, NoRecorder) as group:
            troubles = leaves(group)
    reasons = "; ".join(str(each) for each in troubles)
    raise ImportFailed(f"{config.name} cannot be asked: {reasons}")


async def _look(session: Session) -> Survey:
    await wait_running(session)
    core = await fetch_core(session)
    return Survey(
        zone=zone_of(core.time_zone),
        registry=await fetch_registry(session),
        statistics=await fetch_statistics_list(session),
        snapshot=await fetch_snapshot(session),
    )


def zone_of(name: str) -> ZoneInfo:
    """Return Home Assistant's time zone. Raises ImportFailed when this machine has no such."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImportFailed(
            f"Home Assistant's time zone {name!r} is not known on this machine: install tzdata"
        ) from error


async def ignore(_: object) -> None:
    """Take what comes meanwhile, and do nothing."""
