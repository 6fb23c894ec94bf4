"""Takes apart the plain lines that tests of the InfluxDB sink write."""

import re
from collections.abc import Mapping

from attrs import frozen

Value = float | int | bool | str

_LINE = re.compile(
    r"""(?P<measurement> (?: [^\\, ] | \\. )+ )
        (?P<tags> (?: , (?: [^\\,=\ ] | \\. )+ = (?: [^\\,=\ ] | \\. )+ )* )
        [ ]
        (?P<fields> (?: [^"\\ ] | \\. | " (?: [^"\\] | \\. )* " )+ )
        [ ]
        (?P<time> -?\d+ )""",
    re.VERBOSE,
)
_PAIR = re.compile(r"""((?:[^\\,=]|\\.)+)=("(?:[^"\\]|\\.)*"|(?:[^\\,"]|\\.)+)""")


class BadLine(ValueError):  # noqa: N818 - named for what it means
    """The line is not line protocol."""


@frozen(kw_only=True)
class Point:
    """What a line says."""

    line: str
    measurement: str
    series: str
    tags: Mapping[str, str]
    fields: Mapping[str, Value]
    time: int


def parse_line(line: str) -> Point:
    """Return the point of *line*. Raises BadLine."""
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise BadLine("invalid field format")
    return Point(
        line=line,
        measurement=unescaped(parts["measurement"]),
        series=unescaped(parts["measurement"]) + parts["tags"],
        tags={unescaped(key): unescaped(value) for key, value in _PAIR.findall(parts["tags"])},
        fields={unescaped(key): value_of(text) for key, text in _PAIR.findall(parts["fields"])},
        time=int(parts["time"]),
    )


def value_of(text: str) -> Value:
    """Return what a field's text stands for."""
    if text.startswith('"'):
        return re.sub(r"\\([\"\\])", r"\1", text[1:-1])
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text[:-1]) if text.endswith("i") else float(text)
    except ValueError:
        raise BadLine("invalid number") from None


def unescaped(text: str) -> str:
    """Undo the escapes of names and tag values."""
    return re.sub(r"\\([,= ])", r"\1", text)
