"""Finds out since when entities are gone, beside the stream.

Home Assistant's recorder knows it, as soon as it has written that. Where it does not know either
(it does not run, the entity is excluded from it, or has another id now) the removal is recorded at
the time of what was heard last before it: Home Assistant's too, and early by no more than the
silence before it.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

import trio

from trio_ingest.home_assistant.departures import Departure, Departures
from trio_ingest.home_assistant.errors import CommandFailed, NoAnswer, NoRecorder
from trio_ingest.home_assistant.history import fetch_history, may_have_history
from trio_ingest.home_assistant.recorder import USUAL_LAG_SECONDS
from trio_ingest.home_assistant.session import Session
from trio_ingest.model.state_change import Burst, Source, StateChange

log = logging.getLogger(__name__)

ASK_SECONDS = 2.0
WITHIN_SECONDS = USUAL_LAG_SECONDS + 2 * ASK_SECONDS
"""So long may a removal be heard and not told. If the session is lost meanwhile, or the daemon is
killed, it is in the next gap."""
# So few, because after they have come back much may have happened to them.
ASKED_TOGETHER = 20
# Changes of one instant may have come in another order than their times say; none by as much.
OVERLAP = 100_000


async def date(
    session: Session, departures: Departures, tell: Callable[[Burst], Awaitable[None]]
) -> None:
    """Ask since when they are gone, and tell it, until cancelled. Raises SessionLost.

    What was told is told again when it is not sure that everybody has heard it.
    """
    said = 0
    while True:
        await departures.wait()
        await trio.sleep(ASK_SECONDS)
        waiting = await departures.wait()
        for start in range(0, len(waiting), ASKED_TOGETHER):
            some = waiting[start : start + ASKED_TOGETHER]
            changes = await _date_some(session, some)
            if not changes:
                continue
            departures.undated += sum(_is_stand_in(each, changes[each]) for each in changes)
            burst = Burst(home=session.home, changes=[*changes.values()], source=Source.LATE)
            await tell(burst)
            departures.remove(changes.keys())
        if departures.undated > said:
            log.info(
                "%s: nobody knows when %d entities were removed; that is recorded at the time of "
                "what was heard last before it",
                session.home,
                departures.undated - said,
            )
            said = departures.undated


async def _date_some(
    session: Session, some: Sequence[Departure]
) -> Mapping[Departure, StateChange]:
    """Return the removals of those of *some* that need not wait any longer."""
    asked = [each for each in some if _may_be_known(each)]
    for each in asked:
        each.is_overdue = trio.current_time() - each.since >= USUAL_LAG_SECONDS
    try:
        times = await _ask(session, asked) if asked else {}
    except NoRecorder:
        return {each: each.gone.at(each.gone.stand_in) for each in some}
    return {
        each: each.gone.at(times.get(each, each.gone.stand_in))
        for each in some
        if each in times or not _may_be_known(each)
    }


async def _ask(session: Session, asked: Sequence[Departure]) -> Mapping[Departure, int]:
    """Return since when they are gone, where the recorder knows it by now."""
    ids = sorted({each.gone.entity_id for each in asked})
    after = min(each.gone.heard for each in asked) - OVERLAP
    try:
        history = await fetch_history(session, ids, max(0, after), None)
    except (NoAnswer, CommandFailed) as error:
        log.debug("%s: since when entities are gone: %s", session.home, error)
        return {}
    times: dict[Departure, int] = {}
    for each in asked:
        gone = each.gone
        first = next(
            (
                change.time
                for change in history.changes
                if change.entity_id == gone.entity_id
                and change.is_removal
                and change.time > max(gone.began, gone.heard - OVERLAP)
            ),
            None,
        )
        if first is not None:
            times[each] = first
    return times


def _may_be_known(departure: Departure) -> bool:
    return not departure.is_overdue and may_have_history(departure.gone.entity_id)


def _is_stand_in(departure: Departure, change: StateChange) -> bool:
    return change.time == departure.gone.stand_in
