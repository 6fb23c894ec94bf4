"""Encode a state change as a row for the embedded database: one compact JSON array a line."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from attrs import frozen

from trio_ingest.config.sink_model import AttributePatterns, AttributesConfig
from trio_ingest.model.batch import Encoding
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.state_change import State, StateChange
from trio_ingest.processing.attributes import AttributeFilter, ByDomain
from trio_ingest.processing.encoder import Encoder
from trio_ingest.processing.json_line import json_line
from trio_ingest.processing.last_made import LastMade, Parts
from trio_ingest.processing.remembered import Remembered
from trio_ingest.processing.value_map import NO_TABLES, ValueMap
from trio_ingest.processing.values import REMEMBERED_STATES, number_of

REMOVED = '"removed",null'


class RowEncoder(Encoder):
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
            {domain: _parts(patterns) for domain, patterns in attributes.domain.items()},
            rest=_parts(attributes),
        )
        self._value_map = ValueMap(value_map)
        self._maps_values = not self._value_map.is_empty
        self._tags = dict(tags)

    def encode_all(self, home: str, changes: Sequence[StateChange]) -> Sequence[str]:
        """Return the line of each of *changes*."""
        entities, maps_values, lines = self._entities.in_home(home), self._maps_values, []
        for change in changes:
            entity, state = entities[change.entity_id], change.state
            if state is None:
                said, attributes = REMOVED, "{}"
            else:
                said = self._mapped(change.entity_id, state) if maps_values else _said(state.value)
                last, now = entity.attributes, state.attributes
                attributes = last.made if now.json == last.json else last.of(now)
            lines.append(f"{entity.begin}{change.time},{said},{attributes}{entity.end}")
        return lines

    def _mapped(self, entity_id: str, state: State) -> str:
        return _said(state.value, self._value_map.configured_for(entity_id, state))

    def _make_entity(self, home: str, entity_id: str, registry: Registry) -> "_Entity":
        entry, parts = registry.entry_of(entity_id), self._attributes.of(entity_id)
        place = json_line((entry.area, entry.device, entry.floor, self._tags))
        return _Entity(
            begin=f"{json_line((home, entity_id))[:-1]},",
            end=f",{place[1:]}",
            attributes=LastMade(parts, _joined),
        )


@frozen(kw_only=True)
class _Entity:
    """What always stands before and behind what an entity is, and its attributes."""

    begin: str
    end: str
    attributes: LastMade[str, str]


@lru_cache(REMEMBERED_STATES)
def _said(state: str, configured: float | None = None) -> str:
    """Return the state and its value: the number that is configured, or else its own."""
    return json_line((state, number_of(state) if configured is None else configured))[1:-1]


def _parts(patterns: AttributePatterns) -> Parts[str]:
    return Parts(partial(_recorded, AttributeFilter(patterns)))


def _recorded(those: AttributeFilter, attributes: Mapping[str, Any]) -> str:
    """Return those of *attributes* that are recorded as JSON, without the braces around it."""
    recorded = {name: value for name, value in attributes.items() if those.admits(name)}
    return json_line(recorded)[1:-1]


def _joined(parts: Sequence[str]) -> str:
    return f"{{{','.join(filter(None, parts))}}}"
