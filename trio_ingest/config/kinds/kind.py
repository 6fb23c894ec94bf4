"""What a kind of value has to know. A field of the model names its kind in its annotation.

The loader, the JSON Schema and the reference page all ask the kind, so they cannot disagree.
"""

from abc import ABC, abstractmethod
from typing import Any

JsonSchema = dict[str, Any]

HAS_VARIABLE = r"\$\{"


def text_schema(pattern: str) -> JsonSchema:
    """Return the schema of a string that fits *pattern*, or may once its variables are known."""
    return {"type": "string", "pattern": f"{pattern}|{HAS_VARIABLE}"}


class Kind(ABC):
    """A kind of value. Its `str` describes it to people; `read(write(value)) == value`."""

    @abstractmethod
    def read(self, raw: object) -> object:
        """Return the value that the file means with *raw*. Raises Misfit."""

    def write(self, value: Any) -> object:
        """Return *value* as the file would have it."""
        return value

    @abstractmethod
    def schema(self) -> JsonSchema:
        """Return the JSON Schema of what `read` takes."""

    @abstractmethod
    def __str__(self) -> str: ...
