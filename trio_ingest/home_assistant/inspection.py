"""One short session, to see whether a Home Assistant can be recorded: for `doctor`."""

import time
from collections.abc import Mapping, Sequence
from typing import TypeVar

import trio
from attrs import field, frozen
from msgspec import Struct
from msgspec.json import Decoder

from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.address import ssl_context_for
from trio_ingest.home_assistant.errors import NEEDS_ADMINISTRATOR, CommandFailed
from trio_ingest.home_assistant.history import may_have_history
from trio_ingest.home_assistant.reach import fetch_reach
from trio_ingest.home_assistant.session import Session
from trio_ingest.home_assistant.session_opening import open_session
from trio_ingest.home_assistant.snapshot import CoreConfig, fetch_core, fetch_snapshot
from trio_ingest.model.state_change import StateChange

T = TypeVar("T")

CLOCK = "{{ utcnow().timestamp() }}"
ASKED_FOR_THEIR_PAST = 100
"""Entities; that nothing is known of any of them means that nothing is known."""


class User(Struct):
    """What we read of the answer to `auth/current_user`."""

    is_admin: bool


class RecorderInfo(Struct):
    """What we read of the answer to `recorder/info`. `backlog` are events not yet written."""

    recording: bool
    backlog: int | None = None


@frozen
class Clock:
    """How far another clock is ahead of ours, in seconds, and by how much that may be wrong."""

    ahead: float
    doubt: float = 0.0


@frozen(kw_only=True)
class Inspection:
    """What was found. None stands for what this Home Assistant would not say."""

    core: CoreConfig
    entities: int
    is_admin: bool | None
    clock: Clock | None
    recorder: RecorderInfo | None
    reach_seconds: float | None = None
    """How far back its history goes, up to `backfill_max`."""
    events: Mapping[str, str | None] = field(factory=dict)
    """What stands in the way of each configured event type; None: this token may have it."""


async def inspect_home(config: HomeAssistantConfig) -> Inspection:
    """Find out who answers, how much there is to record, and what this token may have of it.

    Raises SessionLost, AccessRefused or CommandFailed, in an exception group, when it will not.
    """
    ring, updated = trio.open_memory_channel[None](1)
    with ring, updated:
        async with open_session(config, ssl_context_for(config), _ignore, ring) as session:
            core = await fetch_core(session)
            snapshot = await fetch_snapshot(session)
            await session.subscribe("state_changed")
            user = await _ask(session, "auth/current_user", _user)
            recorder = await _ask(session, "recorder/info", _recorder)
            clock = await _read_clock(session)
            reach = None
            if recorder is not None:
                reach = await _find_reach(session, config, snapshot, clock)
            return Inspection(
                core=core,
                entities=len(snapshot),
                is_admin=None if user is None else user.is_admin,
                clock=clock,
                recorder=recorder,
                reach_seconds=reach,
                events={each: await _obstacle(session, each) for each in config.events},
            )


_user: Decoder[User | None] = Decoder(User | None)
_recorder: Decoder[RecorderInfo | None] = Decoder(RecorderInfo | None)


async def _ask(session: Session, command: str, reply: Decoder[T | None]) -> T | None:
    try:
        return await session.request(command, reply)
    except CommandFailed:
        return None


async def _read_clock(session: Session) -> Clock | None:
    """Read Home Assistant's clock, of which every user may make a template."""
    before = time.time()
    try:
        theirs = float(await session.render(CLOCK))
    except (CommandFailed, ValueError):
        return None
    after = time.time()
    return Clock(ahead=theirs - (before + after) / 2, doubt=(after - before) / 2)


async def _find_reach(
    session: Session,
    config: HomeAssistantConfig,
    snapshot: Sequence[StateChange],
    clock: Clock | None,
) -> float | None:
    ids = sorted(each.entity_id for each in snapshot if may_have_history(each.entity_id))
    now = time.time() + (clock.ahead if clock else 0.0)
    try:
        return await fetch_reach(session, ids[:ASKED_FOR_THEIR_PAST], now, config.backfill_max)
    except CommandFailed:
        return None


async def _obstacle(session: Session, event_type: str) -> str | None:
    try:
        await session.subscribe(event_type)
    except CommandFailed as error:
        return f"{error}{NEEDS_ADMINISTRATOR if error.code == 'unauthorized' else ''}"
    return None


async def _ignore(_: object) -> None:
    """Take the changes that come while we look, and do nothing."""
