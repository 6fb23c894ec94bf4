"""What Home Assistant keeps for good: long-term statistics, a row an hour.

Facts, from Home Assistant 2025.4 and 2026.11: `start` is in milliseconds, and so is `last_reset`;
the beginning of the question is inclusive, its end is not; numbers are converted to the unit that
the entity has now, unless the question names the stored one, by its class.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager

from attrs import field, frozen
from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder

from trio_ingest.home_assistant.errors import CommandFailed, NoRecorder
from trio_ingest.home_assistant.session import Session
from trio_ingest.model.instant import to_datetime
from trio_ingest.model.statistic import Statistic, StatisticRow

LIST_COMMAND = "recorder/list_statistic_ids"
COMMAND = "recorder/statistics_during_period"
# `change` is left out: it is worked out of the sums of two hours, and nothing that is stored.
TYPES = ("last_reset", "max", "mean", "min", "state", "sum")
MICROSECONDS_PER_MILLISECOND = 1000


class StatisticEntry(Struct):
    """An entry of the answer to `recorder/list_statistic_ids`."""

    statistic_id: str
    source: str
    name: str | None = None
    statistics_unit_of_measurement: str | None = None
    display_unit_of_measurement: str | None = None
    unit_class: str | None = None


class StatisticsRow(Struct):
    """A row of the answer to `recorder/statistics_during_period`."""

    start: int
    mean: float | None = None
    min: float | None = None
    max: float | None = None
    sum: float | None = None
    state: float | None = None
    last_reset: int | None = None


@frozen(kw_only=True)
class StatisticsGroup:
    """Statistics that one question can be about: `units` says how to have them as stored."""

    statistics: Sequence[Statistic]
    units: Mapping[str, str] = field(factory=dict)


@frozen
class Statistics:
    """What was answered, and how many bytes that took."""

    rows: Sequence[StatisticRow]
    size_bytes: int


_entries: Decoder[Sequence[StatisticEntry]] = Decoder(Sequence[StatisticEntry])
_answer = Decoder(Raw)
_rows: Decoder[dict[str, list[StatisticsRow]]] = Decoder(dict[str, list[StatisticsRow]])


async def fetch_statistics_list(session: Session) -> Sequence[StatisticsGroup]:
    """Ask which statistics there are. Raises NoRecorder when there is no recorder."""
    with needing_recorder():
        return group(await session.request(LIST_COMMAND, _entries))


async def fetch_statistics(
    session: Session, asked: StatisticsGroup, first: int, before: int
) -> Statistics:
    """Ask for the hours that begin at *first* or later, and before *before*.

    Raises what `fetch_history` raises.
    """
    units = {"units": dict(asked.units)} if asked.units else {}
    with needing_recorder():
        answer = await session.request(
            COMMAND,
            _answer,
            start_time=to_datetime(first).isoformat(),
            end_time=to_datetime(before).isoformat(),
            statistic_ids=[each.statistic_id for each in asked.statistics],
            period="hour",
            types=TYPES,
            **units,
        )
    try:
        by_id = _rows.decode(answer)
    except DecodeError as error:
        raise CommandFailed(COMMAND, "unreadable_answer", str(error)) from error
    known = {each.statistic_id: each for each in asked.statistics}
    rows = [
        to_row(known[statistic_id], row)
        for statistic_id, rows in by_id.items()
        if statistic_id in known
        for row in rows
    ]
    return Statistics([row for row in rows if first <= row.time < before], len(bytes(answer)))


def group(entries: Sequence[StatisticEntry]) -> Sequence[StatisticsGroup]:
    """Put together what can be asked for together: all, but for what would be converted."""
    plain: list[Statistic] = []
    converted: dict[tuple[str, str], list[Statistic]] = {}
    for entry in sorted(entries, key=lambda entry: entry.statistic_id):
        stored = entry.statistics_unit_of_measurement
        statistic = Statistic(
            statistic_id=entry.statistic_id, source=entry.source, unit=stored, name=entry.name
        )
        if stored is None or not entry.unit_class or stored == entry.display_unit_of_measurement:
            plain.append(statistic)
        else:
            converted.setdefault((entry.unit_class, stored), []).append(statistic)
    groups = [
        StatisticsGroup(statistics=statistics, units={unit_class: unit})
        for (unit_class, unit), statistics in converted.items()
    ]
    return [StatisticsGroup(statistics=plain), *groups] if plain else groups


def to_row(statistic: Statistic, row: StatisticsRow) -> StatisticRow:
    """Return what *row* says of an hour of *statistic*."""
    last_reset = row.last_reset
    return StatisticRow(
        statistic=statistic,
        time=row.start * MICROSECONDS_PER_MILLISECOND,
        mean=row.mean,
        min=row.min,
        max=row.max,
        sum=row.sum,
        state=row.state,
        last_reset=None if last_reset is None else last_reset * MICROSECONDS_PER_MILLISECOND,
    )


@contextmanager
def needing_recorder() -> Generator[None]:
    """Translate that there is no such command. Raises NoRecorder."""
    try:
        yield
    except CommandFailed as error:
        if error.code == "unknown_command":
            raise NoRecorder("Home Assistant's recorder is not running") from error
        raise
