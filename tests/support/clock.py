"""The present instant."""

from datetime import UTC, datetime

from trio_ingest.model.instant import to_microseconds


def now() -> int:
    """Return the present instant in microseconds, by the wall clock that processes here share."""
    return to_microseconds(datetime.now(UTC))
