"""One line of JSON for the embedded database, in UTF-8 whatever is in it."""

import json
from collections.abc import Callable
from typing import Any

import msgspec

_encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode


def json_line(row: Any) -> str:
    """Return *row* as compact JSON, without a newline."""
    try:
        return _encode(row).decode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON may hold and UTF-8 may not
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace").decode()
