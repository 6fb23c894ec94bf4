"""The time that a simulated Home Assistant stamps on things."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from attrs import define

from trio_ingest.model.instant import EPOCH

MICROSECOND = timedelta(microseconds=1)
UNEVENNESS = timedelta(seconds=1)
"""A clock that goes back by less is only uneven; by more, it was put back."""


class Tick(NamedTuple):
    """One instant, as the recorder keeps it (`timestamp`) and as messages print it (`moment`).

    Home Assistant keeps the float of `time.time()` and rounds it to a datetime for printing. So
    `datetime.fromtimestamp(timestamp, UTC)` is `moment`, and `round(timestamp * 1e6)` not always.
    """

    timestamp: float
    moment: datetime


@define
class Ticker:
    """Reads a clock of float seconds, and never gives the same microsecond twice in a row.

    It goes back only where the clock was put back.
    """

    clock: Callable[[], float] = time.time
    _latest: datetime = EPOCH

    def tick(self) -> Tick:
        """Return the present instant, later than the one before if the clock was left alone."""
        timestamp = self.clock()
        moment = datetime.fromtimestamp(timestamp, UTC)
        if self._latest - UNEVENNESS < moment <= self._latest:
            moment = self._latest + MICROSECOND
            timestamp = moment.timestamp()
        self._latest = moment
        return Tick(timestamp, moment)
