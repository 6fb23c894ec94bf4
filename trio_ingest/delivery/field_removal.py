"""Takes one field out of a line of line protocol, and changes nothing else in it."""

import re

from attrs import frozen

# As InfluxDB reads it: before the fields a blank counts unless a backslash is before it, whatever
# stands before that; among the fields each backslash takes along what follows, and quotes count in
# values only.
_SERIES = re.compile(rb"(?:[^ ]|(?<=\\) )+")
_FIELD = re.compile(rb'((?:\\.|[^\\=, ])+)=("(?:\\.|[^"\\])*"|[^," ]+)', re.DOTALL)

# Servers tell names without their escapes; what they take for one differs.
_ESCAPES = (re.compile(rb"\\([,= ])"), re.compile(rb'\\([,= "])'), re.compile(rb"\\([,= \\])"))


@frozen(kw_only=True)
class Parted:
    """A line in two, both of one series and one instant."""

    rest: bytes
    """The line without the field."""
    removed: bytes
    """The line with that field only."""


def without_field(line: bytes, name: str) -> Parted | None:
    """Part the field called *name* from *line*; None when it is not there, or the only one."""
    series = _SERIES.match(line)
    if series is None:
        return None
    fields, end = _fields_of(line, series.end() + 1)
    timestamp = line[end:]
    wanted = name.encode("utf-8", "surrogatepass")
    removed = [text for key, text in fields if wanted in _readings(key)]
    rest = [text for key, text in fields if wanted not in _readings(key)]
    is_read_whole = timestamp == b"" or timestamp.startswith(b" ")
    if not (removed and rest and is_read_whole):
        return None
    return Parted(
        rest=series[0] + b" " + b",".join(rest) + timestamp,
        removed=series[0] + b" " + b",".join(removed) + timestamp,
    )


def _fields_of(line: bytes, start: int) -> tuple[list[tuple[bytes, bytes]], int]:
    """Return the keys of the fields from *start* on, each with its whole field, and their end."""
    fields: list[tuple[bytes, bytes]] = []
    end = start
    while found := _FIELD.match(line, end if not fields else end + 1):
        fields.append((found[1], found[0]))
        end = found.end()
        if line[end : end + 1] != b",":
            break
    return fields, end


def _readings(key: bytes) -> set[bytes]:
    """Return how servers may call the field with this *key*."""
    return {key, *(escape.sub(rb"\1", key) for escape in _ESCAPES)}
