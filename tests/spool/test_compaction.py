"""What waits becomes few large batches: which, and that nothing changes but their number."""

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spool.batches import make_batch, make_batch_of_size
from trio_ingest.config.sink_model import SpoolConfig
from trio_ingest.model.batch import THOROUGH, Encoding
from trio_ingest.model.joining import join
from trio_ingest.model.spooled import SpooledBatch
from trio_ingest.spool import compaction
from trio_ingest.spool.compaction import LONGEST_SPAN, Bounds, bounds_of, compact, group_of

BOUNDS = Bounds(most_points=10, most_bytes=1000, most_body_bytes=100_000)


def spooled(*batches):
    return [SpooledBatch(number=number, batch=each) for number, each in enumerate(batches, 1)]


def numbers(group):
    return [each.number for each in group]


def done(batch):
    return join([batch], THOROUGH)


def test_full_before_it_is_compacted():
    """As long as more may go along nothing is rewritten, for it would be again."""
    waiting = spooled(*(make_batch(time * 10, points=4) for time in range(1, 4)))

    assert () == group_of(waiting[:2], BOUNDS)
    assert [1, 2] == numbers(group_of(waiting, BOUNDS))


def test_raw_bytes_are_bounded():
    """A batch of long lines is full when its bytes are many."""
    waiting = spooled(*(make_batch_of_size(time, 600) for time in range(1, 4)))

    assert [1] == numbers(group_of(waiting, BOUNDS))


def test_a_small_spool_has_small_batches():
    """A batch that gives way in a small spool takes no more than a part of it along."""
    waiting = spooled(*(make_batch_of_size(time, 200) for time in range(1, 9)))

    group = group_of(waiting, bounds_of(SpoolConfig(max_size=16 * 1024), 5000, 1 << 22))

    assert [1, 2, 3, 4] == numbers(group)


def test_what_is_large_already_is_alone():
    """A batch that is larger than the bounds is compressed anew by itself."""
    waiting = spooled(make_batch(100, points=20), make_batch(101))

    assert [1] == numbers(group_of(waiting, BOUNDS))
    assert compact(waiting[:1]) is not None


def test_only_what_is_alike():
    """Another encoding, unknown homes and what is done already are not joined with the rest."""
    batch = make_batch(1)
    others = (
        evolve(batch, encoding=Encoding.ROWS),
        evolve(batch, homes=()),
        done(batch),
        make_batch(1 + LONGEST_SPAN + 1),
    )

    for other in others:
        assert [1, 2] == numbers(group_of(spooled(batch, batch, other, batch), BOUNDS))


def test_homes_go_along():
    """A batch of several homes says so."""
    compacted = compact(spooled(make_batch(1, home="home"), make_batch(2, home="cabin")))

    assert ("home", "cabin") == compacted.kept.batch.homes


def test_each_is_rewritten_once():
    """What is done is told by its own header, and is not done again."""
    waiting = spooled(done(make_batch(50, points=50)), make_batch(51))

    assert not waiting[0].batch.is_hasty
    assert waiting[1].batch.is_hasty
    assert [1] == numbers(group_of(waiting, BOUNDS))
    assert compact(waiting[:1]) is None


def test_damage_stays_where_it_is():
    """A batch that is damaged, or says what is not true, stays as it is, and all it was with."""
    batch = make_batch(1)

    for bad in (evolve(batch, crc32=0), evolve(batch, points=7)):
        assert compact(spooled(batch, bad)) is None


def test_nothing_becomes_larger(monkeypatch):
    """When compressing anew wins nothing all stays."""
    monkeypatch.setattr(compaction, "THOROUGH", 0)

    assert compact(spooled(make_batch(100, points=100))) is None


@given(st.lists(st.integers(1, 14), max_size=30))
@settings(deadline=None)
def test_nothing_is_lost_and_nothing_moves(sizes):
    """However the batches are, all their lines come out once, in order, in bounded batches."""
    time, batches = 0, []
    for points in sizes:
        time += points
        batches.append(make_batch(time, points=points))
    waiting = spooled(*batches)

    made = []
    while group := group_of(waiting, BOUNDS):
        made.append(compact(group).kept)
        waiting = waiting[len(group) :]

    after = [*made, *waiting]
    assert [line for each in batches for line in each.lines()] == [
        line for each in after for line in each.batch.lines()
    ]
    assert numbers(after) == sorted(set(numbers(after)))
    for each in made:
        lines = each.batch.lines()
        assert each.batch.is_intact
        assert len(lines) == each.batch.points
        assert len(lines) <= BOUNDS.most_points or len(lines) in sizes
        instants = [int(line.rpartition(b" ")[2]) for line in lines]
        assert (instants[0], instants[-1]) == (each.batch.first, each.batch.last)
