"""The recorder: what was, as far back as it keeps it, and the questions that it answers."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from attrs import define, field, frozen

# Attributes matter for these: each of their rows counts as significant, or is answered in full.
SIGNIFICANT_DOMAINS = {"climate", "device_tracker", "humidifier", "thermostat", "water_heater"}
FULL_DOMAINS = {"climate", "humidifier", "input_datetime", "thermostat", "water_heater"}


class Row(NamedTuple):
    """One recorded state; None is a removal. Times are float seconds, like the real database's."""

    value: str | None
    attributes: Mapping[str, Any]
    updated: float
    changed: float


@frozen(kw_only=True)
class Question:
    """What `history/history_during_period` may ask of each entity; both ends are exclusive."""

    start: float
    end: float
    include_start_time_state: bool = True
    significant_changes_only: bool = True
    minimal_response: bool = False
    no_attributes: bool = False


@define
class Recorder:
    """The newest `capacity` rows of all entities together.

    A row can be read only `lag_seconds` after it was written, like the real one's, which commits
    from time to time. `excluded` entities are never recorded. Without `is_running` nothing is, and
    the commands that ask are unknown.
    """

    capacity: int = 100_000
    lag_seconds: float = 0.0
    excluded: set[str] = field(factory=set)
    is_running: bool = True
    _rows: defaultdict[str, deque[Row]] = field(factory=lambda: defaultdict(deque))
    _order: deque[str] = field(factory=deque)

    def add(self, entity_id: str, row: Row) -> None:
        """Record *row*, and forget the oldest one when there are too many."""
        if not self.is_running or entity_id in self.excluded:
            return
        self._rows[entity_id].append(row)
        self._order.append(entity_id)
        if len(self._order) > self.capacity:
            self._rows[self._order.popleft()].popleft()

    def answer(
        self, entity_ids: Iterable[str], question: Question, now: float
    ) -> dict[str, list[dict[str, Any]]]:
        """Return the rows of each entity that has any, in the compressed form of the real one."""
        readable = now - self.lag_seconds
        answers = {}
        for entity_id in entity_ids:
            rows = [row for row in self._rows.get(entity_id, ()) if row.updated <= readable]
            domain, _, _ = entity_id.partition(".")
            if compressed := compress(select(rows, domain, question), domain, question):
                answers[entity_id] = compressed
        return answers


def select(rows: Sequence[Row], domain: str, question: Question) -> list[Row]:
    """Return the rows that were asked for; the first may be the state at the start."""
    selected = [
        row
        for row in rows
        if question.start < row.updated < question.end
        and (
            not question.significant_changes_only
            or row.changed == row.updated
            or domain in SIGNIFICANT_DOMAINS
        )
    ]
    before = [row for row in rows if row.updated < question.start]
    if question.include_start_time_state and before:
        at_start = before[-1]._replace(updated=question.start, changed=question.start)
        return [at_start, *selected]
    return selected


def compress(rows: Sequence[Row], domain: str, question: Question) -> list[dict[str, Any]]:
    """Write rows as `s`, `a`, `lu` and, where it differs and was asked for, `lc`."""
    if not question.minimal_response or domain in FULL_DOMAINS:
        return [_full(row, question) for row in rows]
    compressed = [_full(row, question) for row in rows[:1]]
    for previous, row in pairwise(rows):
        if row.value != previous.value:
            compressed.append({"s": row.value, "lu": row.updated})
    return compressed


def _full(row: Row, question: Question) -> dict[str, Any]:
    compressed = {
        "s": row.value,
        "a": {} if question.no_attributes else row.attributes,
        "lu": row.updated,
    }
    if row.changed != row.updated and not question.significant_changes_only:
        compressed["lc"] = row.changed
    return compressed
