# ruff: noqa: D102 - what read, write and schema do is said once, in Kind
"""Plain kinds: flags, texts, choices, paths."""

import re
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from trio_ingest.config.kinds.kind import HAS_VARIABLE, JsonSchema, Kind, text_schema
from trio_ingest.config.problems import Misfit, did_you_mean, shown


@frozen(eq=False, repr=False)
class Flag(Kind):
    """True or false."""

    def read(self, raw: object) -> bool:
        if isinstance(raw, bool):
            return raw
        raise Misfit(f"{shown(raw)} is neither true nor false", "Write true or false, unquoted.")

    def schema(self) -> JsonSchema:
        return {"type": "boolean"}

    def __str__(self) -> str:
        return "true or false"


@frozen(eq=False, repr=False)
class Text(Kind):
    """A string that is not empty, unless it may be."""

    may_be_empty: bool = False

    def read(self, raw: object) -> str:
        if not isinstance(raw, str):
            raise Misfit(f"{shown(raw)} is not a string", "Write it in quotes.")
        if not raw and not self.may_be_empty:
            raise Misfit("is empty", "Give it a value, or leave the key out.")
        return raw

    def schema(self) -> JsonSchema:
        return {"type": "string", "minLength": 0 if self.may_be_empty else 1}

    def __str__(self) -> str:
        return "string"


@frozen(eq=False, repr=False)
class Matching(Kind):
    """A string that fits *pattern*; *example* is one that does."""

    pattern: str
    example: str

    def read(self, raw: object) -> str:
        if not isinstance(raw, str):
            raise Misfit(f"{shown(raw)} is not a string", "Write it in quotes.")
        if not re.fullmatch(self.pattern, raw):
            raise Misfit(
                f"{shown(raw)} cannot be used here", f'Write one such as "{self.example}".'
            )
        return raw

    def schema(self) -> JsonSchema:
        return text_schema(self.pattern)

    def __str__(self) -> str:
        return f'string like "{self.example}"'


@frozen(eq=False, repr=False)
class Name(Kind):
    """The name of a table inside a table: it fits *pattern*, *example* is one that does."""

    pattern: str
    example: str

    def read(self, raw: object) -> str:
        if isinstance(raw, str) and re.fullmatch(self.pattern, raw):
            return raw
        raise Misfit(f"{shown(raw)} cannot be a name here", f"Write one such as {self}.")

    def schema(self) -> JsonSchema:
        return {"type": "string", "pattern": self.pattern}

    def __str__(self) -> str:
        return shown(self.example)


@frozen(eq=False, repr=False)
class Choice(Kind):
    """One of a few strings. Those of *later* are known, but not in this version."""

    values: Sequence[str]
    later: Sequence[str] = ()

    def read(self, raw: object) -> str:
        for value in self.values:
            if value == raw:
                return value
        if raw in self.later:
            known = " or ".join(f'"{value}"' for value in self.values)
            raise Misfit(f"{shown(raw)} arrives with a later version", f"Use {known} until then.")
        if not isinstance(raw, str):
            raise Misfit(f"{shown(raw)} is not a string", f"Write one of {self} in quotes.")
        raise Misfit(f"{shown(raw)} is unknown", did_you_mean(raw, self.values))

    def write(self, value: str) -> str:
        return str(value)

    def schema(self) -> JsonSchema:
        plain = {"enum": [str(value) for value in self.values]}
        return {"anyOf": [plain, {"type": "string", "pattern": HAS_VARIABLE}]}

    def __str__(self) -> str:
        return ", ".join(f'"{value}"' for value in self.values)


@frozen(eq=False, repr=False)
class FilePath(Kind):
    """A path. Who knows what it is relative to makes it absolute, and then `check` looks at it."""

    must_exist: bool = False

    def read(self, raw: object) -> Path:
        text = Text().read(raw)
        if re.search(r"[\x00-\x1f]", text):
            raise Misfit("has a control character in it", "Write the path once more.")
        return Path(text)

    def write(self, value: Path) -> str:
        return str(value)

    def check(self, path: Path) -> None:
        """Raise Misfit unless the file is there, if it has to be."""
        if self.must_exist and not path.is_file():
            raise Misfit(f"there is no file {path}", "Correct the path, or create the file.")

    def schema(self) -> JsonSchema:
        return Text().schema()

    def __str__(self) -> str:
        return "path"
