"""Durations and sizes, as people write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_ingest.config.kinds.units import (
    format_duration,
    format_size,
    parse_duration,
    parse_size,
)
from trio_ingest.config.problems import Misfit


@given(st.integers(0, 10**12))
@settings(deadline=None, max_examples=200)
def test_duration_returns(milliseconds: int):
    """What is written for a duration is read as the same duration."""
    seconds = milliseconds / 1000

    assert seconds == parse_duration(format_duration(seconds))


@given(st.integers(0, 2**60))
@settings(deadline=None, max_examples=200)
def test_size_returns(size: int):
    """What is written for a size is read as the same size."""
    assert size == parse_size(format_size(size))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25),
        ("30s", 30.0),
        ("1.5 s", 1.5),
        ("5m", 300.0),
        ("2h", 7200.0),
        ("10d", 864_000.0),
        ("0.1s", 0.1),
    ],
)
def test_durations(text: str, seconds: float):
    """A duration is a number and a unit."""
    assert seconds == parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [("64 MiB", 64 * 1024**2), ("1GiB", 1024**3), ("500 kB", 500_000), ("1.5 KiB", 1536)],
)
def test_sizes(text: str, size: int):
    """A size is a number and a unit, of thousands or of 1024."""
    assert size == parse_size(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.25, "250ms"), (60.0, "1m"), (90.0, "90s"), (864_000.0, "10d")]
)
def test_shortest(seconds: float, text: str):
    """A duration is written in the unit that needs the fewest digits."""
    assert text == format_duration(seconds)


@pytest.mark.parametrize("raw", ["-1s", "1e3s", "s", "1 s s", "1s\n", "٣s", "", None, [], True])
def test_no_duration(raw: object):
    """Whatever else is there is no duration."""
    with pytest.raises(Misfit, match="is not a duration"):
        parse_duration(raw)
