"""The progress of a lane without a disk: the twin of `ledger`, for tests."""

from attrs import define, evolve, field

from trio_ingest.model.batch import Batch
from trio_ingest.model.gap import Gap, GapReason
from trio_ingest.model.progress import Known, Progress, Recollection
from trio_ingest.spool.ledger import TOUCHING
from trio_ingest.spool.policy import StoredBatch

GapKey = tuple[str, GapReason, int]


@define
class MemoryLedger:
    """Checkpoints, known entities and open gaps, by what tells them apart."""

    gaps: dict[GapKey, Gap] = field(factory=dict)
    _checkpoint: dict[str, int] = field(factory=dict)
    _known: dict[str, dict[str, Known]] = field(factory=dict)

    def commit(self, progress: Progress) -> None:
        """Write down *progress*."""
        self._checkpoint.update(progress.checkpoint)
        for home, entities in progress.known.items():
            self._known.setdefault(home, {}).update(entities)
        for gap in progress.opened:
            self._open(gap)
        for repair in progress.repairs:
            stored = self.gaps.pop(_key(repair.gap), None)
            if stored is None:
                continue
            known_last, rest = repair.gap.last, repair.remainder
            if rest is not None:
                self._open(evolve(stored, first=rest.first))
            elif known_last is not None and (stored.last or 0) > known_last:  # it has grown since
                self._open(evolve(stored, first=known_last))

    def miss(self, batch: Batch | StoredBatch, reason: GapReason) -> None:
        """Write down that what is in *batch* is missing, in each home that it is from."""
        for home in batch.homes:
            gap = Gap(home=home, first=batch.first - 1, last=batch.last, reason=reason)
            of_this_kind = [each for each in self.gaps.values() if _kind(each) == _kind(gap)]
            latest = of_this_kind[-1] if of_this_kind else None
            touches = latest and latest.first <= gap.first <= (latest.last or 0) + TOUCHING
            if latest and touches:
                last = max(latest.last or 0, batch.last)
                self.gaps[_key(latest)] = evolve(latest, last=last)
            else:
                self._open(gap)

    def recollect(self) -> Recollection:
        """Return all that was written down."""
        return Recollection(
            checkpoint=dict(self._checkpoint),
            known={home: dict(entities) for home, entities in self._known.items() if entities},
            gaps=tuple(sorted(self.gaps.values(), key=lambda gap: gap.first)),
        )

    def _open(self, gap: Gap) -> None:
        stored = self.gaps.get(_key(gap))
        lasts = [each.last for each in (stored, gap) if each and each.last is not None]
        self.gaps[_key(gap)] = evolve(gap, last=max(lasts, default=None))


def _key(gap: Gap) -> GapKey:
    return gap.home, gap.reason, gap.first


def _kind(gap: Gap) -> tuple[str, GapReason]:
    return gap.home, gap.reason
