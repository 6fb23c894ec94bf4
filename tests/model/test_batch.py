"""Batches: what goes in comes out."""

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.progress import Progress

LINES = st.lists(
    st.binary(max_size=200).map(lambda line: line.replace(b"\n", b" ")), min_size=1, max_size=50
)
relaxed = settings(deadline=None, max_examples=100)


def make(lines):
    return Batch.of_lines(
        lines,
        encoding=Encoding.LINE_PROTOCOL_US,
        first=1,
        last=9,
        homes=("home",),
        progress=Progress(checkpoint={"home": 9}),
    )


@relaxed
@given(LINES)
def test_lines_come_out_as_they_went_in(lines):
    """Whatever bytes the lines hold, they come out the same, counted and with the right CRC."""
    batch = make(lines)

    assert lines == batch.lines()
    assert len(lines) == batch.points
    assert sum(len(line) + 1 for line in lines) == batch.raw_bytes
    assert batch.is_intact


@relaxed
@given(LINES, st.data())
def test_nothing_is_lost_in_splitting(lines, data):
    """A batch that is cut into pieces, and those into pieces, still holds every line in order."""

    def split(batch):
        if batch.points == 1 or data.draw(st.booleans()):
            return [batch]
        cut = data.draw(st.integers(1, batch.points - 1))
        parts = batch.lines()
        return split(batch.with_lines(parts[:cut])) + split(batch.with_lines(parts[cut:]))

    batch = make(lines)
    pieces = split(batch)

    assert lines == [line for piece in pieces for line in piece.lines()]
    assert batch.points == sum(piece.points for piece in pieces)
    for piece in pieces:
        assert (1, 9, ("home",), {"home": 9}) == (
            piece.first,
            piece.last,
            piece.homes,
            piece.progress.checkpoint,
        )
        assert batch.encoding is piece.encoding
        assert piece.is_intact


@relaxed
@given(LINES)
def test_regrouped_batch_is_the_same(lines):
    """A batch made anew of all its lines is equal to the first, byte for byte."""
    batch = make(lines)

    assert batch == batch.with_lines(batch.lines())


@pytest.mark.parametrize("position", [0, 12, -1])
def test_damage_is_noticed(position):
    """A changed byte anywhere in the body is noticed."""
    batch = make([b"sensor value=1 1"])
    damaged = bytearray(batch.body)
    damaged[position] ^= 0x40

    assert not evolve(batch, body=bytes(damaged)).is_intact
