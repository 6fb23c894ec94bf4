"""The pieces of a line, such that every engine takes them: InfluxDB 1, 2 and 3, VictoriaMetrics.

The specification leaves room, and the engines fill it differently. What one of them refuses or
misreads is replaced: control characters (VictoriaMetrics ends a line at a newline also within
quotes, InfluxDB 3 ends a name at a tab or NUL), halves of surrogate pairs (they are no UTF-8) and
backslashes in names and tags (some engines unescape them, some do not). What is too long is cut.
"""

import re
from collections.abc import Collection

LONGEST_STRING_BYTES = 64 * 1024
"""InfluxDB 2 and 3 refuse longer ones."""
LONGEST_NAME_BYTES = 512
"""Leaves room for some thirty tags: measurement and tags have to stay below 64 KiB, escaped."""

_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_NOT_PLAIN = re.compile('[\x00-\x1f\x7f\ud800-\udfff\\\\"]')
_SURELY_SHORT = LONGEST_STRING_BYTES // 4  # a character has up to four bytes
_REPLACEMENT_CHARACTER = "\ufffd"
_IN_MEASUREMENT = str.maketrans({",": r"\,", " ": r"\ "})
_IN_KEY = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})


def measurement(name: str) -> str:
    """Return *name* as a measurement: no `=`, and `entity` before what must not come first."""
    text = safe_name(name).replace("=", "_")
    if not text or text.startswith(("_", "#")):
        text = f"entity{text}"
    return text.translate(_IN_MEASUREMENT)


def key(name: str) -> str:
    """Return *name*, which is safe already, as it stands for a tag's or a field's key."""
    return name.translate(_IN_KEY)


def tag_value(text: str) -> str:
    """Return *text* as the value of a tag. An empty one has to be left out by the caller."""
    return safe_name(text).translate(_IN_KEY)


def string_value(text: str) -> str:
    """Return *text* as the value of a string field, cut to what every engine takes."""
    if len(text) > _SURELY_SHORT or _NOT_PLAIN.search(text):
        text = _cut(_writable(text), LONGEST_STRING_BYTES)
        text = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{text}"'


def fits_string(text: str) -> bool:
    """Say whether *text* can be the value of a string field without being cut."""
    return len(text.encode("utf-8", "surrogatepass")) <= LONGEST_STRING_BYTES


def float_value(number: float) -> str:
    """Return the shortest decimal that reads back as the same finite float64."""
    return repr(number)


def safe_name(text: str) -> str:
    """Return *text* without what no name or tag may hold, and no longer than a name may be."""
    return _cut(_writable(text).replace("\\", "/"), LONGEST_NAME_BYTES)


def _writable(text: str) -> str:
    """Put a blank for each control character, U+FFFD for each half of a surrogate pair."""
    return _UNWRITABLE.sub(_stand_in, text)


def _stand_in(unwritable: re.Match[str]) -> str:
    return " " if unwritable[0] <= "\x7f" else _REPLACEMENT_CHARACTER


def _cut(text: str, longest_bytes: int) -> str:
    """Cut *text* at the last whole character that fits into *longest_bytes* of UTF-8."""
    if len(text) * 4 <= longest_bytes:
        return text
    return text.encode()[:longest_bytes].decode(errors="ignore")


def tag_name(name: str, fields: Collection[str]) -> str:
    """Return a name that a tag may have: none of the *fields*' names, and no reserved one."""
    safe = safe_name(name)
    is_taken = not safe or safe == "time" or safe.startswith("_") or safe in fields
    return f"tag_{safe}" if is_taken else safe
