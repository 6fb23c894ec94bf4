"""Home Assistant stays responsive: an import takes a share of its time, and small questions."""

from collections.abc import Sequence

import pytest
import trio
from attrs import define, field

from trio_ingest.home_assistant.errors import CommandFailed, NoAnswer
from trio_ingest.home_assistant.pace import Pace
from trio_ingest.home_assistant.session import Session
from trio_ingest.importing import walk as walk_module
from trio_ingest.importing.bookmark import Task, open_bookmark
from trio_ingest.importing.order import ImportFailed
from trio_ingest.importing.pacing import AIM_SECONDS, SHARE, pause_after, weight_of
from trio_ingest.importing.past import Answer
from trio_ingest.importing.period import Period
from trio_ingest.importing.walk import Walk

SECOND = 1_000_000
HOUR = 3600 * SECOND
MIB = 1024 * 1024


@define
class SlowPast:
    """A past of which each second of the period costs Home Assistant time and bytes."""

    seconds_per_hour: float = 0.0
    bytes_per_hour: float = 0.0
    fails: list[Exception] = field(factory=list)
    pace: Pace = field(factory=lambda: Pace(64 * MIB))
    kind: str = "states"
    asked: list[Period] = field(factory=list)
    answered_seconds: float = 0.0

    def questions(self, most: int) -> Sequence[int]:
        return [most]

    async def ask(self, session: Session, question: int, period: Period) -> Answer:
        self.asked.append(period)
        if self.fails:
            raise self.fails.pop()
        hours = (period.last - period.first) / HOUR
        await trio.sleep(hours * self.seconds_per_hour)
        self.answered_seconds += hours * self.seconds_per_hour
        return Answer(size_bytes=int(hours * self.bytes_per_hour))


async def go(past: SlowPast, hours: float = 48) -> Walk:
    period = Period(first=0, last=int(hours * HOUR))
    task = Task(home="home", sinks=[], first=0, asked_last=None)
    bookmark = open_bookmark(None, task, period, anew=False)
    walk = Walk(home="home", bookmark=bookmark, lanes=[], tell=lambda _: None)
    await walk.go(None, past)  # type: ignore[arg-type] - this past asks nobody
    return walk


def lengths(past: SlowPast) -> list[float]:
    return [(part.last - part.first) / SECOND for part in past.asked]


async def test_a_share_of_the_time(autojump_clock: trio.testing.MockClock) -> None:
    """Of the time that an import takes, Home Assistant works for it for a quarter."""
    past = SlowPast(seconds_per_hour=2.0)
    began = trio.current_time()

    await go(past)

    lasted = trio.current_time() - began
    assert past.answered_seconds == pytest.approx(96.0)
    assert past.answered_seconds / lasted == pytest.approx(SHARE, rel=0.01)


async def test_slow_answers_make_small_questions(autojump_clock: trio.testing.MockClock) -> None:
    """Once it is known how slow Home Assistant is, no answer takes longer than it should."""
    past = SlowPast(seconds_per_hour=30.0)

    await go(past)

    took = [seconds / 3600 * 30 for seconds in lengths(past)]
    assert max(took) <= AIM_SECONDS * 1.01
    assert took[-2] == pytest.approx(AIM_SECONDS, rel=0.01)


async def test_large_answers_make_small_questions(autojump_clock: trio.testing.MockClock) -> None:
    """A fast Home Assistant is asked for as much as a message should have."""
    past = SlowPast(bytes_per_hour=50 * MIB)

    await go(past)

    sizes = [seconds / 3600 * 50 * MIB for seconds in lengths(past)]
    assert max(sizes) <= past.pace.aim * 1.01


async def test_one_slice_after_the_other(autojump_clock: trio.testing.MockClock) -> None:
    """The slices are the period: nothing between them, nothing twice, from little to more."""
    past = SlowPast()

    await go(past, hours=100)

    assert past.asked[0].first == 0
    assert past.asked[-1].last == 100 * HOUR
    assert [part.last for part in past.asked[:-1]] == [part.first for part in past.asked[1:]]
    assert lengths(past)[:4] == [1, 2, 4, 8]


@pytest.mark.parametrize(
    "error",
    [NoAnswer("no answer"), CommandFailed("history", "unknown_error", "database is locked")],
)
async def test_no_answer(autojump_clock: trio.testing.MockClock, error: Exception) -> None:
    """What was not answered is asked again, after a rest, and for less at once."""
    past = SlowPast(fails=[error])

    await go(past)

    assert past.asked[0].first == past.asked[1].first
    assert lengths(past)[1] < lengths(past)[0]
    assert past.asked[-1].last == 48 * HOUR
    assert trio.current_time() > walk_module.RETRY_SECONDS


async def test_never_an_answer(autojump_clock: trio.testing.MockClock) -> None:
    """When not even the smallest question is answered, the import says so and ends."""
    past = SlowPast(fails=[NoAnswer("the recorder is stuck") for _ in range(100)])

    with pytest.raises(ImportFailed, match="the recorder is stuck"):
        await go(past)

    assert len(past.asked) < 20


@pytest.mark.parametrize(("took", "pause"), [(0.0, 0.01), (0.001, 0.01), (1.0, 3.0)])
def test_pauses(took: float, pause: float) -> None:
    """Three times as long as the answer took, and never not at all."""
    assert pause == pytest.approx(pause_after(took))


@pytest.mark.parametrize(
    ("size", "took", "weight"), [(500, 0.1, 500), (500, AIM_SECONDS, 1000), (0, 1.0, 2000)]
)
def test_weights(size: int, took: float, weight: int) -> None:
    """Whichever is greater of its size and its slowness, measured by what each should be."""
    assert weight == weight_of(size, took, 1000)
