"""Finds out how far back Home Assistant's recorder knows anything."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Raw
from msgspec.json import Decoder

from trio_ingest.home_assistant.history import COMMAND
from trio_ingest.home_assistant.session import Session

CLOSE_ENOUGH = 0.05
"""Of the age that is known to be there."""
LEAST_SECONDS = 60.0
MOMENT = timedelta(seconds=1)

_rows: Decoder[dict[str, list[Raw]]] = Decoder(dict[str, list[Raw]])


async def fetch_reach(
    session: Session, entity_ids: Sequence[str], now: float, longest_seconds: float
) -> float:
    """Return for how many seconds, up to *longest_seconds*, it knows of one of these entities.

    *now* is Home Assistant's own time. Halves the time in question, some ten questions in all: no
    command tells it. Raises CommandFailed.
    """
    known, unknown = 0.0, longest_seconds
    if await _knows(session, entity_ids, now - unknown):
        return longest_seconds
    while unknown - known > max(LEAST_SECONDS, known * CLOSE_ENOUGH):
        middle = (known + unknown) / 2
        if await _knows(session, entity_ids, now - middle):
            known = middle
        else:
            unknown = middle
    return known


async def _knows(session: Session, entity_ids: Sequence[str], time: float) -> bool:
    """Say whether there is a state of any of them as of *time*."""
    start = datetime.fromtimestamp(time, tz=UTC)
    states = await session.request(
        COMMAND,
        _rows,
        start_time=start.isoformat(),
        end_time=(start + MOMENT).isoformat(),
        entity_ids=list(entity_ids),
        include_start_time_state=True,
        significant_changes_only=False,
        no_attributes=True,
    )
    return any(states.values())
