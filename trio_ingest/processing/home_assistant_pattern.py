"""The fields of a point of the schema `home-assistant`, as a pattern with room for its state.

Attributes mostly stay the same from one change to the next. Which names they get depends on which
fields the state has (`value`, `state`, or both), but not on what is in them.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from attrs import define, field

from trio_ingest.processing.home_assistant_fields import (
    Fields,
    add_attribute,
    fields_of_state,
    step_aside,
)
from trio_ingest.processing.home_assistant_values import Reading

_TEXT = "room for a text"
_NUMBER = 0.5
"""Both are told from what an attribute may hold by being the very same objects."""


@define(eq=False, kw_only=True)
class FieldPattern:
    """Writes the fields of an entity with the attributes `readings`, whatever its state is."""

    readings: Sequence[tuple[str, Reading]]
    taken: AbstractSet[str]
    """Names that no field can have."""
    key: Callable[[str], str | None]
    number: Callable[[float], str | None]
    _patterns: dict[tuple[bool, bool, bool], str] = field(factory=dict, init=False)

    def written(self, state: Reading) -> str:
        """Return the fields sorted by name, without those that no server takes."""
        number = None if state.number is None else self.number(state.number)
        kind = (state.text is None, state.number is None, number is None)
        pattern = self._patterns.get(kind)
        if pattern is None:
            # What is NaN or infinite takes a name, and nothing is written there.
            room = _NUMBER if number is not None else state.number
            pattern = self._patterns[kind] = self._make(state.text and _TEXT, room)
        # `state` stands before `value`, also where they had to step aside.
        return pattern % tuple([each for each in (state.text, number) if each is not None])

    def _make(self, text: str | None, number: float | None) -> str:
        fields: Fields = fields_of_state(Reading(text, number))
        for name, reading in self.readings:
            add_attribute(fields, name, reading)
        step_aside(fields, self.taken)
        written = []
        for name in sorted(fields):
            key, value = self.key(name), fields[name]
            if key is not None and (value is _TEXT or value is _NUMBER):
                written.append(f"{_literally(key)}=%s")
                continue
            content = value if isinstance(value, str) else self.number(value)
            if key is not None and content is not None:
                written.append(_literally(f"{key}={content}"))
        return ",".join(written)


def _literally(text: str) -> str:
    return text.replace("%", "%%")
