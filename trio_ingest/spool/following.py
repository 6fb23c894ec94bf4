"""Decides which batches may travel with the one before them."""

from collections.abc import Iterable, Sequence

from trio_ingest.model.spooled import SpooledBatch


def those_that_fit(
    first: SpooledBatch, followers: Iterable[SpooledBatch], most_points: int, most_bytes: int
) -> Sequence[SpooledBatch]:
    """Return as many of the *followers* as may go along with *first*, in their order."""
    found: list[SpooledBatch] = []
    points, raw_bytes = first.batch.points, first.batch.raw_bytes
    for follower in followers:
        points += follower.batch.points
        raw_bytes += follower.batch.raw_bytes
        is_alike = follower.batch.encoding is first.batch.encoding
        if not is_alike or points > most_points or raw_bytes > most_bytes:
            break
        found.append(follower)
    return found
