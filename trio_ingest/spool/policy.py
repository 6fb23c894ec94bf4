"""What gives way when the spool is full: the decision, apart from the disk."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from attrs import frozen

from trio_ingest.config.sink_model import SpoolConfig, WhenFull


class DropReason(StrEnum):
    """Why points gave way; a label of the metrics."""

    OLDEST = "spool_full_oldest"
    NEWEST = "spool_full_newest"
    TOO_LARGE = "larger_than_spool"
    PURGED = "purged"
    DAMAGED = "spool_damaged"


TURNED_AWAY = frozenset({DropReason.NEWEST, DropReason.TOO_LARGE})
"""Why points were never taken in; all others had been."""


@frozen(kw_only=True)
class StoredBatch:
    """What the decision needs to know of a batch that is stored."""

    number: int
    size_bytes: int
    points: int
    first: int
    last: int
    homes: Sequence[str]


@frozen(kw_only=True)
class Admit:
    """Take the new batch, once these have gone."""

    instead_of: tuple[StoredBatch, ...] = ()


@frozen
class TurnAway:
    """Drop the new batch and leave the stored ones alone."""

    reason: DropReason


def admission(
    size_bytes: int, stored_bytes: int, droppable: Iterable[StoredBatch], config: SpoolConfig
) -> Admit | TurnAway:
    """Decide about a new batch of *size_bytes* so that `max_size` is never exceeded.

    *droppable* yields the stored batches from the oldest on, without the one that the writer has
    in hand; it is read only as far as needed. Nothing is dropped for a batch that would not fit
    even then.
    """
    if size_bytes > config.max_size:
        return TurnAway(DropReason.TOO_LARGE)
    missing = stored_bytes + size_bytes - config.max_size
    if missing <= 0:
        return Admit()
    if config.when_full is WhenFull.DROP_NEWEST:
        return TurnAway(DropReason.NEWEST)
    victims = []
    for batch in droppable:
        victims.append(batch)
        missing -= batch.size_bytes
        if missing <= 0:
            return Admit(instead_of=tuple(victims))
    return TurnAway(DropReason.NEWEST)
