"""The open gaps of one home, lane by lane, as they will be on disk once all that was told is there.

What a lane has lost by itself (a full or damaged spool) it finds in its own ledger, and is entered
here when it is looked up.
"""

from collections.abc import Collection, Iterable, Sequence

from attrs import define, evolve, field

from trio_ingest.home_assistant.outlet import Outlet
from trio_ingest.model.gap import LONG_AGO, Gap, GapReason, Repair
from trio_ingest.model.instant import MICROSECONDS_PER_DAY

# Home Assistant's clock was put back when it knows of nothing newer than a day before the
# checkpoint. To be wrong about it costs only the time to fetch what is there already.
SUSPICIOUS = MICROSECONDS_PER_DAY
DAMAGED = GapReason.SPOOL_DAMAGED

Lane = Outlet
"""A lane, seen from upstream."""
Lanes = Collection[Lane]


@define(eq=False, repr=False)
class Page:
    """What is known of one lane. Instants are of the home."""

    checkpoint: int | None
    """Up to when it had heard everything when the page was begun; None: it has no past."""
    heard: int | None = None
    """Up to when it was told everything since, but for what lies in gaps."""
    gaps: list[Gap] = field(factory=list)
    untold: list[Gap] = field(factory=list)

    @property
    def until(self) -> int | None:
        """Return up to when it was told everything."""
        return self.checkpoint if self.heard is None else self.heard

    def enter(self, gap: Gap) -> None:
        """Enter a gap, if none of its reason begins there already."""
        if any((each.reason, each.first) == (gap.reason, gap.first) for each in self.gaps):
            return
        self.gaps.append(gap)
        self.untold.append(gap)


@define(eq=False, repr=False)
class GapBook:
    """Knows from where on each lane misses something. `hear` it of every live change.

    It outlives the connectors of its home, because notices that are on their way to the disk of a
    lane are known here alone. A lane has a page from `read` on, until it is closed.
    """

    home: str
    _pages: dict[Lane, Page] = field(factory=dict, init=False)

    async def read(self, lanes: Iterable[Lane]) -> None:
        """Read what *lanes* have on disk, the first time: later it is known better here."""
        self._pages = {lane: page for lane, page in self._pages.items() if lane.is_open}
        for lane in lanes:
            if lane in self._pages:
                continue
            recollection = await lane.ledger.recollect()
            page = self._pages[lane] = Page(recollection.checkpoint.get(self.home))
            for gap in recollection.gaps:
                if gap.home == self.home:
                    page.enter(gap)
            if recollection.is_damaged:
                page.enter(Gap(home=self.home, first=LONG_AGO, last=None, reason=DAMAGED))

    async def look_up(self, lanes: Lanes) -> None:
        """Enter what *lanes* themselves have lost and have room for again."""
        for lane, page in self._of(lanes):
            if not (lane.ledger.has_gaps and lane.ledger.has_room):
                continue
            for gap in await lane.ledger.lost():
                if gap.home == self.home:
                    page.enter(gap)

    def untold(self, lanes: Lanes) -> Sequence[tuple[Lane, Gap]]:
        """Return what *lanes* have to be told, so that they note that it is seen to."""
        return [(lane, gap) for lane, page in self._of(lanes) for gap in page.untold]

    def told(self, lane: Lane, gap: Gap) -> None:
        """Take note that the lane was told."""
        for _, page in self._of([lane]):
            page.untold.remove(gap)

    def hear(self, time: int, lanes: Lanes) -> None:
        """Take note of a live change: up to there *lanes* were told everything."""
        for _, page in self._of(lanes):
            page.heard = time

    def is_complete_until(self, time: int, lanes: Lanes) -> None:
        """Take note that up to *time* nothing is missing but what lies in gaps, heard or not."""
        for _, page in self._of(lanes):
            page.heard = max(time, page.heard or time)

    def until(self, lanes: Lanes) -> int | None:
        """Return up to when those that have a past were told everything; None: none has."""
        instants = [page.until for _, page in self._of(lanes)]
        return min((each for each in instants if each is not None), default=None)

    def begin(self, lanes: Lanes, undated: int = 0) -> None:
        """Open a gap in each lane that has a past, before live changes come again.

        It reaches back for as long (microseconds) as a removal that was heard may be *undated*, and
        so not told.
        """
        for _, page in self._of(lanes):
            if any(gap.last is None for gap in page.gaps):
                continue  # one that never came to its end: it goes on
            if page.until is not None:
                page.enter(Gap(home=self.home, first=page.until - undated, last=None))

    def end(self, newest: int, backfill_max: int, lanes: Lanes) -> None:
        """Say that live changes came again when the newest state was from *newest*.

        A later gap begins there. One that would begin in the future is taken for a clock that was
        put back, and reaches *backfill_max* (microseconds) back.
        """
        for _, page in self._of(lanes):
            still_open = [gap for gap in page.gaps if gap.last is None]
            page.gaps = [gap for gap in page.gaps if gap.last is not None]
            for gap in still_open:
                page.enter(evolve(gap, last=max(gap.first, newest)))
                if gap.first > newest + SUSPICIOUS:
                    page.enter(evolve(gap, first=newest - backfill_max, last=newest))
        self.is_complete_until(newest, lanes)

    def open_gaps(self, lanes: Lanes | None = None) -> Sequence[tuple[Lane, Gap]]:
        """Return the gaps of *lanes*, or of all, those that begin first before the others."""
        pages = self._of(self._pages if lanes is None else lanes)
        gaps = [(lane, gap) for lane, page in pages for gap in page.gaps]
        return sorted(gaps, key=lambda each: each[1].first)

    def repairable(self, lanes: Lanes) -> Sequence[tuple[Lane, Gap]]:
        """Return those of them for which the lane has room; the others can wait."""
        return [each for each in self.open_gaps(lanes) if each[0].ledger.has_room]

    def apply(self, lane: Lane, repair: Repair) -> None:
        """Take note of what was repaired, or given up."""
        for _, page in self._of([lane]):
            remainders = [repair.remainder if gap == repair.gap else gap for gap in page.gaps]
            page.gaps = [gap for gap in remainders if gap is not None]

    def _of(self, lanes: Iterable[Lane]) -> Sequence[tuple[Lane, Page]]:
        """Return the pages of *lanes*; one that was closed meanwhile has none any more."""
        return [(each, self._pages[each]) for each in lanes if each.is_open and each in self._pages]
