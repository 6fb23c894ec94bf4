"""Looks now and then at what Home Assistant was told again without a change of it.

Such a report fires no event that a client may hear; only a snapshot shows when it came.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence

import trio

from trio_ingest.home_assistant.errors import NoAnswer
from trio_ingest.home_assistant.gap_book import Lane
from trio_ingest.home_assistant.ledger import LaneLedger
from trio_ingest.home_assistant.session import Session
from trio_ingest.home_assistant.snapshot import fetch_reports
from trio_ingest.model.notice import Told
from trio_ingest.model.state_change import Burst, Source

BURST = 500
LOOKS = 4
"""How often it is looked for each heartbeat; a point is late by a fourth at most."""


async def beat(
    session: Session,
    ledgers: Sequence[LaneLedger],
    tell: Callable[[Told, Collection[Lane]], Awaitable[None]],
) -> None:
    """Tell the lanes that want a heartbeat what was reported, for as long as the session lasts."""
    wishes = {lane: each.heartbeat_seconds for lane, each in enumerate(ledgers)}
    every = min((wish for wish in wishes.values() if wish is not None), default=None)
    if every is None:
        return
    lanes = [lane for lane, wish in wishes.items() if wish is not None]
    while True:
        await trio.sleep(every / LOOKS)
        try:
            reports = await fetch_reports(session)
        except NoAnswer:
            continue  # it can wait for the next time
        for start in range(0, len(reports), BURST):
            part = reports[start : start + BURST]
            await tell(Burst(home=session.home, changes=part, source=Source.HEARTBEAT), lanes)
