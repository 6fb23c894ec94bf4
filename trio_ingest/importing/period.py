"""From when to when: what a person writes, by the clock on the wall of the home. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import frozen

from trio_ingest.model.instant import to_datetime, to_microseconds


class WrongPeriod(Exception):  # noqa: N818
    """There is no such period, or nothing can have happened in it yet."""


@frozen(kw_only=True)
class Period:
    """What happens at `first` or later, and before `last`; instants in microseconds."""

    first: int
    last: int


def read_moment(text: str) -> datetime:
    """Return what *text* says: a day is its midnight. Raises ValueError for what is no moment."""
    moment = datetime.fromisoformat(text)
    to_microseconds(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("UTC")))
    return moment


def to_instant(moment: datetime, zone: ZoneInfo) -> int:
    """Return the instant of *moment*, which is by the clock of *zone* unless it names its own.

    Raises WrongPeriod at the very ends of the calendar.
    """
    try:
        return to_microseconds(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except OverflowError as error:
        raise WrongPeriod(f"{error}") from error


def make_period(start: int, end: int | None, *, newest: int, now: int) -> Period:
    """Return the period between two instants, up to the present.

    *now* may be by another clock than Home Assistant's, but its *newest* state is of no later than
    now; what is gone may be younger than that. Raises WrongPeriod.
    """
    present = max(now, newest + 1)
    if end is not None and end <= start:
        raise WrongPeriod(f"--to ({shown(end)}) has to be after --from ({shown(start)})")
    if start >= present:
        raise WrongPeriod(f"--from ({shown(start)}) lies in the future")
    return Period(first=max(0, start), last=max(0, present if end is None else min(end, present)))


def shown(instant: int) -> str:
    """Return an instant for people."""
    return f"{to_datetime(instant):%Y-%m-%d %H:%M:%S} UTC"
