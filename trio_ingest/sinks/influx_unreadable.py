"""Recognises an answer that cannot be read because the server repeats in it what it was sent.

InfluxDB 1.6.7 repeats a line that it refuses, or the names of its measurement and field, in the
header `X-Influxdb-Error`. Of the control characters in there it mends line breaks only, and no
header may hold a NUL.
"""

import re
from collections.abc import Sequence

from attrs import frozen

from trio_ingest.bare_httpx import httpx

_ILLEGAL_HEADER = "illegal header line"  # the words of h11, which have no type of their own
_CONTROL_CHARACTER = re.compile(b"[\x00-\x1f\x7f]")


@frozen(kw_only=True)
class Unreadable:
    """The server has answered, but nobody can tell what. `reason` has what was seen of it."""

    reason: str


def is_unreadable(error: httpx.RequestError) -> bool:
    """Say whether *error* means an answer with a header that is none: no lost connection."""
    return isinstance(error, httpx.RemoteProtocolError) and str(error).startswith(_ILLEGAL_HEADER)


def may_repeat(lines: Sequence[bytes]) -> bool:
    """Say whether there is anything in *lines* that spoils a header when it is repeated."""
    return any(_CONTROL_CHARACTER.search(line) for line in lines)
