"""What two messages must have in common when they are not from the same house."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

TIME_KEYS = {"last_changed", "last_reported", "last_updated", "time_fired"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00")
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


class Mask:
    """Replaces times and context ids by their number, in the order in which they first occur.

    So two conversations are the same when the same instants and contexts are equal in both. The
    user who caused something is left out.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def text(self, message: str) -> str:
        """Return the masked message as JSON; the order of keys stays."""
        return json.dumps(self._value(json.loads(message)), ensure_ascii=False)

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {key: self._member(key, member) for key, member in value.items()}

    def _member(self, key: str, value: Any) -> Any:
        if key in TIME_KEYS and isinstance(value, str):
            assert TIME.fullmatch(value), value
            return f"time {self._number(value)}"
        if key == "context":
            assert ULID.fullmatch(value["id"]), value
            return [*value, self._number(value["id"])]
        if key == "message" and "incorrectly formatted: " in value:
            return value.partition(": ")[0]
        if key == "error" and value["code"] == "invalid_format":
            return {**value, "message": "its own words"}
        return self._value(value)

    def _number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))


def masked(messages: Iterable[str]) -> list[str]:
    mask = Mask()
    return [mask.text(message) for message in messages]


def event_shape(message: str) -> str:
    """Return a state_changed message without what is different in each house."""
    decoded = json.loads(message)
    data = decoded["event"]["data"]
    data["entity_id"] = "ENTITY"
    for state in (data["old_state"], data["new_state"]):
        if state is not None:
            state.update(entity_id="ENTITY", state="STATE", attributes={})
    decoded["id"] = 0
    return json.dumps(keys(decoded))


def keys(value: Any) -> Any:
    """Return the keys of everything, in order; values become their types."""
    if isinstance(value, dict):
        return [[key, keys(member)] for key, member in value.items()]
    return type(value).__name__


def types_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Return for each key, in order, the types that its values have; null says nothing."""
    types: dict[str, set[str]] = {}
    for row in rows:
        for key, value in row.items():
            names = types.setdefault(key, set())
            if value is not None:
                names.add(type(value).__name__)
    return types


def assert_alike(real: Iterable[Mapping[str, Any]], ours: Iterable[Mapping[str, Any]]) -> None:
    """Same keys in the same order; values of no type that the real ones, where any, have not."""
    real_types, our_types = types_of(real), types_of(ours)
    assert list(real_types) == list(our_types)
    for key, names in our_types.items():
        if real_types[key]:
            assert names <= real_types[key], key
