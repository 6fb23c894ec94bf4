"""Encode a state change as a row for the embedded database: one compact JSON array a line."""

from collections.abc import Mapping

from trio_ingest.config.model import AttributesConfig
from trio_ingest.model.batch import Encoding
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.attributes import AttributeFilter, ByDomain
from trio_ingest.processing.json_line import json_line
from trio_ingest.processing.remembered import registry_of
from trio_ingest.processing.value_map import NO_TABLES, ValueMap

REMOVED = "removed"


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
        self._registries = registries
        self._attributes = ByDomain(
            {domain: AttributeFilter(patterns) for domain, patterns in attributes.domain.items()},
            rest=AttributeFilter(attributes),
        )
        self._value_map = ValueMap(value_map)
        self._tags = dict(tags)

    def encode(self, home: str, change: StateChange) -> str:
        """Return the line of *change*, without a newline."""
        place = registry_of(home, self._registries).entry_of(change.entity_id)
        if change.state is None:
            state, value, attributes = REMOVED, None, {}
        else:
            state = change.state.value
            value = self._value_map.number_of(change.entity_id, change.state)
            admits = self._attributes.of(change.entity_id).admits
            attributes = {
                name: content for name, content in change.state.attributes.items() if admits(name)
            }
        row = (
            home,
            change.entity_id,
            change.time,
            state,
            value,
            attributes,
            place.area,
            place.device,
            place.floor,
            self._tags,
        )
        return json_line(row)
