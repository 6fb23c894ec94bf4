# ruff: noqa: D102 - what read, write and schema do is said once, in Kind
"""Kinds that are an amount within bounds: counts, durations, sizes."""

from attrs import frozen

from trio_ingest.config.kinds.kind import JsonSchema, Kind, text_schema
from trio_ingest.config.kinds.units import (
    BYTES,
    MILLISECONDS,
    format_duration,
    format_size,
    parse_duration,
    parse_size,
    pattern_of,
)
from trio_ingest.config.problems import Misfit, shown


@frozen(eq=False, repr=False)
class Count(Kind):
    """A whole number within bounds."""

    least: int
    most: int

    def read(self, raw: object) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool):
            raise Misfit(f"{shown(raw)} is not a whole number", f"Write {self}, unquoted.")
        if not self.least <= raw <= self.most:
            raise Misfit(f"{raw} is out of bounds", f"Write {self}.")
        return raw

    def schema(self) -> JsonSchema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def __str__(self) -> str:
        return f"a number from {self.least} to {self.most}"


@frozen(eq=False, repr=False)
class Duration(Kind):
    """A length of time; the value is in seconds."""

    least: float
    most: float

    def read(self, raw: object) -> float:
        seconds = parse_duration(raw)
        if not self.least <= seconds <= self.most:
            raise Misfit(f"{shown(raw)} is out of bounds", f"Write {self}.")
        return seconds

    def write(self, value: float) -> str:
        return format_duration(value)

    def schema(self) -> JsonSchema:
        return text_schema(pattern_of(MILLISECONDS))

    def __str__(self) -> str:
        return f"a duration from {self.write(self.least)} to {self.write(self.most)}"


@frozen(eq=False, repr=False)
class Size(Kind):
    """A number of bytes."""

    least: int
    most: int

    def read(self, raw: object) -> int:
        size = parse_size(raw)
        if not self.least <= size <= self.most:
            raise Misfit(f"{shown(raw)} is out of bounds", f"Write {self}.")
        return size

    def write(self, value: int) -> str:
        return format_size(value)

    def schema(self) -> JsonSchema:
        return text_schema(pattern_of(BYTES))

    def __str__(self) -> str:
        return f"a size from {self.write(self.least)} to {self.write(self.most)}"
