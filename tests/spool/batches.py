"""Batches for the tests of the spool."""

import random

from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.progress import Progress


def make_batch(time: int, *, points: int = 1, home: str = "home") -> Batch:
    """Return a batch of *points* changes, the last of them at *time*."""
    first = time - points + 1
    return Batch.of_lines(
        [f"sensor value=1 {instant}".encode() for instant in range(first, time + 1)],
        encoding=Encoding.LINE_PROTOCOL_US,
        first=first,
        last=time,
        homes=(home,),
        progress=Progress(checkpoint={home: time}),
    )


def make_batch_of_size(time: int, size_bytes: int) -> Batch:
    """Return a batch of one point whose body has about *size_bytes*, since noise stays as it is."""
    return Batch.of_lines(
        [random.Random(time).randbytes(size_bytes).replace(b"\n", b"")],
        encoding=Encoding.ROWS,
        first=time,
        last=time,
        homes=("home",),
        progress=Progress(checkpoint={"home": time}),
    )
