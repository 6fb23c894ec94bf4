"""Says what stands between the writer and its sink: once when it begins, once when it is over."""

import logging
from datetime import timedelta

import trio
from attrs import define, field

from trio_ingest.model.outcome import TryLater
from trio_ingest.spool.spool import SpoolStatistics
from trio_ingest.telemetry.message_ids import SINK_IN_TROUBLE, SINK_NEEDS_SOMEONE, SINK_WELL

log = logging.getLogger(__name__)


@define(eq=False, repr=False)
class Trouble:
    """The present trouble of one writer, if there is one, and what was said about it.

    Weather passes by itself and is a warning, once. What needs someone to look is an error, and
    is said again when its reason becomes another; single tries are of interest to nobody.
    """

    sink_name: str
    where: str = "the spool"
    """How the place is called in which batches wait."""
    present: TryLater | None = field(default=None, init=False)
    _since: float = field(default=0.0, init=False)
    _said: str | None = field(default=None, init=False)
    """The reason last given as an error."""

    def meet(self, problem: TryLater, waiting: SpoolStatistics) -> None:
        """Take note that the sink did not take a batch now."""
        is_new = self.present is None
        if is_new:
            self._since = trio.current_time()
        self.present = problem
        if problem.needs_operator and problem.reason != self._said:
            self._said = problem.reason
            log.error(
                "%s: someone has to look: %s. Nothing is lost, it is tried again each minute "
                "(points in %s: %d)",
                self.sink_name,
                problem.reason,
                self.where,
                waiting.points,
                extra=SINK_NEEDS_SOMEONE,
            )
        elif is_new:
            log.warning(
                "%s: %s. It is tried again until it works (points in %s: %d)",
                self.sink_name,
                problem.reason,
                self.where,
                waiting.points,
                extra=SINK_IN_TROUBLE,
            )
        else:
            log.debug("%s: still: %s", self.sink_name, problem.reason)

    def end(self, waiting: SpoolStatistics) -> None:
        """Take note that the sink has answered as it should."""
        if self.present is None:
            return
        log.info(
            "%s: delivers again after %s (points in %s: %d)",
            self.sink_name,
            timedelta(seconds=round(trio.current_time() - self._since)),
            self.where,
            waiting.points,
            extra=SINK_WELL,
        )
        self.present = None
        self._said = None
