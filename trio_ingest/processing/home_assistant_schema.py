"""The schema `home-assistant`: the bytes that Home Assistant's own `influxdb` integration writes.

It follows Home Assistant 2026.11, so that dashboards and buckets made with the integration go on
working. Where the integration would fail, the nearest line that a server takes is written.
"""

import re
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from attrs import frozen

from trio_ingest.config.line_protocol_model import HomeAssistantSchemaConfig, InfluxApi, Precision
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.batch import Encoding
from trio_ingest.model.registry import Registry
from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.home_assistant_clients import client_for
from trio_ingest.processing.home_assistant_components import Components
from trio_ingest.processing.home_assistant_measurement import Measurements
from trio_ingest.processing.home_assistant_pattern import FieldPattern
from trio_ingest.processing.home_assistant_tags import Tags
from trio_ingest.processing.home_assistant_values import Reading, read_attribute, read_state
from trio_ingest.processing.last_made import LastMade
from trio_ingest.processing.remembered import Remembered

NOT_RECORDED = ("", "unknown", "unavailable")
REMEMBERED_NAMES = 4096
REMEMBERED_TEXTS = 16_384
LONGEST_REMEMBERED = 255

_HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")
_REPLACEMENT_CHARACTER = "\ufffd"


class HomeAssistantEncoder:
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
        self._components = Components(options)
        self._measurements = Measurements(options, self._client)
        self._tags = Tags(
            self._client,
            attributes=options.tags_attributes,
            constant=tags,
            home_tag=home_tag,
        )
        self._no_fields = {"time"}
        if api is InfluxApi.V3:  # where no table has a tag and a field of one name
            self._no_fields |= self._tags.names
        self._field_key = lru_cache(REMEMBERED_NAMES)(self._client.field_key)
        self._read_state = lru_cache(REMEMBERED_TEXTS)(read_state)
        self._remembered = lru_cache(REMEMBERED_TEXTS)(read_attribute)
        self._entities = Remembered({}, self._make_entity)

    def encode(self, home: str, change: StateChange) -> str | None:
        """Return the line of *change*, or None. Never raises for any JSON it may hold."""
        state = change.state
        if state is None or state.value in NOT_RECORDED:
            return None
        about = self._entities.of(home, change.entity_id).of(state.attributes)
        fields = about and about.fields.written(self._read_state(state.value))
        if about is None or not fields:
            return None
        return _encodable(f"{about.series} {fields} {self._client.timestamp(change.time)}")

    def _make_entity(self, home: str, entity_id: str, _: Registry) -> LastMade["_About | None"]:
        return LastMade(partial(self._about, home, entity_id))

    def _about(self, home: str, entity_id: str, attributes: Attributes) -> "_About | None":
        """Return what is written of an entity besides its state; None if it has no measurement."""
        options = self._components.options_of(entity_id)
        given = attributes.by_name
        measurement = self._measurements.of(entity_id, given, options.override_measurement)
        if measurement is None:
            return None
        readings = [
            (name, self._read(value))
            for name, value in given.items()
            if name not in options.no_fields and name != measurement.made_of
        ]
        return _About(
            series=f"{measurement.written}{self._tags.of(home, entity_id, given)}",
            fields=FieldPattern(
                readings=readings,
                taken=self._no_fields,
                key=self._field_key,
                number=self._client.number,
            ),
        )

    def _read(self, value: Any) -> Reading:
        if value is None or (isinstance(value, str) and len(value) <= LONGEST_REMEMBERED):
            return self._remembered(value)
        return read_attribute(value)


@frozen(kw_only=True)
class _About:
    """What stands before the fields of an entity, and what writes them."""

    series: str
    fields: FieldPattern


def _encodable(line: str) -> str:
    """Return *line* with U+FFFD for each half of a surrogate pair, which is no UTF-8."""
    try:
        line.encode()
    except UnicodeEncodeError:
        return _HALF_OF_A_PAIR.sub(_REPLACEMENT_CHARACTER, line)
    return line
