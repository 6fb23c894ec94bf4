"""Finds the lines that an InfluxDB itself names when it refuses some.

Whatever is found here goes to the quarantine, so a good line must never be: what cannot be told
for certain is left out, and the writer finds it by halving.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from trio_ingest.sinks.influx_words import Answer

# InfluxDB 1 and 2: "partial write: unable to parse 'LINE': REASON\nunable to parse … dropped=0".
_QUOTE = re.compile(r"(?:^|\n)(?:[\w ]+: )*?unable to parse '")
_DROPPED = re.compile(r" dropped=(\d+)\s*$")
_SHORTEST_PREFIX = 40  # quotes that were cut shorter could begin many a good line as well


def find_bad_lines(answer: Answer, lines: Sequence[bytes]) -> Mapping[int, str]:
    """Return the 0-based numbers of the *lines* that *answer* names, and what it says of each."""
    bad = by_number(answer.content, len(lines)) or by_quote(answer.message, lines)
    dropped = _DROPPED.search(answer.message)
    if dropped and 0 < int(dropped[1]) == len(lines):
        return dict.fromkeys(range(len(lines)), answer.message) | dict(bad)
    return bad


def by_number(content: Mapping[str, Any], count: int) -> dict[int, str]:
    """Read InfluxDB 3's `data` (one object, or a list of them) and Serverless's `line`."""
    data = content.get("data")
    entries = data if isinstance(data, list) else [data]
    named = [
        (entry.get("line_number"), entry.get("error_message"))
        for entry in entries
        if isinstance(entry, dict)
    ]
    named.append((content.get("line"), content.get("message")))
    return {
        number - 1: str(reason)
        for number, reason in named
        if isinstance(number, int) and 1 <= number <= count
    }


def by_quote(message: str, lines: Sequence[bytes]) -> dict[int, str]:
    """Read the `unable to parse '…': …` of InfluxDB 1 and 2; its quotes escape nothing."""
    bad: dict[int, str] = {}
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        # The server's parser skips what stands before the measurement, so it is not quoted.
        numbers[line.decode("utf-8", errors="replace").lstrip(" \t\0")].append(number)
    for complaint in _QUOTE.split(_DROPPED.sub("", message))[1:]:
        for quoted, reason in readings(complaint):
            found = numbers.get(quoted) or completions(quoted, numbers)
            if found:
                bad.update(dict.fromkeys(found, reason))
                break
    return bad


def readings(complaint: str) -> Sequence[tuple[str, str]]:
    """Return the ways to part a *complaint* into quote and reason, the longest quote first.

    An open quotation mark makes the parser swallow the lines that follow, and quote them all: the
    first of them is the culprit.
    """
    ends = [found.start() for found in re.finditer("': ", complaint)]
    parted = [(complaint[:end], complaint[end + 3 :]) for end in reversed(ends)]
    swallowed = [(quoted.partition("\n")[0], why) for quoted, why in parted if "\n" in quoted]
    return parted + swallowed


def completions(quoted: str, numbers: Mapping[str, Sequence[int]]) -> Sequence[int]:
    """Return the numbers of the line that *quoted* was cut from, if it can only be one."""
    beginning = quoted.removesuffix("...").removesuffix("…")
    if len(beginning) < _SHORTEST_PREFIX or beginning == quoted:
        return []
    candidates = [line for line in numbers if line.startswith(beginning)]
    return numbers[candidates[0]] if len(candidates) == 1 else []
