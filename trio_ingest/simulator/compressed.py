"""What `subscribe_entities` says of a change: the whole state, what is different, or who is gone.

The keys, their order and what is left out are the real one's (2026.11, websocket_api/messages.py):
what is equal in Python, such as 1, 1.0 and true, is not different.
"""

from typing import Any

from trio_ingest.simulator import wire
from trio_ingest.simulator.states import Change, State


def whole(state: State) -> dict[str, Any]:
    """Return a state as it is told of an entity that is new, and in the snapshot."""
    context = state.context
    is_plain = context.parent_id is None and context.user_id is None
    told = {
        "s": state.value,
        "a": state.attributes,
        "c": context.id if is_plain else context,
        "lc": state.changed.timestamp,
    }
    if state.updated != state.changed:
        told["lu"] = state.updated.timestamp
    return told


def told(change: Change) -> dict[str, Any]:
    """Return the event that tells of a change."""
    if change.new is None:
        return {"r": [change.entity_id]}
    if change.old is None:
        return {"a": {change.entity_id: whole(change.new)}}
    return {"c": {change.entity_id: _difference(change.old, change.new)}}


def _difference(old: State, new: State) -> dict[str, Any]:
    news: dict[str, Any] = {}
    difference: dict[str, Any] = {"+": news}
    if old.value != new.value:
        news["s"] = new.value
    if old.changed.moment != new.changed.moment:
        news["lc"] = new.changed.timestamp
    elif old.updated.timestamp != new.updated.timestamp:
        news["lu"] = new.updated.timestamp
    context = _other_context(old.context, new.context)
    if context is not None:
        news["c"] = context
    added = {
        name: value
        for name, value in new.attributes.items()
        if name not in old.attributes or old.attributes[name] != value
    }
    if added:
        news["a"] = added
    removed = [name for name in old.attributes if name not in new.attributes]
    if removed:
        difference["-"] = {"a": removed}
    return difference


def _other_context(old: wire.Context, new: wire.Context) -> str | dict[str, str | None] | None:
    other: dict[str, str | None] = {}
    if old.parent_id != new.parent_id:
        other["parent_id"] = new.parent_id
    if old.user_id != new.user_id:
        other["user_id"] = new.user_id
    if old.id == new.id:
        return other or None
    return {**other, "id": new.id} if other else new.id
