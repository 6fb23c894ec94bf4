"""Says again and again what happens again and again, but not too often."""

import logging

import trio
from attrs import define, field

from trio_ingest.telemetry.message_ids import Kind

SECONDS_BETWEEN = 60.0

log = logging.getLogger(__name__)


@define(eq=False, repr=False)
class Complaint:
    """A warning at most once a minute, for an entity may cause it for ever.

    `text` takes the name of the sink, how many there were since the last warning, and the reason.
    """

    text: str
    kind: Kind
    _unsaid: int = field(default=0, init=False)
    _said_at: float = field(default=float("-inf"), init=False)

    def make(self, sink_name: str, count: int, reason: str) -> None:
        """Warn of *count* more of them, now or with the next warning."""
        self._unsaid += count
        now = trio.current_time()
        if self._unsaid == 0 or now - self._said_at < SECONDS_BETWEEN:
            return
        log.warning(self.text, sink_name, self._unsaid, reason, extra=self.kind)
        self._unsaid = 0
        self._said_at = now
