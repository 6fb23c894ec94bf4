"""Waits until Home Assistant's recorder has written what has happened so far."""

import logging
from collections.abc import Sequence
from contextlib import suppress

import trio

from trio_ingest.home_assistant.errors import CommandFailed, NoAnswer
from trio_ingest.home_assistant.history import fetch_history, may_have_history
from trio_ingest.home_assistant.session import Session
from trio_ingest.model.state_change import StateChange

log = logging.getLogger(__name__)

ASKED = 10
"""Of how many of the newest states it is asked; not every entity need be recorded."""
INTERVAL_SECONDS = 1.0
# It commits every 5 s, if it was not told otherwise. When only older ones of the states show up by
# then, the newest are probably excluded from it.
USUAL_LAG_SECONDS = 15.0
LONGEST_LAG_SECONDS = 60.0
MOMENT = 1_000_000
_BEFORE = 1000


def latest_of(snapshot: Sequence[StateChange]) -> Sequence[StateChange]:
    """Return the newest states that a recorder could have, the newest last.

    They came about within a moment, so that to ask for their history is a small question.
    """
    recordable = [change for change in snapshot if may_have_history(change.entity_id)]
    newest = sorted(recordable, key=lambda change: change.time)[-ASKED:]
    return [change for change in newest if change.time > newest[-1].time - MOMENT]


async def wait_recorded(session: Session, newest: Sequence[StateChange]) -> None:
    """Return once history has the *newest* states, or it took long enough.

    It is written in order: when a state is there, so is all that came before it. Raises
    NoRecorder when there is none.
    """
    if not newest:
        return
    expected = {(change.entity_id, change.time) for change in newest}
    last = (newest[-1].entity_id, newest[-1].time)
    ids = [change.entity_id for change in newest]
    began = trio.current_time()
    while (waited := trio.current_time() - began) < LONGEST_LAG_SECONDS:
        with suppress(NoAnswer, CommandFailed):
            history = await fetch_history(session, ids, max(0, newest[0].time - _BEFORE), None)
            there = {(change.entity_id, change.time) for change in history.changes} & expected
            if last in there or (there and waited >= USUAL_LAG_SECONDS):
                return
        await trio.sleep(INTERVAL_SECONDS)
    log.info("%s: the newest states are not in its recorder; going on without", session.home)
