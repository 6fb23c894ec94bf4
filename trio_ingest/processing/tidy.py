"""The schema `tidy`: a measurement a domain, a series an entity, fields that keep their type."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from attrs import frozen

from trio_ingest.config.line_protocol_model import Identity, Precision
from trio_ingest.config.sink_model import AttributesConfig
from trio_ingest.model.batch import Encoding
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.state_change import State, StateChange
from trio_ingest.processing.encoder import Encoder
from trio_ingest.processing.field_names import FieldNames
from trio_ingest.processing.fields import fields_by_domain
from trio_ingest.processing.last_made import LastMade
from trio_ingest.processing.line_protocol import float_value, string_value
from trio_ingest.processing.remembered import Remembered
from trio_ingest.processing.series import PRESENT_NAME, Series
from trio_ingest.processing.timestamps import timestamps_in
from trio_ingest.processing.value_map import NO_TABLES, ValueMap
from trio_ingest.processing.values import REMEMBERED_STATES, number_of

LONGEST_STATE = 255


class TidyEncoder(Encoder):
    """Writes the state as text, as a number where it is one, and each attribute as its own field.

    A removal is the state "removed" and no attribute. Times are cut to the precision, not rounded:
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
        identity: Identity = Identity.ENTITY_ID,
        tag_labels: bool = False,
        value_map: Mapping[str, Mapping[str, float]] | ValueMap = NO_TABLES,
    ) -> None:
        """Give each series the tag `home` when *home_tag* says that there are several homes."""
        self.encoding = Encoding(f"line-protocol/{precision}")
        self._timestamp = timestamps_in(precision)
        self._series = Series(tags, home_tag=home_tag, identity=identity, tag_labels=tag_labels)
        self._says_present_name = identity is Identity.REGISTRY_ID
        self._value_map = value_map if isinstance(value_map, ValueMap) else ValueMap(value_map)
        self._maps_values = not self._value_map.is_empty
        names = FieldNames({*self._series.tags, "state", "value", PRESENT_NAME})
        self._attributes = fields_by_domain(attributes, names)
        self._entities = Remembered(registries, self._make_entity)

    def encode_all(self, home: str, changes: Sequence[StateChange]) -> Sequence[str]:
        """Return the line of each of *changes*. Never raises for any JSON they may hold."""
        entities, timestamp = self._entities.in_home(home), self._timestamp
        maps_values, lines = self._maps_values, []
        for change in changes:
            entity, state, time = entities[change.entity_id], change.state, timestamp(change.time)
            if state is None:
                line = f'{entity.series} state="removed"{entity.present_name} {time}'
            else:
                if maps_values or len(state.value) > LONGEST_STATE:
                    fields = self._state_fields(change.entity_id, state)
                else:
                    fields = _state_fields(state.value)
                last, now = entity.attributes, state.attributes
                attributes = last.made if now.json == last.json else last.of(now)
                line = f"{entity.series} {fields}{entity.present_name}{attributes} {time}"
            lines.append(line)
        return lines

    def _make_entity(self, home: str, entity_id: str, registry: Registry) -> "_Entity":
        name = f",{PRESENT_NAME}={string_value(entity_id)}" if self._says_present_name else ""
        return _Entity(
            series=self._series.of(home, entity_id, registry),
            present_name=name,
            attributes=LastMade(self._attributes.of(entity_id), "".join),
        )

    def _state_fields(self, entity_id: str, state: State) -> str:
        """Return the same where the state may be too long, or the configuration has a number."""
        text = state.value[:LONGEST_STATE]
        configured = self._value_map.configured_for(entity_id, state) if self._maps_values else None
        if configured is None:
            return _state_fields(text)
        return f"state={string_value(text)},value={float_value(configured)}"


@frozen(kw_only=True)
class _Entity:
    """What is always said of an entity, and what was said of its attributes last."""

    series: str
    present_name: str
    attributes: LastMade[str, str]


@lru_cache(REMEMBERED_STATES)
def _state_fields(state: str) -> str:
    """Return the field `state`, and `value` where the state is a number."""
    number = number_of(state)
    value = "" if number is None else f",value={float_value(number)}"
    return f"state={string_value(state)}{value}"
