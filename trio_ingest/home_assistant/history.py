"""What Home Assistant's recorder has of the past, as the changes that it was.

Facts, from Home Assistant 2025.4 and 2026.11: all rows come only with `significant_changes_only`
off; the state at the start has a made-up time and is not wanted; `lu` is a float from which
`datetime.fromtimestamp` makes the very microsecond of the live event; a removal has no `s`; both
ends are exclusive.
"""

import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from attrs import frozen
from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder

from trio_ingest.home_assistant.errors import CommandFailed, NoRecorder
from trio_ingest.home_assistant.messages import read_attributes
from trio_ingest.home_assistant.session import Session
from trio_ingest.model.instant import to_datetime, to_microseconds
from trio_ingest.model.state_change import State, StateChange
from trio_ingest.telemetry.message_ids import UNREADABLE_ENTITY, of_entity

log = logging.getLogger(__name__)

COMMAND = "history/history_during_period"
# One id that Home Assistant does not take for one, and the whole question is refused.
_ENTITY_ID = re.compile(r"(?!.+__)(?!_)[\da-z_]+(?<!_)\.(?!_)[\da-z_]+(?<!_)")


class HistoryRow(Struct):
    """A row of the answer. `lc` is only there when it differs from `lu`."""

    lu: float
    s: str | None = None
    a: Raw = Raw(b"{}")
    lc: float | None = None


@frozen(eq=False, repr=False)
class History:
    """What was answered: changes in the order of their time, and how many bytes that took."""

    changes: Sequence[StateChange]
    size_bytes: int


_answer = Decoder(Raw)
_entities: Decoder[dict[str, Raw]] = Decoder(dict[str, Raw])
_rows: Decoder[list[HistoryRow]] = Decoder(list[HistoryRow])


def may_have_history(entity_id: str) -> bool:
    """Say whether Home Assistant would take *entity_id* for one."""
    return _ENTITY_ID.fullmatch(entity_id) is not None


async def fetch_history(
    session: Session, entity_ids: Sequence[str], after: int, before: int | None
) -> History:
    """Ask for all that happened to these entities after and before two instants; None: until now.

    Raises NoRecorder when there is none, NoAnswer when it takes too long, CommandFailed when it
    fails otherwise.
    """
    end = {} if before is None else {"end_time": to_datetime(before).isoformat()}
    try:
        answer = await session.request(
            COMMAND,
            _answer,
            start_time=to_datetime(after).isoformat(),
            **end,
            entity_ids=list(entity_ids),
            include_start_time_state=False,
            significant_changes_only=False,
        )
    except CommandFailed as error:
        if error.code == "unknown_command":
            raise NoRecorder("Home Assistant's recorder is not running") from error
        raise
    changes: list[StateChange] = []
    try:
        by_entity = _entities.decode(answer)
    except DecodeError as error:
        raise CommandFailed(COMMAND, "unreadable_answer", str(error)) from error
    for entity_id, rows in by_entity.items():
        try:
            changes += [to_past_change(entity_id, row) for row in _rows.decode(rows)]
        except (DecodeError, OverflowError, ValueError) as error:
            log.warning(
                "the history of %s was unreadable, skipped: %s",
                entity_id,
                error,
                extra=of_entity(UNREADABLE_ENTITY, entity_id),
            )
    changes.sort(key=lambda change: change.time)
    return History(changes, len(bytes(answer)))


def to_past_change(entity_id: str, row: HistoryRow) -> StateChange:
    """Return the change that *row* tells of; without a context, which the recorder keeps back."""
    time = _instant(row.lu)
    if row.s is None:
        return StateChange(entity_id=entity_id, time=time, state=None)
    state = State(
        value=row.s,
        attributes=read_attributes(row.a),
        last_changed=time if row.lc is None else _instant(row.lc),
        last_updated=time,
    )
    return StateChange(entity_id=entity_id, time=time, state=state)


def _instant(timestamp: float) -> int:
    return to_microseconds(datetime.fromtimestamp(timestamp, tz=UTC))
