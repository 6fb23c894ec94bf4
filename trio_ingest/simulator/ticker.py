"""The time that a simulated Home Assistant stamps on things."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from attrs import define

from trio_ingest.model.instant import EPOCH

MICROSECOND = timedelta(microseconds=1)


class Tick(NamedTuple):
    """One instant, as the recorder keeps it (`timestamp`) and as messages print it (`moment`).

    Home Assistant keeps the float of `time.time()` and rounds it to a datetime for printing. So
    `datetime.fromtimestamp(timestamp, UTC)` is `moment`, and `round(timestamp * 1e6)` not always.
    """

    timestamp: float
    moment: datetime


@define
class Ticker:
    """Reads a clock of float seconds, and never gives the same microsecond twice."""

    clock: Callable[[], float] = time.time
    _latest: datetime = EPOCH

    def tick(self) -> Tick:
        """Return the present instant, later than every one before."""
        timestamp = self.clock()
        moment = datetime.fromtimestamp(timestamp, UTC)
        if moment <= self._latest:
            moment = self._latest + MICROSECOND
            timestamp = moment.timestamp()
        self._latest = moment
        return Tick(timestamp, moment)
