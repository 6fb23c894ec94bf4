"""Which states are numbers."""

import re
from collections.abc import Sequence
from functools import lru_cache
from math import isfinite

_WORDS = {
    "on": 1.0,
    "off": 0.0,
    "open": 1.0,
    "closed": 0.0,
    "home": 1.0,
    "not_home": 0.0,
    "locked": 1.0,
    "unlocked": 0.0,
    "above_horizon": 1.0,
    "below_horizon": 0.0,
}

# `float()` alone would also take "1_0", digits of other scripts, "nan" and "infinity".
_DECIMAL = re.compile(r"[ \t\r\n]*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\r\n]*")

REMEMBERED_STATES = 4096
"""Most states are one of a few words, or a reading that has been there before."""

_NOT_FINITE = frozenset({"nan", "inf", "infinity"})


@lru_cache(REMEMBERED_STATES)
def number_of(state: str) -> float | None:
    """Return the number that *state* stands for, or None when it stands for none.

    A number is a finite decimal in ASCII digits, with or without sign, point, exponent and blanks
    around it; the result is the float64 nearest to it. Some pairs of words are 1.0 and 0.0. What a
    float64 cannot hold ("1e400") is no number.
    """
    if not _DECIMAL.fullmatch(state):
        return _WORDS.get(state)
    number = float(state)
    return number if isfinite(number) else None


@lru_cache(REMEMBERED_STATES)
def is_not_finite(state: str) -> bool:
    """Say whether *state* spells a number that no database takes: NaN or an infinity."""
    return state.strip().lower().lstrip("+-") in _NOT_FINITE


def number_not_finite(states: Sequence[str]) -> int:
    """Return how many of *states* spell one."""
    all_of_them = "\n".join(states).lower()  # two looks at these are cheaper than one at each
    if "nan" in all_of_them or "inf" in all_of_them:
        return sum(map(is_not_finite, states))
    return 0
