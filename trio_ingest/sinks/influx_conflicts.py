"""Finds the field that an InfluxDB names when it refuses a line for the type of one.

Its name stands there as the server understood it, without the escapes of the line.
"""

import re
from collections.abc import Mapping

# InfluxDB 1.6.7 and 2: field type conflict: input field "state" on measurement "W" is type string,
# already exists as type float. InfluxDB 3: invalid column type for column 'state', expected
# iox::column_type::field::float, got iox::column_type::field::string.
_CONFLICTS = (
    re.compile(r'field type conflict: input field "(.+?)" on measurement "', re.DOTALL),
    re.compile(r"invalid column type for column '(.+?)', expected ", re.DOTALL),
)


def conflicting_field(words: str) -> str | None:
    """Return the field whose type *words* find fault with; None when they speak of other things."""
    for conflict in _CONFLICTS:
        found = conflict.search(words)
        if found:
            return found[1]
    return None


def conflicts_in(bad_lines: Mapping[int, str]) -> dict[int, str]:
    """Return the fields that are to blame, by the numbers of the lines they stand in."""
    fields = {number: conflicting_field(words) for number, words in bad_lines.items()}
    return {number: name for number, name in fields.items() if name is not None}
