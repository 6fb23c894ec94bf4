"""The schema `home-assistant`: the bytes that Home Assistant's own `influxdb` integration writes.

It follows Home Assistant 2026.11, so that dashboards and buckets made with the integration go on
working. Where the integration would fail, the nearest line that a server takes is written.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from trio_ingest.config.model import HomeAssistantSchemaConfig, InfluxApi, Precision
from trio_ingest.model.batch import Encoding
from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.home_assistant_clients import client_for
from trio_ingest.processing.home_assistant_components import Components
from trio_ingest.processing.home_assistant_fields import (
    Fields,
    add_attribute,
    fields_of_state,
    step_aside,
)
from trio_ingest.processing.home_assistant_measurement import Measurements
from trio_ingest.processing.home_assistant_tags import Tags
from trio_ingest.processing.home_assistant_values import Reading, read_attribute, read_state

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

    def encode(self, home: str, change: StateChange) -> str | None:
        """Return the line of *change*, or None. Never raises for any JSON it may hold."""
        state = change.state
        if state is None or state.value in NOT_RECORDED:
            return None
        entity = self._components.options_of(change.entity_id)
        measurement = self._measurements.of(
            change.entity_id, state.attributes, entity.override_measurement
        )
        if measurement is None:
            return None
        fields = fields_of_state(self._read_state(state.value))
        for name, value in state.attributes.items():
            if name not in entity.no_fields and name != measurement.made_of:
                add_attribute(fields, name, self._read(value))
        step_aside(fields, self._no_fields)
        written = self._write(fields)
        if not written:
            return None
        tags = self._tags.of(home, change.entity_id, state.attributes)
        return _encodable(
            f"{measurement.written}{tags} {written} {self._client.timestamp(change.time)}"
        )

    def _read(self, value: Any) -> Reading:
        if value is None or (isinstance(value, str) and len(value) <= LONGEST_REMEMBERED):
            return self._remembered(value)
        return read_attribute(value)

    def _write(self, fields: Fields) -> str:
        """Return the fields sorted by name, without those that no server takes."""
        written = []
        for name in sorted(fields):
            key, value = self._field_key(name), fields[name]
            text = value if isinstance(value, str) else self._client.number(value)
            if key is not None and text is not None:
                written.append(f"{key}={text}")
        return ",".join(written)


def _encodable(line: str) -> str:
    """Return *line* with U+FFFD for each half of a surrogate pair, which is no UTF-8."""
    try:
        line.encode()
    except UnicodeEncodeError:
        return _HALF_OF_A_PAIR.sub(_REPLACEMENT_CHARACTER, line)
    return line
