"""Says what stands between a relay and its stream: when it begins, and when it is over."""

import logging
from datetime import timedelta

import trio
from attrs import define, field

from trio_ingest.telemetry.message_ids import (
    STREAM_IN_TROUBLE,
    STREAM_NEEDS_SOMEONE,
    STREAM_WELL,
)

log = logging.getLogger(__name__)


@define
class StreamWeather:
    """The present trouble with one stream, if there is one, and what was said about it."""

    name: str
    stream: str
    trouble: str | None = field(default=None, init=False)
    needs_operator: bool = field(default=False, init=False)
    _since: float = field(default=0.0, init=False)
    _said: str | None = field(default=None, init=False)
    """The reason last given as an error."""

    def meet(self, reason: str, *, needs_operator: bool) -> None:
        """Take note that the stream gives nothing now."""
        is_new = self.trouble is None
        if is_new:
            self._since = trio.current_time()
        self.trouble, self.needs_operator = reason, needs_operator
        if needs_operator and reason != self._said:
            self._said = reason
            log.error(
                "%s: someone has to look: the stream %s: %s. What is in it stays there; it is "
                "tried again each minute",
                self.name,
                self.stream,
                reason,
                extra=STREAM_NEEDS_SOMEONE,
            )
        elif is_new:
            log.warning(
                "%s: the stream %s: %s. It is tried again until it works",
                self.name,
                self.stream,
                reason,
                extra=STREAM_IN_TROUBLE,
            )
        else:
            log.debug("%s: the stream %s: still: %s", self.name, self.stream, reason)

    def end(self) -> None:
        """Take note that the stream has answered as it should."""
        if self.trouble is None:
            return
        log.info(
            "%s: the stream %s delivers again after %s",
            self.name,
            self.stream,
            timedelta(seconds=round(trio.current_time() - self._since)),
            extra=STREAM_WELL,
        )
        self.trouble = self._said = None
        self.needs_operator = False
