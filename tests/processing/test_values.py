"""Which states are numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_ingest.processing.values import number_of


@pytest.mark.parametrize(
    ("state", "number"),
    [
        ("21.5", 21.5),
        ("-3", -3.0),
        ("+3", 3.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1.5E-3", 0.0015),
        (" 7\t\n", 7.0),
        ("007", 7.0),
        ("1e-400", 0.0),
        ("on", 1.0),
        ("off", 0.0),
        ("open", 1.0),
        ("closed", 0.0),
        ("home", 1.0),
        ("not_home", 0.0),
        ("locked", 1.0),
        ("unlocked", 0.0),
        ("above_horizon", 1.0),
        ("below_horizon", 0.0),
    ],
)
def test_numbers(state: str, number: float) -> None:
    """Decimal numbers are numbers, and so are some pairs of words."""
    assert number_of(state) == number


@pytest.mark.parametrize(
    "state",
    [
        "",
        " ",
        ".",
        "-",
        "e5",
        "1e",
        "1_0",
        "1,5",
        "1 2",
        "--1",
        "0x10",
        "１２",  # noqa: RUF001 - full-width digits are the point
        "٣",
        "nan",
        "inf",
        "-Infinity",
        "1e400",
        "9" * 400,
        "On",
        " on",
        "unavailable",
        "unknown",
        "12,5",
        "1.234,5",
        "1'000",
        "1 000",
        "−5",  # noqa: RUF001 - the minus of typographers
        "50 %",
        "21.5 °C",
        "192.168.1.1",
        "10.0.0.0/8",
        "2026-11-23",
        "23.11.2026",
        "2026-11-23T21:34:00+00:00",
        "12:30",
        "12:30:00",
        "2026.11.0",
        "v1.2",
        "1.2.3",
        "1.0-rc1",
        "50 Main Street",
        "+49 30 901820",
        "00:1A:2B:3C:4D:5E",
    ],
)
def test_no_numbers(state: str) -> None:
    """What is no finite decimal number is none, whatever `float` would make of it."""
    assert number_of(state) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_survives(number: float) -> None:
    """The text of a float64 is read as that very float64, down to the sign of zero."""
    read = number_of(repr(number))

    assert repr(read) == repr(number)


@given(st.text(st.characters(), max_size=255))
def test_any_state_has_an_answer(state: str) -> None:
    """No text makes the rule raise."""
    number_of(state)
