"""A handler in front of another one, which it spares what is said again and again."""

import logging
import time
from collections.abc import Callable, Iterable

import trio

from trio_ingest.telemetry.about import what_about
from trio_ingest.telemetry.repeats import Repeats

LOOK_SECONDS = 5.0


class SparingHandler(logging.Handler):
    """Passes records on to *handler*; a flood as its first records, and then a sum each minute.

    A sum comes with the next record of any kind, with `tell_repeats`, or at the end.
    """

    def __init__(
        self, handler: logging.Handler, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._handler = handler
        self._clock = clock
        self._repeats = Repeats()

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record*, or keep it for the sum; before that, whatever sums are due."""
        # A sum is written by another task than the one that it is about.
        about = record.__dict__["about"] = what_about()
        now = self._clock()
        self._write(self._repeats.ended(now))
        if self._repeats.admits(record, about, now):
            self._handler.handle(record)

    def tell(self) -> None:
        """Write the sums that are due."""
        self.acquire()  # logging's own lock: records come from worker threads as well
        try:
            self._write(self._repeats.ended(self._clock()))
        finally:
            self.release()

    def close(self) -> None:
        """Write all sums, due or not, and close the handler behind."""
        self._write(self._repeats.rest(self._clock()))
        self._handler.close()
        super().close()

    def _write(self, records: Iterable[logging.LogRecord]) -> None:
        for record in records:
            self._handler.handle(record)


async def tell_repeats() -> None:
    """Have sums written when they are due, though nothing else is said; until cancelled."""
    while True:
        await trio.sleep(LOOK_SECONDS)
        for handler in logging.getLogger().handlers:
            if isinstance(handler, SparingHandler):
                handler.tell()
