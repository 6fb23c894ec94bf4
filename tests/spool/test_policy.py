"""What gives way when the spool is full."""

import pytest

from trio_ingest.config.sink_model import SpoolConfig, WhenFull
from trio_ingest.spool.policy import Admit, DropReason, StoredBatch, TurnAway, admission

STORED = tuple(
    StoredBatch(number=number, size_bytes=40, points=1, first=0, last=0, homes=("home",))
    for number in (1, 2)
)
OLDEST, NEWEST = WhenFull.DROP_OLDEST, WhenFull.DROP_NEWEST


@pytest.mark.parametrize(
    ("size_bytes", "when_full", "decision"),
    [
        (20, OLDEST, Admit()),
        (20, NEWEST, Admit()),
        (21, OLDEST, Admit(instead_of=STORED[:1])),
        (21, NEWEST, TurnAway(DropReason.NEWEST)),
        (60, OLDEST, Admit(instead_of=STORED[:1])),
        (61, OLDEST, Admit(instead_of=STORED)),
        (100, OLDEST, Admit(instead_of=STORED)),
        (101, OLDEST, TurnAway(DropReason.TOO_LARGE)),
        (101, NEWEST, TurnAway(DropReason.TOO_LARGE)),
    ],
)
def test_bounds_are_exact(size_bytes, when_full, decision):
    """The spool may be full to the byte, and no more batches give way than are needed."""
    config = SpoolConfig(max_size=100, when_full=when_full)

    assert decision == admission(size_bytes, 80, STORED, config)


def test_batch_in_hand_is_in_the_way():
    """When what may be dropped is not enough, the new batch is turned away and nothing else."""
    config = SpoolConfig(max_size=100)

    assert TurnAway(DropReason.NEWEST) == admission(70, 80, STORED[1:], config)
