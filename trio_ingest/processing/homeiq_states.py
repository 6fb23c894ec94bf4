"""A whole state as text, as HomeIQ's readers take it: as JSON, and as its old service wrote it.

Both say the state object that Home Assistant sends. Its `last_reported` is `last_updated` of the
state as we heard it, for nobody is told of reports that change nothing.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from json import JSONEncoder
from typing import Any, NamedTuple, Self

from attrs import define, field

from trio_ingest.model.instant import MICROSECONDS_PER_SECOND, to_datetime
from trio_ingest.model.state_change import State
from trio_ingest.processing.homeiq_series import device_class_of
from trio_ingest.processing.last_made import LastMade, Parts
from trio_ingest.processing.line_protocol import LONGEST_STRING_BYTES, fits_string

REMEMBERED_SECONDS = 1024

REMEMBERED_TEXTS = 4096

_ESCAPED = re.compile(r"\\.")
_encode = JSONEncoder(allow_nan=False).encode


class Part(NamedTuple):
    """Some attributes as JSON without the braces, escaped; and the device class among them."""

    text: str | None
    """None: there is no JSON of it."""
    device_class: str | None


class WrittenAttributes(NamedTuple):
    """All attributes: the same of them."""

    text: str | None
    """None also if it is longer than a field may be."""
    device_class: str | None


@define(eq=False)
class StateTexts:
    """The states of one entity as JSON, as it stands in the quotes of a string field.

    What was written last is kept: it is the old state of the next change, and its attributes mostly
    are those of the next state.
    """

    _begin: str
    _parts: Parts[Part]
    attributes: LastMade[Part, WrittenAttributes] = field(init=False)
    _last: State | None = field(default=None, init=False)
    _text: str | None = field(default=None, init=False)

    @classmethod
    def of(cls, entity_id: str, parts: Parts[Part]) -> Self:
        """Return the texts of an entity that nothing was written of yet."""
        return cls(f'{{\\"entity_id\\": {_written(entity_id)}, \\"state\\": ', parts)

    @attributes.default
    def _of_attributes(self) -> LastMade[Part, WrittenAttributes]:
        return LastMade(self._parts, _joined)

    def whole(self, state: State) -> str | None:
        """Return the whole of *state*; None when no field can hold it."""
        if not _says_the_same(state, self._last):
            self._last, self._text = state, self._write(state)
        return self._text

    def _write(self, state: State) -> str | None:
        attributes = self.attributes.of(state.attributes).text
        if attributes is None:
            return None
        context, updated = state.context, _iso(state.last_updated)
        changed = updated if state.last_changed == state.last_updated else _iso(state.last_changed)
        text = (
            f'{self._begin}{_remembered(state.value)}, \\"attributes\\": {{{attributes}}}, '
            f'\\"last_changed\\": \\"{changed}\\", \\"last_reported\\": \\"{updated}\\", '
            f'\\"last_updated\\": \\"{updated}\\", \\"context\\": {{\\"id\\": '
            f'{_written(context.id)}, \\"parent_id\\": {_written(context.parent_id)}, '
            f'\\"user_id\\": {_remembered(context.user_id)}}}}}'
        )
        return text if _fits(text) else None


def _says_the_same(one: State, other: State | None) -> bool:
    """Say whether both are written the same; to Python 1 and true are equal, too."""
    json = one.attributes.json
    return other is not None and json is not None and json == other.attributes.json and one == other


def part_of(attributes: Mapping[str, Any]) -> Part:
    """Return what is written of some attributes."""
    try:
        text: str | None = escaped(_encode(attributes)[1:-1])
    except (RecursionError, ValueError):
        text = None
    return Part(text, device_class_of(attributes))


def _joined(parts: Sequence[Part]) -> WrittenAttributes:
    """Join with blanks behind the commas, as the old service wrote it."""
    classes = [part.device_class for part in parts if part.device_class is not None]
    texts = [part.text for part in parts if part.text is not None]
    text = ", ".join(filter(None, texts))
    is_written = len(texts) == len(parts) and _fits(f"{{{text}}}")
    return WrittenAttributes(text if is_written else None, classes[0] if classes else None)


def _written(text: str | None) -> str:
    if text is None:
        return "null"
    return f'\\"{text}\\"' if text.isascii() and text.isalnum() else escaped(_encode(text))


_remembered = lru_cache(REMEMBERED_TEXTS)(_written)


def escaped(json: str) -> str:
    """Return *json*, which is ASCII without control characters, as it stands in a string field."""
    return json.replace("\\", r"\\").replace('"', r"\"")


def _fits(text: str) -> bool:
    """Say whether *text*, escaped, is no longer than a field may be without that."""
    return len(text) <= LONGEST_STRING_BYTES or len(_ESCAPED.sub(".", text)) <= LONGEST_STRING_BYTES


def state_object(entity_id: str, state: State) -> dict[str, Any]:
    """Return *state* as Home Assistant lays it out, in its order."""
    context = state.context
    return {
        "entity_id": entity_id,
        "state": state.value,
        "attributes": dict(state.attributes.by_name),
        "last_changed": _iso(state.last_changed),
        "last_reported": _iso(state.last_updated),
        "last_updated": _iso(state.last_updated),
        "context": {"id": context.id, "parent_id": context.parent_id, "user_id": context.user_id},
    }


def legacy_text(state: dict[str, Any]) -> str:
    """Return a state object as Python writes a dict; some reader has Python read it again.

    What is too long or too deep for that is written without its attributes.
    """
    try:
        text = str(state)
    except (RecursionError, ValueError):
        return str(state | {"attributes": {}})
    return text if fits_string(text) else str(state | {"attributes": {}})


def _iso(instant: int) -> str:
    seconds, microseconds = divmod(instant, MICROSECONDS_PER_SECOND)
    fraction = f".{microseconds:06}" if microseconds else ""
    return f"{_second(seconds)}{fraction}+00:00"


@lru_cache(REMEMBERED_SECONDS)
def _second(seconds: int) -> str:
    moment = to_datetime(seconds * MICROSECONDS_PER_SECOND)
    return moment.isoformat().removesuffix("+00:00")
