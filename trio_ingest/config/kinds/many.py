# ruff: noqa: D102 - what read, write and schema do is said once, in Kind
"""Kinds that hold many values: lists of names, tables of labels, tables of numbers for words."""

import re
import sys
from collections.abc import Mapping, Sequence

from attrs import frozen

from trio_ingest.config.kinds.kind import JsonSchema, Kind, text_schema
from trio_ingest.config.kinds.plain import Text
from trio_ingest.config.problems import Misfit, shown

MAPPED = "^[a-z0-9_]+(:[a-z0-9_]+)?$"


@frozen(eq=False, repr=False)
class Names(Kind):
    """A list of strings, each of which fits *pattern*; *example* is one that does.

    Those of *refused* fit and cannot be used all the same.
    """

    pattern: str
    example: str
    refused: Sequence[str] = ()

    def read(self, raw: object) -> tuple[str, ...]:
        if not isinstance(raw, list):
            raise Misfit(f"{shown(raw)} is not a list", f'Write a list such as ["{self.example}"].')
        for name in raw:
            if not isinstance(name, str) or not re.fullmatch(self.pattern, name):
                remedy = f'Write names such as "{self.example}".'
                raise Misfit(f"{shown(name)} cannot be in this list", remedy)
            if name in self.refused:
                raise Misfit(f"{shown(name)} cannot be in this list", "Leave it out.")
        return tuple(raw)

    def write(self, value: Sequence[str]) -> list[str]:
        return list(value)

    def schema(self) -> JsonSchema:
        items = text_schema(self.pattern)
        if self.refused:
            items["not"] = {"enum": [*self.refused]}
        return {"type": "array", "items": items}

    def __str__(self) -> str:
        return f'list of strings like "{self.example}"'


@frozen(eq=False, repr=False)
class Labels(Kind):
    """A table of strings. Names of *taken* are refused.

    What is wrong with a value is said without repeating it: one of them may be a secret.
    """

    taken: Sequence[str] = ()

    def read(self, raw: object) -> Mapping[str, str]:
        if not isinstance(raw, dict):
            raise Misfit("is not a table", 'Write { name = "value" }.')
        for name, value in raw.items():
            if not name:
                raise Misfit('"" cannot be a name here', "Choose one that is not empty.")
            if name in self.taken:
                remedy = f"Choose one that is none of {', '.join(self.taken)}."
                raise Misfit(f"{shown(name)} cannot be a name here", remedy)
            if not isinstance(value, str) or not value:
                raise Misfit(f"{shown(name)} has no text", f'Write {{ {name} = "value" }}.')
        return dict(raw)

    def write(self, value: Mapping[str, str]) -> dict[str, str]:
        return dict(value)

    def schema(self) -> JsonSchema:
        return {
            "type": "object",
            "propertyNames": {"minLength": 1, "not": {"enum": [*self.taken]}},
            "additionalProperties": Text().schema(),
        }

    def __str__(self) -> str:
        return 'table such as { name = "value" }'


@frozen(eq=False, repr=False)
class ValueMaps(Kind):
    """Tables of numbers for words, by domain (`person`), or domain and class (`sensor:enum`)."""

    def read(self, raw: object) -> Mapping[str, Mapping[str, float]]:
        if not isinstance(raw, dict):
            raise Misfit(f"{shown(raw)} is not a table", f"Write {self}.")
        return {name: self._numbers(name, words) for name, words in raw.items()}

    def _numbers(self, name: str, words: object) -> Mapping[str, float]:
        if not re.fullmatch(MAPPED, name):
            remedy = 'Write a domain, or a domain and a device class such as "sensor:enum".'
            raise Misfit(f"{shown(name)} names no entities", remedy)
        if not isinstance(words, dict):
            raise Misfit(f"{shown(name)} has no words", f"Write {self}.")
        for word, number in words.items():
            if not is_finite_number(number):
                what = f"{shown(word)} of {shown(name)} has no number"
                raise Misfit(what, f"Write {self}.")
        return {word: float(number) for word, number in words.items()}

    def write(self, value: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
        return {name: dict(words) for name, words in value.items()}

    def schema(self) -> JsonSchema:
        words = {"type": "object", "additionalProperties": {"type": "number"}}
        names = {"pattern": MAPPED}
        return {"type": "object", "propertyNames": names, "additionalProperties": words}

    def __str__(self) -> str:
        return "tables such as person = { home = 1, work = 2 }"


def is_finite_number(raw: object) -> bool:
    """Say whether *raw* is a number that a float can be."""
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        return False
    return -sys.float_info.max <= raw <= sys.float_info.max
