"""An instant is an int: microseconds since 1970-01-01T00:00:00Z, Home Assistant's own resolution.

Whole numbers compare, sort and print exactly; floats of seconds would be off by one in the last
digit for one instant in eight.
"""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MICROSECONDS_PER_SECOND = 1_000_000
MICROSECONDS_PER_DAY = 86_400 * MICROSECONDS_PER_SECOND
_MICROSECOND = timedelta(microseconds=1)
_FIRST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // _MICROSECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // _MICROSECOND


def to_microseconds(moment: datetime) -> int:
    """Return an aware *moment* as microseconds since the epoch, exactly.

    Raises OverflowError for the hours at either end of the calendar that, being of another time
    zone, are no UTC datetime.
    """
    instant = (moment - EPOCH) // _MICROSECOND
    if not _FIRST <= instant <= _LAST:
        raise OverflowError(f"{moment} is no time of the UTC calendar")
    return instant


def to_datetime(microseconds: int) -> datetime:
    """Return the UTC datetime of an instant; the inverse of `to_microseconds`."""
    return EPOCH + timedelta(microseconds=microseconds)
