"""How Home Assistant's `influxdb` integration reads states and attributes: as text, number or both.

Much of it is what Python's own `float()` and `str()` do: "1_0", "1e5" and digits of any script are
numbers, and there is None, True and ['a'] in texts. That is kept, for dashboards were built on it.
"""

import re
from typing import Any

from msgspec import Struct

LONGEST_STRING_BYTES = 1024 * 1024
"""InfluxDB 1.8 and 2 refuse longer ones."""

_SURELY_SHORT = LONGEST_STRING_BYTES // 4  # a character has up to four bytes
_WORDS = {
    "on": 1.0,
    "locked": 1.0,
    "above_horizon": 1.0,
    "open": 1.0,
    "home": 1.0,
    "off": 0.0,
    "unlocked": 0.0,
    "below_horizon": 0.0,
    "closed": 0.0,
    "not_home": 0.0,
}
_NO_PART_OF_A_NUMBER = re.compile(r"[^\d.]+")
_TWO_DIGITS = {0: re.compile(r"\d\d"), 1: re.compile(r"\d\.\d")}


class Reading(Struct, frozen=True, gc=False):
    """What a state or an attribute is read as.

    The text is written already, with its quotes; the number is not, and may be NaN or infinite.
    """

    text: str | None = None
    number: float | None = None


NOTHING = Reading()


def read_state(state: str) -> Reading:
    """Read a state: a number is that alone, a word may stand for one, and is kept beside it."""
    try:
        return Reading(number=float(state))
    except ValueError:
        return Reading(string_value(single_line(state)), _WORDS.get(state))


def read_attribute(value: Any) -> Reading:
    """Read an attribute: a number, or its text, with the digits in the text where there are some.

    An integer that no float can hold, and what is nested too deep to be written, is nothing at all.
    """
    try:
        return Reading(number=float(value))
    except OverflowError:
        return NOTHING
    except (TypeError, ValueError):
        text = text_of(value)
    return NOTHING if text is None else Reading(string_value(text), digits_of(text))


def digits_of(text: str) -> float | None:
    """Return all digits of *text* as one number: 12.0 of "12 V", 125.0 of "12,5".

    There has to be a pair of digits, and at most one point, which must stand between two.
    """
    pair = _TWO_DIGITS.get(text.count("."))
    if pair is None or not pair.search(text):
        return None
    return float(_NO_PART_OF_A_NUMBER.sub("", text))


def text_of(value: Any) -> str | None:
    """Return *value*, any JSON, as Python writes it, in one line; None when it is too deep."""
    if isinstance(value, str):
        return single_line(value)
    try:
        return str(value)
    except (RecursionError, ValueError):
        return None


def single_line(text: str) -> str:
    """Return *text* with a blank for each line break, and none at its end."""
    return " ".join(text.splitlines())


def string_value(text: str) -> str | None:
    """Return *text*, a single line, as the value of a string field; None when it is too long."""
    if len(text) > _SURELY_SHORT and len(text.encode("utf-8", "surrogatepass")) > (
        LONGEST_STRING_BYTES
    ):
        return None
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'
