"""What becomes of messages that are no batches: they are kept, counted, and not delivered again."""

import logging
import sqlite3
from functools import partial

from attrs import define, field

from trio_ingest.delivery.complaint import Complaint
from trio_ingest.model.spooled import RefusedLine
from trio_ingest.relay.farewell import Farewell
from trio_ingest.relay.hand import Held
from trio_ingest.relay.reading import Foreign
from trio_ingest.spool.spool import Spool
from trio_ingest.telemetry.message_ids import FOREIGN_MESSAGES, FOREIGN_NOT_KEPT

log = logging.getLogger(__name__)

ENCODING = "foreign"
"""What stands in the quarantine where lines have their encoding; so nobody can retry them."""

DISK_SECONDS = 30.0

FOREIGN = (
    "%s: messages in the stream are no batches, and went to the quarantine (%d); the last one: %s"
)
NOT_KEPT = (
    "%s: messages that are no batches cannot be kept in the quarantine, and stay in the stream "
    "(%d): %s"
)


@define(eq=False, kw_only=True)
class Foreigners:
    """Puts foreign messages aside, whole, and then lets the stream forget them."""

    name: str
    quarantine: Spool
    farewell: Farewell
    kept: int = field(default=0, init=False)
    """How many went to the quarantine."""
    _foreign: Complaint = field(factory=partial(Complaint, FOREIGN, FOREIGN_MESSAGES), init=False)
    _not_kept: Complaint = field(factory=partial(Complaint, NOT_KEPT, FOREIGN_NOT_KEPT), init=False)

    async def put_aside(self, held: Held, foreign: Foreign) -> None:
        """Quarantine what is *held*. Where the disk does not take it, it stays in the stream."""
        delivery = held.delivery
        reason = f"no batch: {foreign.reason} (subject {delivery.subject!a})"
        line = RefusedLine(line=delivery.body, reason=reason)
        try:
            await self.quarantine.put_aside(
                [line], encoding=ENCODING, number=delivery.stream_sequence
            )
        except (OSError, sqlite3.OperationalError) as error:
            self._not_kept.make(self.name, 1, str(error))
            await self.farewell.give_back(held, DISK_SECONDS)
        else:
            self.kept += 1
            self._foreign.make(self.name, 1, reason)
            await self.farewell.finish([held])
