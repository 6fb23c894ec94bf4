"""The attributes of a state: a JSON object that is read when somebody looks into it."""

from collections.abc import Callable, Mapping
from json import JSONDecoder
from typing import Any, Self

import msgspec
from msgspec import Struct

_read = msgspec.json.Decoder(dict[str, Any]).decode
_read_leniently: Callable[[str], dict[str, Any]] = JSONDecoder().decode
_write = msgspec.json.Encoder().encode


class Attributes(Struct, eq=False, gc=False):  # noqa: PLW1641 - as little to be hashed as a dict
    """Names and JSON of any shape, which never change; NaN and infinity are None.

    From one change of an entity to the next they mostly are the same, byte for byte. Their `json`
    (sound, an object) tells whether they are, so what was made of them serves again, and most are
    never read at all. It is None for what has no JSON; that is like nothing else.
    """

    json: bytes | None
    known: dict[str, Any] | None = None
    """What they are, once they were read."""

    @classmethod
    def of(cls, attributes: Mapping[str, Any]) -> Self:
        """Return *attributes*, which are at hand already."""
        known = dict(attributes)
        return cls(_as_json(known), known)

    @property
    def by_name(self) -> dict[str, Any]:
        """Return them as a dict, which nobody may change."""
        if self.known is None:
            self.known = _as_object(self.json or b"{}")
        return self.known

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Attributes):
            return NotImplemented
        is_same = self.json is not None and self.json == other.json
        return is_same or self.by_name == other.by_name


NO_ATTRIBUTES = Attributes(b"{}")


def _as_json(attributes: dict[str, Any]) -> bytes | None:
    try:
        return _write(attributes)
    except (UnicodeEncodeError, RecursionError, OverflowError):  # half a surrogate pair, too deep
        return None


def read_object(json: bytes) -> dict[str, Any] | None:
    """Return what *json* says; None for what is no JSON object, or only for lenient readers."""
    try:
        return _read(json)
    except (RecursionError, UnicodeDecodeError, msgspec.MsgspecError):
        return None


def _as_object(json: bytes) -> dict[str, Any]:
    """Return what *json* says. What is nested deeper than can be read says nothing."""
    try:
        return _read(json)
    except RecursionError:
        return {}
    except (msgspec.MsgspecError, UnicodeDecodeError):  # a number that no float can hold, no UTF-8
        return _read_leniently(json.decode(errors="replace"))
