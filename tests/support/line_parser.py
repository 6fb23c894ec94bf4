"""A strict reader of line protocol, for tests: it takes only what every engine takes.

Written after the specification of InfluxDB 2 and independent of what writes our lines. Stricter
than any server: no control characters, no backslash in names except before what needs it, no
empty or reserved names, no name twice, also not as tag and field, floats and strings only.
"""

import re
from collections.abc import Mapping

from attrs import frozen

LONGEST_STRING_BYTES = 65_536
LONGEST_SERIES_BYTES = 65_535

_FLOAT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_CONTROL = re.compile("[\x00-\x1f\x7f]")


class NotLineProtocol(ValueError):  # noqa: N818 - named for what it means
    """Some engine would not take this line, or not as it is meant."""


@frozen(kw_only=True)
class ParsedPoint:
    """What a line says."""

    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, float | str]
    time: int


def parse_strictly(line: str) -> ParsedPoint:
    """Return what *line* says. Raises NotLineProtocol."""
    line.encode()
    check(not _CONTROL.search(line), "control character")
    scanner = _Scanner(line)
    measurement = scanner.name(special=", ", ends=", ")
    check(not measurement.startswith(("_", "#")) and "=" not in measurement, "measurement")
    tags: dict[str, str] = {}
    while scanner.take(","):
        key = scanner.key()
        check(key not in tags, f"tag {key!r} comes twice")
        tags[key] = scanner.name(special=",= ", ends=", ")
    check(len(line[: scanner.at].encode()) <= LONGEST_SERIES_BYTES, "series too long")
    scanner.expect(" ")
    fields: dict[str, float | str] = {}
    while True:
        key = scanner.key()
        check('"' not in key, f"quote in field {key!r}")
        check(key not in fields and key not in tags, f"{key!r} comes twice")
        fields[key] = scanner.value()
        if not scanner.take(","):
            break
    scanner.expect(" ")
    time = line[scanner.at :]
    check(re.fullmatch(r"-?[0-9]+", time) is not None, "timestamp")
    return ParsedPoint(measurement=measurement, tags=tags, fields=fields, time=int(time))


class _Scanner:
    def __init__(self, line: str) -> None:
        self.line = line
        self.at = 0

    def take(self, char: str) -> bool:
        found = self.line.startswith(char, self.at)
        self.at += found
        return found

    def expect(self, char: str) -> None:
        check(self.take(char), f"{char!r} expected at {self.at}")

    def name(self, *, special: str, ends: str) -> str:
        """Read up to one of *ends*; each of the *special* characters is escaped."""
        name = ""
        while self.at < len(self.line) and self.line[self.at] not in ends:
            if self.take("\\"):
                check(self.line[self.at : self.at + 1] in tuple(special), "backslash in a name")
            else:
                check(self.line[self.at] not in special, "special character without escape")
            name += self.line[self.at]
            self.at += 1
        check(name != "", "empty name")
        return name

    def key(self) -> str:
        key = self.name(special=",= ", ends="=")
        check(key != "time" and not key.startswith("_"), f"reserved name {key!r}")
        self.expect("=")
        return key

    def value(self) -> float | str:
        if self.take('"'):
            return self.string()
        number = _FLOAT.match(self.line, self.at)
        if number is None:
            raise NotLineProtocol(f"no value at {self.at}")
        self.at = number.end()
        return float(number[0])

    def string(self) -> str:
        characters = []
        while not self.take('"'):
            if self.take("\\"):
                check(self.line[self.at : self.at + 1] in ("\\", '"'), "backslash in a string")
            check(self.at < len(self.line), "string without end")
            characters.append(self.line[self.at])
            self.at += 1
        text = "".join(characters)
        check(len(text.encode()) <= LONGEST_STRING_BYTES, "string too long")
        return text


def check(is_right: bool, problem: str) -> None:
    if not is_right:
        raise NotLineProtocol(problem)
