"""One line of JSON for the embedded database, in UTF-8 whatever is in it."""

import json
from collections.abc import Callable
from typing import Any

import msgspec

_encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode
_decode: Callable[[Any], Any] = msgspec.json.Decoder().decode


def json_line(row: Any) -> str:
    """Return *row* as compact JSON, without a newline; what is `Raw` in it is JSON already."""
    try:
        return _encode(row).decode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON may hold and UTF-8 may not
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_decode)
        return text.encode("utf-8", "replace").decode()
