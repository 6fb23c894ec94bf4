"""The progress of a lane without a disk: the twin of `ledger`, for tests."""

from collections.abc import Sequence

from attrs import define, evolve, field

from trio_ingest.model.batch import Batch
from trio_ingest.model.gap import Gap, GapReason, Repair
from trio_ingest.model.progress import Known, Progress, Recollection
from trio_ingest.spool.ledger import TOUCHING
from trio_ingest.spool.policy import StoredBatch

GapKey = tuple[str, GapReason, int]


@define
class MemoryLedger:
    """Checkpoints, known entities and open gaps, by what tells them apart.

    `made` are the gaps that nobody sees to yet, the newest last.
    """

    found: dict[GapKey, Gap] = field(factory=dict)
    made: list[Gap] = field(factory=list)
    _checkpoint: dict[str, int] = field(factory=dict)
    _known: dict[str, dict[str, Known]] = field(factory=dict)

    @property
    def open_gaps(self) -> int:
        """Return how many gaps are open."""
        return len(self.found) + len(self.made)

    def commit(self, progress: Progress) -> None:
        """Write down *progress*."""
        self._checkpoint.update(progress.checkpoint)
        for home, entities in progress.known.items():
            self._known.setdefault(home, {}).update(entities)
        for gap in progress.opened:
            same = [made for made in self.made if _key(made) == _key(gap)]
            self.made = [made for made in self.made if made not in same]
            for each in (*same, gap):
                self._see_to(each)
        for repair in progress.repairs:
            self._repair(repair)

    def miss(self, batch: Batch | StoredBatch, reason: GapReason) -> None:
        """Write down that what is in *batch* is missing, in each home that it is from."""
        for home in batch.homes:
            gap = Gap(home=home, first=batch.first - 1, last=batch.last, reason=reason)
            places = [
                place
                for place, made in enumerate(self.made)
                if (made.home, made.reason) == (home, reason)
            ]
            latest = self.made[places[-1]] if places else gap
            end = latest.last or 0
            if places and latest.first <= gap.first <= end + TOUCHING:
                self.made[places[-1]] = evolve(latest, last=max(end, batch.last))
            else:
                self._make(gap)

    def lost(self) -> Sequence[Gap]:
        """Return the gaps that nobody sees to yet."""
        return tuple(sorted(self.made, key=lambda gap: gap.first))

    def recollect(self) -> Recollection:
        """Return all that was written down."""
        gaps = [*self.found.values(), *self.made]
        return Recollection(
            checkpoint=dict(self._checkpoint),
            known={home: dict(entities) for home, entities in self._known.items() if entities},
            gaps=tuple(sorted(gaps, key=lambda gap: gap.first)),
        )

    def _make(self, gap: Gap) -> None:
        for place, made in enumerate(self.made):
            if _key(made) == _key(gap):
                self.made[place] = evolve(gap, last=max(made.last or 0, gap.last or 0))
                return
        self.made.append(gap)

    def _see_to(self, gap: Gap) -> None:
        stored = self.found.get(_key(gap))
        lasts = [each.last for each in (stored, gap) if each and each.last is not None]
        self.found[_key(gap)] = evolve(gap, last=max(lasts, default=None))

    def _repair(self, repair: Repair) -> None:
        stored = self.found.pop(_key(repair.gap), None)
        if stored is None:
            return
        known_last, rest = repair.gap.last, repair.remainder
        if rest is not None:
            self._see_to(evolve(stored, first=rest.first))
        elif known_last is not None and (stored.last or 0) > known_last:  # it has grown since
            self._see_to(evolve(stored, first=known_last))


def _key(gap: Gap) -> GapKey:
    return gap.home, gap.reason, gap.first
