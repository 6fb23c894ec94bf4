"""Read the lines of a batch of rows: what the encoders for rows have written.

A state change is an array, any other event an object, and so is a row of statistics, which is known
by its first column.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from attrs import field, frozen

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Row(msgspec.Struct, array_like=True, frozen=True):
    """A state change; the JSON objects in it stay the text that they are."""

    home: str
    entity_id: str
    time_us: Int64
    state: str
    value: float | None
    attributes: msgspec.Raw
    area: str | None
    device: str | None
    floor: str | None
    tags: msgspec.Raw


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """Another event, likewise."""

    home: str
    event_type: str
    time_us: Int64
    sequence: Int64
    domain: str | None = None
    service: str | None = None
    entity_id: str | None = None
    context_id: str
    context_user_id: str | None
    context_parent_id: str | None
    data: msgspec.Raw
    tags: msgspec.Raw


class StatisticRow(msgspec.Struct, frozen=True, kw_only=True):
    """An hour of a statistic, likewise."""

    statistic_id: str
    home: str
    time_us: Int64
    source: str
    unit: str | None
    name: str | None
    mean: float | None
    min: float | None
    max: float | None
    sum: float | None
    state: float | None
    last_reset_us: Int64 | None
    area: str | None
    device: str | None
    floor: str | None
    tags: msgspec.Raw


@frozen
class Rows:
    """The parameters of the upserts."""

    changes: list[tuple[Any, ...]] = field(factory=list)
    events: list[tuple[Any, ...]] = field(factory=list)
    statistics: list[tuple[Any, ...]] = field(factory=list)


_decode_change = msgspec.json.Decoder(Row).decode
_decode_event = msgspec.json.Decoder(EventRow).decode
_decode_statistic = msgspec.json.Decoder(StatisticRow).decode
_STATISTIC = b'{"statistic_id"'


def read_rows(lines: Sequence[bytes]) -> tuple[Rows, dict[int, str]]:
    """Return the rows of *lines*, and what is wrong with the others, by their numbers."""
    rows = Rows()
    bad_lines = {}
    for number, line in enumerate(lines):
        try:
            if line.startswith(_STATISTIC):
                rows.statistics.append(_parameters(_decode_statistic(line)))
            elif line.startswith(b"{"):
                rows.events.append(_parameters(_decode_event(line)))
            else:
                rows.changes.append(_parameters(_decode_change(line)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            bad_lines[number] = f"not a row: {error}"
    return rows, bad_lines


def _parameters(row: Row | EventRow | StatisticRow) -> tuple[Any, ...]:
    return tuple(
        bytes(value).decode() if isinstance(value, msgspec.Raw) else value
        for value in msgspec.structs.astuple(row)
    )
