"""The schema `home-assistant`: the bytes that Home Assistant's own `influxdb` integration writes.

It follows Home Assistant 2026.11, so that dashboards and buckets made with the integration go on
working. Where the integration would fail, the nearest line that a server takes is written.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache, partial
from itertools import chain
from typing import Any, NamedTuple

from trio_ingest.config.line_protocol_model import HomeAssistantSchemaConfig, InfluxApi, Precision
from trio_ingest.model.batch import Encoding
from trio_ingest.model.registry import Registry
from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.encoder import Encoder
from trio_ingest.processing.home_assistant_clients import client_for
from trio_ingest.processing.home_assistant_components import Components
from trio_ingest.processing.home_assistant_measurement import (
    DEVICE_CLASS,
    UNIT,
    Measurement,
    Measurements,
)
from trio_ingest.processing.home_assistant_pattern import (
    Kind,
    Layouts,
    LinePattern,
    Shape,
    Written,
    encodable,
)
from trio_ingest.processing.home_assistant_tags import Tags
from trio_ingest.processing.home_assistant_values import read_attribute, read_state
from trio_ingest.processing.last_made import LastMade, Parts
from trio_ingest.processing.remembered import Remembered

NOT_RECORDED = frozenset({"", "unknown", "unavailable"})
REMEMBERED_NAMES = 4096
TEXT_ONLY = frozenset({str})
REMEMBERED_SERIES = 16_384
REMEMBERED_TEXTS = 16_384
LONGEST_REMEMBERED = 255


class HomeAssistantEncoder(Encoder):
    """Writes the state and each attribute as the integration does, by its options.

    Removals and states that say nothing (unknown, unavailable, empty) have no line.
    """

    def __init__(
        self,
        options: HomeAssistantSchemaConfig,
        *,
        tags: Mapping[str, str],
        api: InfluxApi,
        precision: Precision,
        home_tag: bool = False,
    ) -> None:
        """Give each series the tag `home` when *home_tag* says that there are several homes."""
        self.encoding = Encoding(f"line-protocol/{precision}")
        self._client = client_for(api, precision)
        self._timestamp = self._client.timestamp
        self._components = Components(options)
        self._measurements = Measurements(options, self._client)
        self._tags = Tags(
            self._client,
            attributes=options.tags_attributes,
            constant=tags,
            home_tag=home_tag,
        )
        no_fields = {"time"}
        if api is InfluxApi.V3:  # where no table has a tag and a field of one name
            no_fields |= self._tags.names
        self._layouts = Layouts(
            taken=no_fields,
            key=lru_cache(REMEMBERED_NAMES)(self._client.field_key),
            number=self._client.number,
        )
        self._telling = {UNIT, DEVICE_CLASS, *options.tags_attributes}
        self._state = lru_cache(REMEMBERED_TEXTS)(self._written_state)
        self._remembered = lru_cache(REMEMBERED_TEXTS)(self._written)
        self._remembered_series = lru_cache(REMEMBERED_SERIES)(self._series)
        self._parts_without = lru_cache(REMEMBERED_NAMES)(self._make_parts)
        self._entities = Remembered({}, self._make_entity)

    def encode_all(self, home: str, changes: Sequence[StateChange]) -> Sequence[str | None]:
        """Return the line of each of *changes*. Never raises for any JSON they may hold."""
        entities, line = self._entities.in_home(home), self._line
        return [line(change, entities[change.entity_id]) for change in changes]

    def _line(self, change: StateChange, last: LastMade["_Part", LinePattern | None]) -> str | None:
        state = change.state
        if state is None or state.value in NOT_RECORDED:
            return None
        attributes = state.attributes
        pattern = last.made if attributes.json == last.json else last.of(attributes)
        if pattern is None:
            return None
        return pattern.written(self._state(state.value), self._timestamp(change.time))

    def _make_entity(
        self, home: str, entity_id: str, _: Registry
    ) -> LastMade["_Part", LinePattern | None]:
        options = self._components.options_of(entity_id)
        return LastMade(
            self._parts_without(options.no_fields),
            partial(self._pattern, home, entity_id, options.override_measurement),
        )

    def _make_parts(self, no_fields: frozenset[str]) -> Parts["_Part"]:
        return Parts(partial(self._part, no_fields))

    def _part(self, no_fields: AbstractSet[str], attributes: Mapping[str, Any]) -> "_Part":
        shape: list[tuple[str, Kind]] = []
        contents: list[str] = []
        for name, value in attributes.items():
            if name not in no_fields:
                kind, written = self._read(value)
                shape.append((name, kind))
                contents += written
        telling = [each for each in attributes.items() if each[0] in self._telling]
        return _Part(tuple(shape), tuple(contents), tuple(chain.from_iterable(telling)))

    def _pattern(
        self, home: str, entity_id: str, own: str | None, parts: Sequence["_Part"]
    ) -> LinePattern | None:
        """Return what writes an entity with its attributes; None if it has no measurement."""
        shape: Shape = ()
        contents: tuple[str, ...] = ()
        told: tuple[Any, ...] = ()
        for part in parts:
            shape += part.shape
            contents += part.contents
            told += part.telling
        is_text = {*map(type, told)} <= TEXT_ONLY  # all else may be equal, and written otherwise
        series = (self._remembered_series if is_text else self._series)(home, entity_id, own, *told)
        if series is None:
            return None
        return LinePattern(self._layouts, series.written, shape, contents, series.made_of)

    def _series(self, home: str, entity_id: str, own: str | None, *told: Any) -> Measurement | None:
        """Return measurement and tags; *told* are the attributes they may be made of."""
        attributes = dict(zip(told[::2], told[1::2], strict=True))
        measurement = self._measurements.of(entity_id, attributes, own)
        if measurement is None:
            return None
        tags = self._tags.of(home, entity_id, attributes)
        return Measurement(encodable(measurement.written + tags), measurement.made_of)

    def _read(self, value: Any) -> Written:
        if value is None or (isinstance(value, str) and len(value) <= LONGEST_REMEMBERED):
            return self._remembered(value)
        return self._written(value)

    def _written(self, value: Any) -> Written:
        return self._layouts.written(read_attribute(value))

    def _written_state(self, state: str) -> Written:
        return self._layouts.written(read_state(state))


class _Part(NamedTuple):
    """Some attributes: as fields, and those that measurement and tags may be made of."""

    shape: Shape
    contents: tuple[str, ...]
    telling: tuple[Any, ...]
    """Name and value of each in turn."""
