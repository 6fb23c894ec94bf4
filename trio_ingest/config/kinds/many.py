# ruff: noqa: D102 - what read, write and schema do is said once, in Kind
"""Kinds that hold many strings: lists of names, tables of labels."""

import re
from collections.abc import Mapping, Sequence

from attrs import frozen

from trio_ingest.config.kinds.kind import JsonSchema, Kind, text_schema
from trio_ingest.config.kinds.plain import Text
from trio_ingest.config.problems import Misfit, shown


@frozen
class Names(Kind):
    """A list of strings, each of which fits *pattern*; *example* is one that does."""

    pattern: str
    example: str

    def read(self, raw: object) -> tuple[str, ...]:
        if not isinstance(raw, list):
            raise Misfit(f"{shown(raw)} is not a list", f'Write a list such as ["{self.example}"].')
        for name in raw:
            if not isinstance(name, str) or not re.fullmatch(self.pattern, name):
                remedy = f'Write names such as "{self.example}".'
                raise Misfit(f"{shown(name)} cannot be in this list", remedy)
        return tuple(raw)

    def write(self, value: Sequence[str]) -> list[str]:
        return list(value)

    def schema(self) -> JsonSchema:
        return {"type": "array", "items": text_schema(self.pattern)}

    def __str__(self) -> str:
        return f'list of strings like "{self.example}"'


@frozen
class Labels(Kind):
    """A table of strings. Names of *taken* are refused, and so are those that begin with `_`.

    What is wrong with a value is said without repeating it: one of them may be a secret.
    """

    taken: Sequence[str]

    def read(self, raw: object) -> Mapping[str, str]:
        if not isinstance(raw, dict):
            raise Misfit("is not a table", 'Write { name = "value" }.')
        for name, value in raw.items():
            if not name or name.startswith("_") or name in self.taken:
                raise Misfit(
                    f"{shown(name)} cannot be a name here",
                    f'Choose one without "_" in front that is none of {", ".join(self.taken)}.',
                )
            if not isinstance(value, str) or not value:
                raise Misfit(f"{shown(name)} has no text", f'Write {{ {name} = "value" }}.')
        return dict(raw)

    def write(self, value: Mapping[str, str]) -> dict[str, str]:
        return dict(value)

    def schema(self) -> JsonSchema:
        return {
            "type": "object",
            "propertyNames": {"minLength": 1, "pattern": "^[^_]", "not": {"enum": [*self.taken]}},
            "additionalProperties": Text().schema(),
        }

    def __str__(self) -> str:
        return 'table such as { name = "value" }'
