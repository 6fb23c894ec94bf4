"""The last warnings that were logged, for the status page: people look there before the log."""

import logging
from collections import deque
from collections.abc import Sequence

from attrs import frozen

from trio_ingest.telemetry.about import what_about

KEPT = 50
LONGEST_MESSAGE = 500


@frozen(kw_only=True)
class LoggedWarning:
    """One record. `time` is in seconds since the epoch; what it is about may not be known."""

    time: float
    level: str
    message: str
    home: str | None
    sink: str | None


class LastWarnings(logging.Handler):
    """Keeps the last records from warning on, without their tracebacks."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: deque[LoggedWarning] = deque(maxlen=KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep *record*, in place of the oldest one."""
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 - a record that cannot be formatted is logging's business
            self.handleError(record)
            return
        subject = what_about()
        self._kept.append(
            LoggedWarning(
                time=record.created,
                level=record.levelname.lower(),
                message=message
                if len(message) <= LONGEST_MESSAGE
                else f"{message[:LONGEST_MESSAGE]}…",
                home=subject.get("HOME"),
                sink=subject.get("SINK"),
            )
        )

    def newest_first(self) -> Sequence[LoggedWarning]:
        """Return what is kept."""
        return [*reversed(self._kept)]


LAST_WARNINGS = LastWarnings()
"""Of the process, like logging itself: they outlive a generation."""
