"""Encode a state change as a row for the embedded database: one compact JSON array a line."""

from collections.abc import Mapping
from functools import partial

from attrs import frozen
from msgspec import Raw

from trio_ingest.config.sink_model import AttributesConfig
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.batch import Encoding
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.attributes import AttributeFilter, ByDomain
from trio_ingest.processing.json_line import json_line
from trio_ingest.processing.last_made import LastMade
from trio_ingest.processing.remembered import Remembered
from trio_ingest.processing.value_map import NO_TABLES, ValueMap

REMOVED = "removed"
NOTHING = Raw("{}")


class RowEncoder:
    """Lines of `[home, entity_id, time, state, value, attributes, area, device, floor, tags]`.

    `value` is the state as a number, where it is one. Attributes are a JSON object: any shape has
    a place there, so `nested` of the configuration changes nothing, and numbers keep each digit.
    """

    encoding = Encoding.ROWS

    def __init__(
        self,
        registries: Mapping[str, Latest[Registry]],
        attributes: AttributesConfig,
        tags: Mapping[str, str],
        value_map: Mapping[str, Mapping[str, float]] = NO_TABLES,
    ) -> None:
        self._entities = Remembered(registries, self._make_entity)
        self._attributes = ByDomain(
            {domain: AttributeFilter(patterns) for domain, patterns in attributes.domain.items()},
            rest=AttributeFilter(attributes),
        )
        self._value_map = ValueMap(value_map)
        self._tags = dict(tags)

    def encode(self, home: str, change: StateChange) -> str:
        """Return the line of *change*, without a newline."""
        entity = self._entities.of(home, change.entity_id)
        if change.state is None:
            state, value, attributes = REMOVED, None, NOTHING
        else:
            state = change.state.value
            value = self._value_map.number_of(change.entity_id, change.state)
            attributes = entity.attributes.of(change.state.attributes)
        row = (
            home,
            change.entity_id,
            change.time,
            state,
            value,
            attributes,
            entity.place.area,
            entity.place.device,
            entity.place.floor,
            self._tags,
        )
        return json_line(row)

    def _make_entity(self, _home: str, entity_id: str, registry: Registry) -> "_Entity":
        recorded = partial(_recorded, self._attributes.of(entity_id))
        return _Entity(place=registry.entry_of(entity_id), attributes=LastMade(recorded))


@frozen(kw_only=True)
class _Entity:
    """Where an entity is, and what was recorded of its attributes last, as JSON."""

    place: Entry
    attributes: LastMade[Raw]


def _recorded(those: AttributeFilter, attributes: Attributes) -> Raw:
    return Raw(
        json_line({name: value for name, value in attributes.by_name.items() if those.admits(name)})
    )
