"""Goes through a period slice by slice, as far as one session reaches."""

import logging
from collections.abc import Sequence
from typing import TypeVar

import trio
from attrs import define, field

from trio_ingest.home_assistant.errors import CommandFailed, NoAnswer, SessionLost
from trio_ingest.home_assistant.session import Session
from trio_ingest.importing.bookmark import Bookmark
from trio_ingest.importing.conversion import Conversion
from trio_ingest.importing.deposit import Deposit
from trio_ingest.importing.order import ImportFailed, Progress, Tell
from trio_ingest.importing.pacing import pause_after, weight_of
from trio_ingest.importing.past import Past
from trio_ingest.importing.period import Period
from trio_ingest.model.batch import Batch
from trio_ingest.model.instant import MICROSECONDS_PER_SECOND

log = logging.getLogger(__name__)

RETRY_SECONDS = 10.0

T = TypeVar("T")


@define
class ImportLane:
    """What becomes of the past for one sink; without a deposit it is only counted."""

    conversion: Conversion
    deposit: Deposit | None

    async def put(self, batches: Sequence[Batch]) -> None:
        """Bring *batches* to the disk."""
        for batch in batches:
            if self.deposit is not None:
                await self.deposit.put(batch)


@define(kw_only=True)
class Walk:
    """The import of one home. What it has committed stays, whatever ends a session."""

    home: str
    bookmark: Bookmark
    lanes: Sequence[ImportLane]
    tell: Tell
    read: dict[str, int] = field(factory=dict, init=False)
    """How much Home Assistant had of each kind of past."""
    advanced_at: float = field(factory=trio.current_time, init=False)
    """When an answer was last put away."""

    async def go(self, session: Session, past: Past[T]) -> None:
        """Go on to the end of the period. Raises SessionLost, NoRecorder, ImportFailed."""
        period = self.bookmark.period
        while (start := self.bookmark.done_until(past.kind)) < period.last:
            length = int(past.pace.seconds * MICROSECONDS_PER_SECOND)
            part = Period(first=start, last=min(period.last, start + length))
            try:
                heaviest = await self._import(session, past, part)
            except (NoAnswer, CommandFailed) as error:
                self.let_go()
                past.pace.shrink()
                if past.pace.is_stuck:
                    raise ImportFailed(f"{self.home}: {error}") from error
                log.warning("%s: %s; asking for less after %g s", self.home, error, RETRY_SECONDS)
                await trio.sleep(RETRY_SECONDS)
            except SessionLost:
                past.pace.ease()
                raise
            else:
                past.pace.adapt(heaviest)
        self._tell(past, period.last)

    def let_go(self) -> None:
        """Forget what is not committed: it will be told again."""
        for lane in self.lanes:
            lane.conversion.let_go()

    async def _import(self, session: Session, past: Past[T], part: Period) -> int:
        """Import one slice and commit that; return what its heaviest answer weighed."""
        self._tell(past, part.first)
        heaviest = read = 0
        for question in past.questions(past.pace.entities):
            asked = trio.current_time()
            answer = await past.ask(session, question, part)
            took = trio.current_time() - asked
            heaviest = max(heaviest, weight_of(answer.size_bytes, took, past.pace.aim))
            read += answer.read
            for lane in self.lanes:
                await lane.put(lane.conversion.take(self.home, answer))
            self.advanced_at = trio.current_time()
            await trio.sleep(pause_after(took))
        for lane in self.lanes:
            await lane.put(lane.conversion.close())
        await self.bookmark.advance(past.kind, part.last)
        for lane in self.lanes:
            lane.conversion.keep()
        self.read[past.kind] = self.read.get(past.kind, 0) + read
        return heaviest

    def _tell(self, past: Past[T], until: int) -> None:
        period = self.bookmark.period
        length = period.last - period.first
        self.tell(
            Progress(
                home=self.home,
                what=past.kind,
                done=(until - period.first) / length if length else 1.0,
                until=until,
                read=sum(self.read.values()),
            )
        )
