"""A whole state as text, as HomeIQ's readers take it: as JSON, and as its old service wrote it.

Both say the state object that Home Assistant sends. Its `last_reported` is `last_updated` of the
state as we heard it, for nobody is told of reports that change nothing.
"""

from functools import lru_cache
from json import JSONEncoder
from typing import Any

from attrs import define, field

from trio_ingest.model.attributes import Attributes
from trio_ingest.model.instant import to_datetime
from trio_ingest.model.state_change import State
from trio_ingest.processing.last_made import LastMade
from trio_ingest.processing.line_protocol import fits_string

REMEMBERED_INSTANTS = 4096
"""The times of a state come again as those of the old state in the entity's next change."""

_encode = JSONEncoder(allow_nan=False).encode


class WrittenField(str):
    """The value of a string field with its quotes, as it stands in a line."""

    __slots__ = ()


@define(eq=False)
class StateTexts:
    """The states of one entity as JSON.

    What was written last is kept: it is the old state of the next change, and its attributes mostly
    are those of the next state.
    """

    entity_id: str
    _attributes: LastMade[str | None] = field(init=False)
    _last: State | None = field(default=None, init=False)
    _text: WrittenField | None = field(default=None, init=False)

    @_attributes.default
    def _of_attributes(self) -> LastMade[str | None]:
        return LastMade(lambda attributes: json_text(attributes.by_name))

    def attributes(self, attributes: Attributes) -> WrittenField | None:
        """Return *attributes*; None when there are none, or no field can hold them."""
        text = self._attributes.of(attributes)
        return None if text is None or not attributes.by_name else written(text)

    def whole(self, state: State) -> WrittenField | None:
        """Return the whole of *state*; None when no field can hold it."""
        if not _says_the_same(state, self._last):
            self._last, self._text = state, self._write(state)
        return self._text

    def _write(self, state: State) -> WrittenField | None:
        attributes = self._attributes.of(state.attributes)
        if attributes is None:
            return None
        context, updated = state.context, _iso(state.last_updated)
        text = (
            f'{{"entity_id": {_encode(self.entity_id)}, "state": {_encode(state.value)}, '
            f'"attributes": {attributes}, "last_changed": "{_iso(state.last_changed)}", '
            f'"last_reported": "{updated}", "last_updated": "{updated}", '
            f'"context": {{"id": {_encode(context.id)}, "parent_id": {_encode(context.parent_id)}, '
            f'"user_id": {_encode(context.user_id)}}}}}'
        )
        return written(text) if fits_string(text) else None


def _says_the_same(one: State, other: State | None) -> bool:
    """Say whether both are written the same; to Python 1 and true are equal, too."""
    json = one.attributes.json
    return other is not None and json is not None and json == other.attributes.json and one == other


def written(json: str) -> WrittenField:
    """Return *json*, which is ASCII without control characters, as a field."""
    escaped = json.replace("\\", r"\\").replace('"', r"\"")
    return WrittenField(f'"{escaped}"')


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


def json_text(value: dict[str, Any]) -> str | None:
    """Return *value* as JSON; None when it is too deep, or too long: half a text is no JSON.

    ASCII with blanks between the parts, as the old service wrote it.
    """
    try:
        text = _encode(value)
    except (RecursionError, ValueError):
        return None
    return text if fits_string(text) else None


def legacy_text(state: dict[str, Any]) -> str:
    """Return a state object as Python writes a dict; some reader has Python read it again.

    What is too long or too deep for that is written without its attributes.
    """
    try:
        text = str(state)
    except (RecursionError, ValueError):
        return str(state | {"attributes": {}})
    return text if fits_string(text) else str(state | {"attributes": {}})


@lru_cache(REMEMBERED_INSTANTS)
def _iso(instant: int) -> str:
    return to_datetime(instant).isoformat()
