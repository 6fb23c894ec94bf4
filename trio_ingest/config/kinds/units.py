"""Durations and sizes as people write them: "250ms", "10d", "64 MiB"."""

import re
from collections.abc import Mapping
from decimal import Decimal

from trio_ingest.config.problems import Misfit, shown

MILLISECONDS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
BYTES = {
    "TiB": 1024**4,
    "GiB": 1024**3,
    "MiB": 1024**2,
    "KiB": 1024,
    "TB": 1000**4,
    "GB": 1000**3,
    "MB": 1000**2,
    "kB": 1000,
    "B": 1,
}


def pattern_of(units: Mapping[str, int]) -> str:
    """Return the regular expression of a number with one of *units*."""
    return rf"^([0-9]+(?:\.[0-9]+)?) ?({'|'.join(units)})$"


def parse_duration(raw: object) -> float:
    """Return the seconds that *raw* says, to the millisecond. Raises Misfit."""
    remedy = 'Write a number and its unit (ms, s, m, h or d), such as "250ms" or "5m".'
    return parse(raw, MILLISECONDS, "duration", remedy) / 1000


def parse_size(raw: object) -> int:
    """Return the bytes that *raw* says. Raises Misfit."""
    remedy = 'Write a number and its unit (B, kB, MB, GB, KiB, MiB, GiB …), such as "64 MiB".'
    return parse(raw, BYTES, "size", remedy)


def parse(raw: object, units: Mapping[str, int], noun: str, remedy: str) -> int:
    """Return *raw* in whole smallest units; what is finer than those is cut off."""
    is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
    if is_number or (isinstance(raw, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", raw)):
        raise Misfit(f"{shown(raw)} is a number without a unit", remedy)
    match = re.fullmatch(pattern_of(units), raw, re.ASCII) if isinstance(raw, str) else None
    if match is None:
        raise Misfit(f"{shown(raw)} is not a {noun}", remedy)
    number, unit = match.groups()
    return int(Decimal(number) * units[unit])


def format_duration(seconds: float) -> str:
    """Return the shortest way to write *seconds*, to the millisecond."""
    return write(round(seconds * 1000), MILLISECONDS, "")


def format_size(size: int) -> str:
    """Return the shortest way to write *size* bytes."""
    return write(size, BYTES, " ")


def write(amount: int, units: Mapping[str, int], blank: str) -> str:
    """Return *amount* in the unit that needs the fewest digits; nothing is rounded."""
    exact = [(amount // size, unit) for unit, size in units.items() if amount % size == 0]
    number, unit = min(exact, key=lambda each: len(str(each[0]))) if amount else exact[-1]
    return f"{number}{blank}{unit}"
