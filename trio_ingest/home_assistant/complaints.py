"""What Home Assistant says and should not: all of it is counted, and some of it is said."""

import logging
from math import inf

import trio
from attrs import define, field

from trio_ingest.home_assistant.frames import Unreadable
from trio_ingest.home_assistant.messages import CommandError, Message
from trio_ingest.telemetry.message_ids import UNREADABLE_MESSAGE, UNSERIALIZABLE_CHANGE

# What is wrong once is mostly wrong a thousand times a second.
QUIET_SECONDS = 60.0

log = logging.getLogger(__name__)


@define(eq=False, repr=False)
class Complaints:
    """The complaints of one session. Reading goes on whatever they are."""

    home: str
    unreadable: int = field(default=0, init=False)
    """Messages that are not what the API promises."""
    unserialized: int = field(default=0, init=False)
    """Changes that Home Assistant could not put into JSON, and told us so."""
    _quiet_until: float = field(default=-inf, init=False)

    def take_unreadable(self, message: Message | Unreadable) -> None:
        """Count a message that is not the API's; say the first, and then one a minute at most."""
        self.unreadable += 1
        now = trio.current_time()
        if now < self._quiet_until:
            return
        self._quiet_until = now + QUIET_SECONDS
        if isinstance(message, Unreadable):
            what, begins = message.reason, message.excerpt
        else:
            what, begins = f"{type(message).__name__} in the middle of a session", ""
        log.warning(
            "%s: unreadable messages from Home Assistant are skipped (%d in this session so far), "
            "the last one: %s; for the next %g s they are only counted",
            self.home,
            self.unreadable,
            what,
            QUIET_SECONDS,
            extra=UNREADABLE_MESSAGE,
        )
        log.debug("%s: the unreadable message begins: %s", self.home, begins)

    def take_unserialized(self, error: CommandError | None) -> None:
        """Count a change that cannot be sent to us. It is said once a session."""
        self.unserialized += 1
        if self.unserialized == 1:
            log.warning(
                "%s: Home Assistant could not send a change (%s): some entity has an attribute "
                "that does not fit into JSON, its log says which; such changes are not recorded, "
                "and are only counted from now on",
                self.home,
                error.message if error else "no reason given",
                extra=UNSERIALIZABLE_CHANGE,
            )
