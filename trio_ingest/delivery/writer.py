"""The writer: takes batches in order and delivers them, however long that takes.

They wait in a spool, or in a relay's hand.
"""

import logging
import sqlite3
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import trio
from attrs import define, evolve, field, frozen

from trio_ingest.backoff import Backoff
from trio_ingest.config.sink_model import BatchConfig
from trio_ingest.delivery.complaint import Complaint
from trio_ingest.delivery.delivered import Delivered
from trio_ingest.delivery.narrowing import narrow
from trio_ingest.delivery.trouble import Trouble
from trio_ingest.model.batch import Batch
from trio_ingest.model.joining import damage_of, join
from trio_ingest.model.outcome import Accepted, Refused, TryLater
from trio_ingest.model.spooled import RefusedLine, SpooledBatch
from trio_ingest.pulse import Pulse
from trio_ingest.sinks.sink import Sink
from trio_ingest.spool.spool import Deliveries
from trio_ingest.telemetry.message_ids import BATCH_DAMAGED, FIELDS_QUARANTINED, POINTS_QUARANTINED

log = logging.getLogger(__name__)

# Waiting does not mend a wrong token; whoever mends it should not have to wait for long either.
OPERATOR_LEAST_SECONDS = 15.0
OPERATOR_LONGEST_SECONDS = 60.0

SECONDS_BETWEEN_COMPACTIONS = 1.0  # while the sink takes nothing

POINTS_REFUSED = "%s: some points were refused and went to the quarantine (%d): %s"
FIELDS_REFUSED = (
    "%s: some fields were refused and went to the quarantine, the rest of their points is written "
    "(%d): %s"
)


@frozen(kw_only=True)
class WriterStatistics:
    """A snapshot of a writer. Points count once their batch has left the spool."""

    written_points: int = 0
    written_batches: int = 0
    quarantined_points: int = 0
    stripped_fields: int = 0
    """Fields that went to the quarantine while their point was written without them."""
    retries: int = 0
    last_success: float | None = None
    """When a batch was last let go, on Trio's clock."""
    last_problem: str | None = None
    """What stands in the way now; None when nothing does."""
    needs_operator: bool = False


@define(eq=False, repr=False, kw_only=True)
class Writer:
    """Delivers what waits in a spool to a sink. Its counts outlive a restart of `run`.

    Its sink is at work with the same pulse where it does what has no deadline.
    """

    name: str
    where: str = "the spool"
    """How the place is called in which its batches wait."""
    grows_to: BatchConfig | None = None
    """How large small batches may become together, in a request or where they wait; None: they stay
    as they came."""
    joins: bool = True
    """Whether a backlog is joined to requests, too."""
    pulse: Pulse = field(factory=Pulse)
    weather: Backoff = field(factory=Backoff)
    operator: Backoff = field(
        factory=partial(Backoff, OPERATOR_LONGEST_SECONDS, OPERATOR_LONGEST_SECONDS)
    )
    _alone_up_to: int = field(default=0, init=False)
    """The last batch of those that were refused when they were joined."""
    _counts: WriterStatistics = field(factory=WriterStatistics, init=False)
    _trouble: Trouble = field(init=False)
    _points_refused: Complaint = field(
        factory=partial(Complaint, POINTS_REFUSED, POINTS_QUARANTINED), init=False
    )
    _fields_refused: Complaint = field(
        factory=partial(Complaint, FIELDS_REFUSED, FIELDS_QUARANTINED), init=False
    )

    def __attrs_post_init__(self) -> None:
        self._trouble = Trouble(self.name, self.where)

    def statistics(self) -> WriterStatistics:
        """Return a snapshot, without waiting."""
        present = self._trouble.present
        return evolve(
            self._counts,
            last_problem=present.reason if present else None,
            needs_operator=present.needs_operator if present else False,
        )

    async def run(self, spool: Deliveries, sink: Sink) -> None:
        """Deliver until *spool* is sealed and empty, or sealed while the sink takes nothing.

        A batch that is in hand when this ends, or is cancelled, stays in the spool. At first it is
        tried at once: *sink* may be another one than the last time.
        """
        self.weather.reset()
        self.operator.reset()
        while True:
            try:
                spooled = await spool.oldest()
            except trio.EndOfChannel:
                return
            batches = [spooled, *await self._followers(spooled, spool)]
            joined = join([each.batch for each in batches]) if len(batches) > 1 else None
            if joined is None:
                goes_on = await self._deliver_one(spooled, spool, sink)
            else:
                goes_on = await self._deliver_joined(batches, joined, spool, sink)
            if not goes_on:
                return

    async def _followers(self, first: SpooledBatch, spool: Deliveries) -> Sequence[SpooledBatch]:
        """Return what may travel with *first*, when there is a backlog."""
        most = self.grows_to if self.joins else None
        if most is None or first.number <= self._alone_up_to or spool.statistics().batches < 2:  # noqa: PLR2004 - a backlog
            return ()
        try:
            with self.pulse.at_work():
                return await spool.followers(first, most.max_points, most.max_bytes)
        except (OSError, sqlite3.OperationalError):
            return ()  # what ails the disk is said of the next batch

    async def _deliver_joined(
        self, batches: Sequence[SpooledBatch], joined: Batch, spool: Deliveries, sink: Sink
    ) -> bool:
        """Deliver *batches* in one request; False: for later.

        When it is refused each of them goes its own way, for a batch stays what is narrowed down.
        Those that have given way to others meanwhile are not counted as written, but as that.
        """
        match await sink.write(joined):
            case TryLater() as problem:
                return await self._wait_out(problem, spool)
            case Refused():
                self._alone_up_to = batches[-1].number
                self._all_is_well(spool)
                return await self._deliver_one(batches[0], spool, sink)
            case Accepted():
                self._all_is_well(spool)
        try:
            with self.pulse.at_work():
                points = await spool.settle_all([each.number for each in batches])
        except (OSError, sqlite3.OperationalError):
            return await self._deliver_one(batches[0], spool, sink)  # which waits the disk out
        self._count(points, Delivered(), batches=len(batches))
        return True

    async def _deliver_one(self, spooled: SpooledBatch, spool: Deliveries, sink: Sink) -> bool:
        """Deliver one batch and let it go; False: for later."""
        delivered = await self._deliver(spooled.batch, spool, sink)
        return delivered is not None and await self._settle(spooled, delivered, spool)

    async def _deliver(self, batch: Batch, spool: Deliveries, sink: Sink) -> Delivered | None:
        """Bring every line of *batch* to the sink, but for those it refuses; None: for later.

        One that is damaged is not sent, and is missing then. What the disk does to a body is told
        by its checksum; to unpack each as well, and so to find what was no good when it was put in,
        would cost a tenth of a backlog. That is found by whoever comes to unpack it.
        """
        if batch.is_intact:
            try:
                return await self._bring(batch, spool, sink)
            except Exception:
                if damage_of(batch) is None:
                    raise
        damage = str(damage_of(batch))
        log.error(
            "%s: a batch of %d points is %s", self.name, batch.points, damage, extra=BATCH_DAMAGED
        )
        body = RefusedLine(line=batch.body, reason=damage)
        return Delivered(lines=[body], quarantined_points=batch.points, is_damaged=True)

    async def _bring(self, batch: Batch, spool: Deliveries, sink: Sink) -> Delivered | None:
        delivered = Delivered()
        rest = deque([batch])
        while rest:
            match await sink.write(rest[0]):
                case Accepted():
                    rest.popleft()
                    delivered.accepted()
                    self._all_is_well(spool)
                case Refused() as refusal:
                    narrowed = narrow(rest.popleft(), refusal)
                    rest.extendleft(reversed(narrowed.resend))
                    delivered.narrowed(narrowed)
                    self._all_is_well(spool)
                case TryLater() as problem:
                    if not await self._wait_out(problem, spool):
                        return None
        return delivered

    async def _settle(self, spooled: SpooledBatch, delivered: Delivered, spool: Deliveries) -> bool:
        """Let the batch leave the spool and count it; False: for later.

        On a full disk not even deleting works, so that is waited out as well.
        """
        while True:
            try:
                with self.pulse.at_work():
                    await spool.settle(
                        spooled.number, delivered.refused, is_damaged=delivered.is_damaged
                    )
            except (OSError, sqlite3.OperationalError) as error:
                reason = f"{self.where} cannot let go of what is delivered: {error}"
                if not await self._wait_out(TryLater(reason=reason, needs_operator=True), spool):
                    return False
            else:
                self._all_is_well(spool)
                self._count(spooled.batch.points, delivered)
                return True

    async def _wait_out(self, problem: TryLater, spool: Deliveries) -> bool:
        """Wait until the next try is due; False when the spool is sealed, and there is none."""
        self._trouble.meet(problem, spool.statistics())
        if problem.needs_operator:
            least = max(problem.retry_after_seconds, OPERATOR_LEAST_SECONDS)
            delay = self.operator.next_delay(least)
        else:
            delay = self.weather.next_delay(problem.retry_after_seconds)
        with trio.move_on_after(delay):
            await self._wait_sealed(spool)
            return False
        self._counts = evolve(self._counts, retries=self._counts.retries + 1)
        return True

    async def _wait_sealed(self, spool: Deliveries) -> None:
        """Wait until nothing more will come; what waits is brought into order meanwhile."""
        while True:
            with trio.move_on_after(SECONDS_BETWEEN_COMPACTIONS):
                await spool.wait_sealed()
                return
            most = self.grows_to
            if most is not None:
                with self.pulse.at_work(), suppress(OSError, sqlite3.OperationalError):
                    await spool.compact(most.max_points, most.max_bytes)

    def _all_is_well(self, spool: Deliveries) -> None:
        self.weather.reset()
        self.operator.reset()
        self._trouble.end(spool.statistics())

    def _count(self, points: int, delivered: Delivered, batches: int = 1) -> None:
        written = points - delivered.quarantined_points
        counts = self._counts
        self._counts = evolve(
            counts,
            written_points=counts.written_points + written,
            written_batches=counts.written_batches + batches * (written > 0),
            quarantined_points=counts.quarantined_points + delivered.quarantined_points,
            stripped_fields=counts.stripped_fields + delivered.stripped_fields,
            last_success=trio.current_time() if written else counts.last_success,
        )
        if delivered.lines:
            reason = delivered.lines[0].reason
            self._points_refused.make(self.name, delivered.quarantined_points, reason)
        if delivered.fields:
            reason = delivered.fields[0].reason
            self._fields_refused.make(self.name, delivered.stripped_fields, reason)
