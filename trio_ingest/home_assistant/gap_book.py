"""The open gaps of one home, lane by lane, as they will be on disk once all that was told is there.

What a lane has lost by itself (a full or damaged spool) it finds in its own ledger, and is entered
here when it is looked up.
"""

from collections.abc import Sequence

from attrs import define, evolve, field

from trio_ingest.home_assistant.ledger import LaneLedger
from trio_ingest.model.gap import LONG_AGO, Gap, GapReason, Repair
from trio_ingest.model.instant import MICROSECONDS_PER_DAY

# Home Assistant's clock was put back when it knows of nothing newer than a day before the
# checkpoint. To be wrong about it costs only the time to fetch what is there already.
SUSPICIOUS = MICROSECONDS_PER_DAY
DAMAGED = GapReason.SPOOL_DAMAGED

Lane = int
"""A lane's place among the ledgers."""


@define
class GapBook:
    """Knows from where on each lane misses something. `hear` it of every live change."""

    home: str
    ledgers: Sequence[LaneLedger] = ()
    _gaps: dict[Lane, list[Gap]] = field(factory=dict, init=False)
    _checkpoints: dict[Lane, int] = field(factory=dict, init=False)
    _untold: list[tuple[Lane, Gap]] = field(factory=list, init=False)
    _heard: int | None = field(default=None, init=False)
    _is_read: bool = field(default=False, init=False)

    async def read(self) -> None:
        """Read what the lanes have on disk, the first time: later it is known better here."""
        if self._is_read:
            return
        for lane, ledger in enumerate(self.ledgers):
            recollection = await ledger.recollect()
            for gap in recollection.gaps:
                if gap.home == self.home:
                    self._enter(lane, gap)
            checkpoint = recollection.checkpoint.get(self.home)
            if checkpoint is not None:
                self._checkpoints[lane] = checkpoint
            if recollection.is_damaged:
                self._enter(lane, Gap(home=self.home, first=LONG_AGO, last=None, reason=DAMAGED))
        self._is_read = True

    async def look_up(self) -> None:
        """Enter what the lanes themselves have lost and have room for again."""
        for lane, ledger in enumerate(self.ledgers):
            if not (ledger.has_gaps and ledger.has_room):
                continue
            for gap in await ledger.lost():
                if gap.home == self.home:
                    self._enter(lane, gap)

    def untold(self) -> Sequence[tuple[Lane, Gap]]:
        """Return what the lanes have to be told, so that they note that it is seen to."""
        return tuple(self._untold)

    def told(self, lane: Lane, gap: Gap) -> None:
        """Take note that the lane was told."""
        self._untold.remove((lane, gap))

    def hear(self, time: int) -> None:
        """Take note of a live change: up to there all lanes were told everything."""
        self._heard = time

    def is_complete_until(self, time: int) -> None:
        """Take note that up to *time* nothing is missing but what lies in gaps, heard or not."""
        self._heard = max(time, self._heard or time)

    @property
    def until(self) -> int | None:
        """Return up to when every lane that has a past was told everything; None: there is none."""
        if self._heard is not None:
            return self._heard
        return min(self._checkpoints.values(), default=None)

    def begin(self) -> None:
        """Open a gap in each lane that has a past, before live changes come again."""
        for lane in range(len(self.ledgers)):
            if any(gap.last is None for gap in self._gaps.get(lane, ())):
                continue  # one that never came to its end: it goes on
            first = self._checkpoints.get(lane) if self._heard is None else self._heard
            if first is not None:
                self._enter(lane, Gap(home=self.home, first=first, last=None))

    def end(self, newest: int, backfill_max: int) -> None:
        """Say that live changes came again when the newest state was from *newest*.

        A later gap begins there. One that would begin in the future is taken for a clock that was
        put back, and reaches *backfill_max* (microseconds) back.
        """
        for lane, gaps in self._gaps.items():
            still_open = [gap for gap in gaps if gap.last is None]
            self._gaps[lane] = [gap for gap in gaps if gap.last is not None]
            for gap in still_open:
                self._enter(lane, evolve(gap, last=max(gap.first, newest)))
                if gap.first > newest + SUSPICIOUS:
                    self._enter(lane, evolve(gap, first=newest - backfill_max, last=newest))
        self.is_complete_until(newest)

    def open_gaps(self) -> Sequence[tuple[Lane, Gap]]:
        """Return all gaps, those that begin first before the others."""
        gaps = [(lane, gap) for lane, gaps in self._gaps.items() for gap in gaps]
        return sorted(gaps, key=lambda each: each[1].first)

    def repairable(self) -> Sequence[tuple[Lane, Gap]]:
        """Return those of them for which the lane has room; the others can wait."""
        return [each for each in self.open_gaps() if self.ledgers[each[0]].has_room]

    def apply(self, lane: Lane, repair: Repair) -> None:
        """Take note of what was repaired, or given up."""
        remainders = [
            repair.remainder if gap == repair.gap else gap for gap in self._gaps.get(lane, ())
        ]
        self._gaps[lane] = [gap for gap in remainders if gap is not None]

    def _enter(self, lane: Lane, gap: Gap) -> None:
        """Enter a gap, if none of its reason begins there already."""
        gaps = self._gaps.setdefault(lane, [])
        if any((each.reason, each.first) == (gap.reason, gap.first) for each in gaps):
            return
        gaps.append(gap)
        self._untold.append((lane, gap))
