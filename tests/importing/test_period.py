"""From when to when: by the clock on the wall of the home."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from trio_ingest.importing.period import (
    Period,
    WrongPeriod,
    make_period,
    read_moment,
    to_instant,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CHATHAM = ZoneInfo("Pacific/Chatham")
SECOND = 1_000_000
NOW = 1_795_000_000 * SECOND


def seconds(text: str, zone: ZoneInfo) -> int:
    return to_instant(read_moment(text), zone) // SECOND


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-11-13", AMSTERDAM, "2026-11-12T23:00:00+00:00"),
        ("2026-07-13", AMSTERDAM, "2026-07-12T22:00:00+00:00"),
        ("2026-11-13", CHATHAM, "2026-11-12T10:15:00+00:00"),
        ("2026-11-13T20:30", AMSTERDAM, "2026-11-13T19:30:00+00:00"),
        ("2026-11-13T20:30+05:00", AMSTERDAM, "2026-11-13T15:30:00+00:00"),
        ("2026-11-13T20:30Z", CHATHAM, "2026-11-13T20:30:00+00:00"),
        ("2026-03-29T02:30", AMSTERDAM, "2026-03-29T01:30:00+00:00"),  # there is no such time
        ("2026-10-25T02:30", AMSTERDAM, "2026-10-25T00:30:00+00:00"),  # there are two
    ],
)
def test_by_the_clock_of_the_home(text: str, zone: ZoneInfo, utc: str) -> None:
    """A day is the midnight that it begins with there; who names an offset means that."""
    assert datetime.fromisoformat(utc).timestamp() == seconds(text, zone)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-11-31", "13.11.2026", "1"])
def test_no_moment(text: str) -> None:
    """What is no day and no time is refused."""
    with pytest.raises(ValueError, match=r"."):
        read_moment(text)


def test_up_to_now() -> None:
    """Without an end, or with one that is still to come, it ends now."""
    for end in (None, NOW + 1000 * SECOND):
        period = make_period(NOW - 100 * SECOND, end, newest=NOW - 5 * SECOND, now=NOW)

        assert Period(first=NOW - 100 * SECOND, last=NOW) == period


def test_the_end_does_not_belong_to_it() -> None:
    """Periods that meet have nothing in common, and nothing between them."""
    first = make_period(NOW - 9, NOW - 5, newest=NOW, now=NOW)
    second = make_period(NOW - 5, NOW - 1, newest=NOW, now=NOW)

    assert first.last == second.first


@pytest.mark.parametrize(
    ("start", "end", "word"),
    [
        (NOW + 10 * SECOND, None, "future"),
        (NOW, NOW, "after --from"),
        (NOW, NOW - 10 * SECOND, "after --from"),
    ],
)
def test_wrong_periods(start: int, end: int | None, word: str) -> None:
    """What cannot be meant is said, with the instants in question."""
    with pytest.raises(WrongPeriod, match=word):
        make_period(start, end, newest=NOW - SECOND, now=NOW)


def test_a_home_whose_clock_is_ahead() -> None:
    """What Home Assistant says has happened does not lie in the future."""
    period = make_period(NOW + 10, None, newest=NOW + 20, now=NOW)

    assert Period(first=NOW + 10, last=NOW + 21) == period


def test_the_ends_of_the_calendar() -> None:
    """What is a moment by one clock and none by another is no traceback; before 1970 was nothing."""
    with pytest.raises(WrongPeriod):
        to_instant(read_moment("0001-01-01"), CHATHAM)

    assert 0 == make_period(-5 * SECOND, None, newest=NOW, now=NOW).first
    assert Period(first=0, last=0) == make_period(-5, -1, newest=NOW, now=NOW)
