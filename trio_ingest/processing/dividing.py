"""Where two JSON objects that are alike differ: one of them in three parts."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from trio_ingest.model.attributes import read_object

_NEXT = b',"'
"""Stands between two members. It may stand elsewhere, too; what is found is read to make sure."""


class Divided(NamedTuple):
    """The JSON up to the first member that differs, that from behind the last, and all parts."""

    head: bytes
    tail: bytes
    before: Mapping[str, Any]
    middle: Mapping[str, Any]
    behind: Mapping[str, Any]


def divide(json: bytes, other: bytes, longest_head: int, longest_tail: int) -> Divided | None:
    """Return *json* divided around all that differs from *other*, or None if it cannot be.

    Head and tail are no longer than they may be; 0: as long as they can be. Each of the parts was
    read by itself and no name is in two of them, so whatever their bytes are, together they are
    the whole.
    """
    same_before, same_behind = _alike(json, other), _alike(json[::-1], other[::-1])
    if longest_head:
        same_before, same_behind = min(same_before, longest_head), min(same_behind, longest_tail)
    start = json.rfind(_NEXT, 0, same_before + 1) + 1 or 1
    end = json.find(_NEXT, len(json) - same_behind)
    if end < 0:
        end = len(json) - 1
    if start >= end or (start == 1 and end == len(json) - 1):
        return None
    before, middle, behind = (
        read_object(b"{%b}" % members)
        for members in (json[1 : start - 1], json[start:end], json[end + 1 : -1])
    )
    if before is None or middle is None or behind is None:
        return None
    if len({*before, *middle, *behind}) != len(before) + len(middle) + len(behind):
        return None
    return Divided(json[:start], json[end:], before, middle, behind)


def _alike(one: bytes, other: bytes) -> int:
    """Return how many bytes at the beginning are the same."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        half = (least + most + 1) // 2
        if one[least:half] == other[least:half]:
            least = half
        else:
            most = half - 1
    return least
