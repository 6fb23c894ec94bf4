"""Makes one request of a backlog of small batches: the round trip costs more than their lines."""

from collections.abc import Sequence

from trio_ingest.delivery.narrowing import damage_of
from trio_ingest.model.batch import Batch


def join(batches: Sequence[Batch]) -> Batch | None:
    """Return a batch of all lines of *batches*, in order; None when one of them is damaged.

    It is compressed anew: a body of several gzip members is legal, and some servers read the first
    of them only, and say that all is well.
    """
    if any(damage_of(batch) is not None for batch in batches):
        return None
    return Batch.of_lines(
        [line for batch in batches for line in batch.lines()],
        encoding=batches[0].encoding,
        first=min(batch.first for batch in batches),
        last=max(batch.last for batch in batches),
        homes=tuple(dict.fromkeys(home for batch in batches for home in batch.homes)),
    )
