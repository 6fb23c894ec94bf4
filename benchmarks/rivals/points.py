"""A state change as a point of influxdb-client, as its users write it, with all attributes.

And any line as such a point, to compare with what an encoder of ours takes for that line.
"""

import re
from contextlib import suppress
from typing import Any

from attrs import frozen
from influxdb_client import Point, WritePrecision

_ESCAPED = re.compile(r"\\(.)")
_NAME = r"(?:[^\\,= ]|\\.)+"
_MEASUREMENT = re.compile(r"(?:[^\\, ]|\\.)+")
_TAG = re.compile(rf",({_NAME})=({_NAME})")
_FIELD = re.compile(rf'[ ,]({_NAME})=("(?:[^"\\]|\\.)*"|[^", ]+)')


@frozen(kw_only=True)
class ParsedLine:
    """What is in a line, unescaped."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, str | float]
    time: int


def parsed_line(line: str) -> ParsedLine:
    head = re.match(rf"{_MEASUREMENT.pattern}(?:{_TAG.pattern})*", line)
    assert head is not None
    measurement = _MEASUREMENT.match(line)
    assert measurement is not None
    found = _FIELD.findall(line, head.end())
    return ParsedLine(
        measurement=unescaped(measurement[0]),
        tags={
            unescaped(name): unescaped(value)
            for name, value in _TAG.findall(line, measurement.end(), head.end())
        },
        fields={
            unescaped(name): unescaped(value[1:-1]) if value[0] == '"' else float(value)
            for name, value in found
        },
        time=int(line.rpartition(" ")[2]),
    )


def unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def point_like(line: ParsedLine) -> Point:
    point = Point(line.measurement)
    for name, value in line.tags.items():
        point.tag(name, value)
    for name, content in line.fields.items():
        point.field(name, content)
    return point.time(line.time, WritePrecision.US)


def point_of(event: dict[str, Any]) -> Point:
    data = event["data"]
    entity_id, state = data["entity_id"], data["new_state"]
    point = Point(entity_id.partition(".")[0]).tag("entity_id", entity_id)
    point.time(event["time_fired"] if state is None else state["last_updated"])
    if state is None:
        return point.field("state", "removed")
    point.field("state", state["state"])
    with suppress(ValueError):
        point.field("value", float(state["state"]))
    for name, value in state["attributes"].items():
        if isinstance(value, bool | int | float):
            point.field(name, float(value))
        elif value is not None:
            point.field(f"{name}_str", str(value))
    return point
