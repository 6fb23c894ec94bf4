"""A whole state as text, as HomeIQ's readers take it: as JSON, and as its old service wrote it.

Both say the state object that Home Assistant sends. Its `last_reported` is `last_updated` of the
state as we heard it, for nobody is told of reports that change nothing.
"""

from functools import lru_cache
from json import JSONEncoder
from typing import Any

from trio_ingest.model.instant import to_datetime
from trio_ingest.model.state_change import State
from trio_ingest.processing.line_protocol import fits_string

REMEMBERED_INSTANTS = 4096
"""The times of a state come again as those of the old state in the entity's next change."""

_encode = JSONEncoder(allow_nan=False).encode


def state_object(entity_id: str, state: State) -> dict[str, Any]:
    """Return *state* as Home Assistant lays it out, in its order."""
    context = state.context
    return {
        "entity_id": entity_id,
        "state": state.value,
        "attributes": dict(state.attributes),
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
