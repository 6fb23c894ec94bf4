"""The spool's file lives through anything, restarts and crashes too, side by side with its twin."""

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
import trio
from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.spool.batches import make_batch_of_size
from trio_ingest.config.sink_model import SpoolConfig, WhenFull
from trio_ingest.model.gap import Gap, Repair
from trio_ingest.model.progress import NO_PROGRESS, Known, Progress
from trio_ingest.model.spooled import RefusedLine
from trio_ingest.spool import news
from trio_ingest.spool.memory import MemorySpool
from trio_ingest.spool.mending import open_mending_store

KIB = 1024
MAX_SIZE = 10 * KIB
TIMES = st.integers(0, 100)
ENTITIES = st.dictionaries(
    st.sampled_from(["light.a", "light.b", "light.c"]),
    st.builds(Known, TIMES, st.none() | st.integers(-(2**63), 2**63 - 1)),
    max_size=2,
)


def in_order(recollection):
    """Return it with its gaps in an order that also says which of those that begin together."""
    gaps = sorted(recollection.gaps, key=lambda gap: (gap.first, gap.reason))
    return evolve(recollection, gaps=tuple(gaps))


class SpoolMachine(RuleBasedStateMachine):
    """Does the same to a store on disk and to `MemorySpool`."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.places = 0
        self.opened = ExitStack()
        self.patched = pytest.MonkeyPatch()
        self.patched.setattr(news, "LEAST_BYTES", 100)  # so that they are made into one

    @initialize(when_full=st.sampled_from(WhenFull))
    def begin(self, when_full):
        self.config = SpoolConfig(max_size=MAX_SIZE, when_full=when_full)
        self.twin = MemorySpool(self.config)
        self.path = self.directory / "0" / "spool.db"
        self.open()

    def open(self):
        self.store = self.opened.enter_context(open_mending_store(self.path, self.config, ["home"]))

    @rule(
        time=TIMES,
        size_bytes=st.sampled_from([90, 900, 3 * KIB, 5 * KIB, 11 * KIB]),
        known=ENTITIES,
    )
    def append(self, time, size_bytes, known):
        batch = make_batch_of_size(time, size_bytes)
        batch = evolve(batch, progress=evolve(batch.progress, known={"home": known}))

        self.store.append(batch)
        trio.run(self.twin.append, batch)

    @rule(home=st.sampled_from(["home", "cabin"]), time=TIMES, known=ENTITIES)
    def note(self, home, time, known):
        self.note_both(Progress(checkpoint={home: time}, known={home: known}))

    @rule(first=TIMES, last=st.none() | st.integers(100, 200))
    def find_gap(self, first, last):
        self.note_both(Progress(opened=[Gap(home="home", first=first, last=last)]))

    @precondition(lambda self: self.store.recollect().gaps)
    @rule(until=st.none() | TIMES)
    def repair(self, until):
        gap = self.store.recollect().gaps[0]
        if until is None or until > gap.first:
            self.note_both(Progress(repairs=[Repair(gap=gap, until=until)]))

    def note_both(self, progress):
        self.store.note(progress)
        trio.run(self.twin.note, progress)

    @precondition(lambda self: self.store.statistics.batches)
    @rule()
    def take(self):
        assert trio.run(self.twin.oldest) == self.store.oldest()

    @precondition(lambda self: self.store.statistics.batches)
    @rule(refused=st.integers(0, 3), is_damaged=st.booleans())
    def settle(self, refused, is_damaged):
        lines = [RefusedLine(line=b"bad", reason="no")] * refused
        number = self.store.oldest().number

        self.store.settle(number, lines, is_damaged=is_damaged)
        trio.run(lambda: self.settle_twin(number, lines, is_damaged))

    @rule(most_points=st.integers(1, 4))
    def compact(self, most_points):
        while self.store.compact(most_points, 1 << 20):
            pass
        trio.run(self.twin.compact, most_points, 1 << 20)

    async def settle_twin(self, number, lines, is_damaged):
        await self.twin.oldest()
        await self.twin.settle(number, lines, is_damaged=is_damaged)

    @rule()
    def reopen(self):
        """Stop in order."""
        self.opened.close()
        self.open()
        self.forget()

    @rule()
    def crash(self):
        """Go on with the files as they are on disk now."""
        self.places += 1
        moved = self.directory / str(self.places) / "spool.db"
        moved.parent.mkdir()
        for end in ("", "-wal"):
            name = self.path.name + end
            shutil.copyfile(self.path.with_name(name), moved.with_name(name))
        self.opened.close()
        self.path = moved
        self.open()
        self.forget()

    def forget(self):
        """Let the twin forget what is not on disk."""
        self.twin._in_hand = None
        self.twin._compacted_up_to = 0
        self.twin._statistics = evolve(
            self.twin._statistics, appended_points=0, dropped_points={}, forgotten_lines=0
        )

    @invariant()
    def are_alike(self):
        assert self.twin.statistics() == self.store.statistics
        assert in_order(trio.run(self.twin.recollect)) == in_order(self.store.recollect())
        assert self.store.statistics.size_bytes <= MAX_SIZE

    def teardown(self):
        if hasattr(self, "store"):
            times = []
            while self.store.statistics.batches:
                spooled = self.store.oldest()
                times.append(spooled)
                assert spooled.batch.is_intact
                assert NO_PROGRESS == spooled.batch.progress
                self.store.settle(spooled.number)
            assert list(self.twin._batches) == [spooled.number for spooled in times]
            assert not list(self.path.parent.glob("*damaged*"))
        self.opened.close()
        self.patched.undo()
        shutil.rmtree(self.directory)


SpoolMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestTwins = SpoolMachine.TestCase
