"""How lines become batches."""

from itertools import pairwise
from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from trio_ingest.config.sink_model import BatchConfig
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.gap import Gap
from trio_ingest.model.progress import NO_PROGRESS, Progress
from trio_ingest.processing.gathering import Gathering


def gathering(**limits: float) -> Gathering:
    return Gathering(encoding=Encoding.ROWS, limits=BatchConfig(**limits))  # type: ignore[arg-type]


def batches_of(lines: Gathering) -> list[Batch]:
    return [item for item in lines.ready if isinstance(item, Batch)]


def test_full_by_points() -> None:
    """With as many points as allowed a batch is closed, and the next line opens another."""
    lines = gathering(max_points=2)

    for number in range(3):
        lines.add(b"x", home="home", time=number, now=0.0)

    assert [batch.points for batch in batches_of(lines)] == [2]
    assert lines.points == 3


def test_full_by_bytes() -> None:
    """A batch is closed at the byte, and before a line that would not fit any more."""
    lines = gathering(max_bytes=10)

    lines.add(b"1234", home="home", time=1, now=0.0)
    lines.add(b"5678", home="home", time=2, now=0.0)
    lines.add(b"1", home="home", time=3, now=0.0)
    lines.add(b"23456789", home="home", time=4, now=0.0)

    assert [batch.lines() for batch in batches_of(lines)] == [[b"1234", b"5678"], [b"1"]]
    assert [batch.raw_bytes for batch in batches_of(lines)] == [10, 2]


def test_a_long_line_travels_alone() -> None:
    """A line longer than a batch may be is a batch by itself, and is not lost."""
    lines = gathering(max_bytes=10)

    for line in (b"1", b"x" * 100, b"2"):
        lines.add(line, home="home", time=1, now=0.0)
    lines.close()

    assert [batch.lines() for batch in batches_of(lines)] == [[b"1"], [b"x" * 100], [b"2"]]


def test_several_at_once() -> None:
    """Lines that fit are added together, and the batch is closed when they fill it."""
    lines = gathering(max_points=4, max_bytes=20)
    assert lines.has_room(4, 19)
    assert not lines.has_room(5, 10)
    assert not lines.has_room(4, 20)

    lines.add_all(b"a\nb", [2, 1], home="home", now=0.0)
    assert not lines.ready
    assert lines.has_room(2, 15)
    assert not lines.has_room(3, 3)
    assert not lines.has_room(2, 16)
    lines.add_all(b"", [], home="home", now=0.0)
    lines.add_all(b"c\nd", [3, 4], home="home", now=0.0)

    [batch] = batches_of(lines)
    assert [b"a", b"b", b"c", b"d"] == batch.lines()
    assert (4, 8, 1, 4) == (batch.points, batch.raw_bytes, batch.first, batch.last)
    assert inf == lines.due


def test_due() -> None:
    """An open batch is due some time after its first line; later lines do not put that off."""
    lines = gathering(linger=5.0, max_points=3)
    assert lines.due == inf

    lines.add(b"x", home="home", time=1, now=100.0)
    lines.add(b"x", home="home", time=1, now=104.0)
    assert lines.due == 105.0

    lines.add(b"x", home="home", time=1, now=104.5)
    assert lines.due == inf

    lines.add(b"x", home="home", time=1, now=104.5)
    assert lines.due == 109.5


def test_what_a_batch_says() -> None:
    """A batch knows its oldest and newest instant, and how far each home was followed."""
    lines = gathering(max_points=2)

    lines.follow("one", 900)
    lines.add(b"a", home="one", time=500, now=0.0)
    lines.follow("two", 300)
    lines.add(b"b", home="two", time=300, now=0.0)
    lines.follow("two", 800)
    lines.add(b"c", home="two", time=400, now=0.0)
    lines.close()

    first, second = batches_of(lines)
    assert (first.first, first.last, first.encoding) == (300, 500, Encoding.ROWS)
    assert first.homes == ("one", "two")
    assert first.progress.checkpoint == {"one": 900, "two": 300}
    assert second.homes == ("two",)
    assert second.progress.checkpoint == {"two": 800}


def test_closing_nothing() -> None:
    """There are no empty batches."""
    lines = gathering()

    lines.close()

    assert not lines.ready
    assert lines.points == 0


def test_progress_without_lines() -> None:
    """Progress leaves alone when there are no lines; a gap is due like a line, a followed home not."""
    gap = Gap(home="home", first=1, last=None)
    lines = gathering(linger=5.0)

    lines.follow("home", 1)
    assert lines.due == inf
    lines.note_found(gap, now=100.0)
    assert lines.due == 105.0
    lines.close()

    assert list(lines.ready) == [Progress(checkpoint={"home": 1}, opened=(gap,))]
    assert lines.points == 0


def test_progress_never_runs_ahead_of_the_lines() -> None:
    """A batch that is closed because the next line does not fit says nothing of that line."""
    lines = gathering(max_bytes=10)

    lines.follow("home", 1)
    lines.add(b"123456", home="home", time=1, now=0.0)
    lines.follow("home", 2)
    lines.add(b"123456", home="home", time=2, now=0.0)
    lines.close()

    first, second = batches_of(lines)
    assert first.progress == NO_PROGRESS
    assert second.progress.checkpoint == {"home": 2}


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.binary(max_size=30).filter(lambda line: b"\n" not in line), st.integers())
    ),
    st.integers(min_value=1, max_value=5),
    st.integers(min_value=1, max_value=60),
)
def test_nothing_lost(changes: list[tuple[bytes, int]], max_points: int, max_bytes: int) -> None:
    """All lines come out, in their order, in batches that keep their bounds and know their times."""
    lines = gathering(max_points=max_points, max_bytes=max_bytes)

    for line, time in changes:
        lines.follow("home", time)
        lines.add(line, home="home", time=time, now=0.0)
        assert lines.points <= len(changes)
    lines.close()

    batches = batches_of(lines)
    assert [line for batch in batches for line in batch.lines()] == [line for line, _ in changes]
    seen = 0
    for batch in batches:
        times = [time for _, time in changes[seen : seen + batch.points]]
        seen += batch.points
        assert batch.points <= max_points
        assert batch.raw_bytes <= max_bytes or batch.points == 1
        assert (batch.first, batch.last) == (min(times), max(times))
        said = batch.progress.checkpoint.get("home")
        assert said in (None, times[-1])
    assert not changes or said == changes[-1][1]
    assert_no_batch_was_closed_early(batches, max_points, max_bytes)


def assert_no_batch_was_closed_early(batches: list[Batch], max_points: int, max_bytes: int) -> None:
    for batch, after in pairwise(batches):
        following = len(after.lines()[0]) + 1
        assert batch.points == max_points or batch.raw_bytes + following > max_bytes
