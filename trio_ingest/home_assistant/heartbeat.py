"""Looks now and then at what Home Assistant was told again without a change of it.

Such a report fires no event that a client may hear, and a snapshot does not show it, either: the
JSON of a state is made once. A template reads the state itself.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from math import inf

import trio
from msgspec.structs import replace

from trio_ingest.home_assistant.errors import CommandFailed, NoAnswer
from trio_ingest.home_assistant.gap_book import Lane, Lanes
from trio_ingest.home_assistant.outlet import Outlets
from trio_ingest.home_assistant.session import Session
from trio_ingest.home_assistant.snapshot import fetch_snapshot
from trio_ingest.model.instant import to_microseconds
from trio_ingest.model.notice import Told
from trio_ingest.model.state_change import Burst, Source, StateChange

log = logging.getLogger(__name__)

LOOKS = 4
"""How often it is looked for each heartbeat; a point is late by a fourth at most."""
# Home Assistant renders no more than 256 KiB; a line of an entity has some 100 bytes.
BURST = 500
TEMPLATE = (
    "{% for id in ids %}{% set state = states[id] %}{% if state %}"
    "{{ id }} {{ state.last_updated.isoformat() }} {{ state.last_reported.isoformat() }}\n"
    "{% endif %}{% endfor %}"
)


async def beat(
    session: Session,
    outlets: Outlets,
    live: Collection[Lane],
    tell: Callable[[Told, Lanes], Awaitable[None]],
) -> None:
    """Tell those of the *live* lanes that want a heartbeat what was reported, until cancelled."""
    said = ""
    looked = trio.current_time()
    while True:
        changed, wishes = outlets.changed, wishes_of(outlets)
        with trio.move_on_at(looked + min(wishes.values(), default=inf) / LOOKS):
            await changed.wait()
            continue  # there may be other wishes now
        looked = trio.current_time()
        try:
            reports = await fetch_reports(session)
        except (NoAnswer, CommandFailed) as error:
            if said != (said := str(error)):
                log.warning("%s: no heartbeat: %s; trying again", session.home, error)
            continue
        lanes = [lane for lane in wishes if lane in live]
        for start in range(0, len(reports), BURST):
            part = reports[start : start + BURST]
            await tell(Burst(home=session.home, changes=part, source=Source.HEARTBEAT), lanes)


def wishes_of(outlets: Outlets) -> Mapping[Lane, float]:
    """Return which lanes want a heartbeat, and how often, in seconds."""
    wishes = {lane: lane.ledger.heartbeat_seconds for lane in outlets}
    return {lane: wish for lane, wish in wishes.items() if wish is not None}


async def fetch_reports(session: Session) -> Sequence[StateChange]:
    """Return the present states at the times when they were last reported, changed or not.

    What changes while we ask is left out: its change comes by itself.
    """
    snapshot = await fetch_snapshot(session)
    reports: list[StateChange] = []
    for start in range(0, len(snapshot), BURST):
        part = snapshot[start : start + BURST]
        ids = [change.entity_id for change in part]
        times = dict(parse(await session.render(TEMPLATE, ids=ids)))
        reports += reported(part, times)
    return reports


def reported(
    snapshot: Sequence[StateChange], times: Mapping[str, tuple[int, int]]
) -> Iterator[StateChange]:
    """Yield those of *snapshot* that are what was reported, at the time of that."""
    for change in snapshot:
        updated, reported_at = times.get(change.entity_id, (None, 0))
        if updated == change.time:
            yield replace(change, time=reported_at)


def parse(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Read what the template has written: an entity, its last update, its last report."""
    for line in text.splitlines():
        entity_id, updated, report = line.split()
        yield entity_id, (_instant(updated), _instant(report))


def _instant(text: str) -> int:
    return to_microseconds(datetime.fromisoformat(text))
