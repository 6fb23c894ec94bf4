"""The schema `tidy`: a measurement a domain, a series an entity, fields that keep their type."""

from collections.abc import Mapping
from functools import lru_cache

from trio_ingest.config.model import AttributesConfig, Precision
from trio_ingest.model.batch import Encoding
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.state_change import State, StateChange
from trio_ingest.processing.field_names import FieldNames
from trio_ingest.processing.fields import AttributeFields
from trio_ingest.processing.line_protocol import float_value, string_value
from trio_ingest.processing.series import Series
from trio_ingest.processing.values import number_of

LONGEST_STATE = 255
REMEMBERED_STATES = 4096
"""Most states are one of a few words, or a reading that has been there before."""

_TICKS_AND_MICROSECONDS = {
    Precision.NS: (1000, 1),
    Precision.US: (1, 1),
    Precision.MS: (1, 1000),
    Precision.S: (1, 1_000_000),
}


class TidyEncoder:
    """Writes the state as text, as a number where it is one, and each attribute as its own field.

    A removal is the state "removed" and nothing else. Times are cut to the precision, not rounded:
    of several changes of an entity within one tick the database keeps the last.
    """

    def __init__(
        self,
        *,
        registries: Mapping[str, Latest[Registry]],
        attributes: AttributesConfig,
        tags: Mapping[str, str],
        precision: Precision,
        home_tag: bool,
    ) -> None:
        """Give each series the tag `home` when *home_tag* says that there are several homes."""
        self.encoding = Encoding(f"line-protocol/{precision}")
        self._ticks, self._microseconds = _TICKS_AND_MICROSECONDS[precision]
        self._series = Series(registries, tags, home_tag=home_tag)
        names = FieldNames({*self._series.tags, "state", "value"})
        self._attributes = AttributeFields(attributes, names)

    def encode(self, home: str, change: StateChange) -> str:
        """Return the line of *change*. Never raises for any JSON it may hold."""
        series = self._series.of(home, change.entity_id)
        fields = 'state="removed"' if change.state is None else self._fields(change.state)
        return f"{series} {fields} {change.time * self._ticks // self._microseconds}"

    def _fields(self, state: State) -> str:
        fields = self._attributes.of(state.attributes)
        return ",".join([_state_fields(state.value[:LONGEST_STATE]), *fields])


@lru_cache(REMEMBERED_STATES)
def _state_fields(state: str) -> str:
    """Return the field `state`, and `value` where the state is a number."""
    number = number_of(state)
    value = "" if number is None else f",value={float_value(number)}"
    return f"state={string_value(state)}{value}"
