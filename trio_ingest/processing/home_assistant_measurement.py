"""Which measurement Home Assistant's `influxdb` integration writes an entity to."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from attrs import frozen

from trio_ingest.config.line_protocol_model import HomeAssistantSchemaConfig, MeasurementAttr
from trio_ingest.processing.home_assistant_clients import Client
from trio_ingest.processing.home_assistant_values import text_of

REMEMBERED_NAMES = 4096
UNIT = "unit_of_measurement"
DEVICE_CLASS = "device_class"


@frozen
class Measurement:
    """A measurement, escaped, and the attribute that it is made of, if any: that is no field."""

    written: str
    made_of: str | None = None


class Measurements:
    """Names the measurement of an entity: the first of several that is given and can be written.

    They are the entity's own, the one for all, the one that its attributes make, the default, and
    the entity's id.
    """

    def __init__(self, options: HomeAssistantSchemaConfig, client: Client) -> None:
        self._attribute = options.measurement_attr
        self._written = lru_cache(REMEMBERED_NAMES)(client.measurement)
        self._override = self._usable(options.override_measurement)
        self._default = self._usable(options.default_measurement)

    def of(
        self, entity_id: str, attributes: Mapping[str, Any], own: str | None
    ) -> Measurement | None:
        """Return the measurement of an entity; *own* is what its `component_config` says."""
        override = self._usable(own) or self._override
        if override is not None:
            return Measurement(override)
        return self._made_of_attributes(entity_id, attributes) or self._last(entity_id)

    def _made_of_attributes(
        self, entity_id: str, attributes: Mapping[str, Any]
    ) -> Measurement | None:
        name: Any = entity_id
        made_of = None
        if self._attribute is MeasurementAttr.UNIT_OF_MEASUREMENT:
            name, made_of = attributes.get(UNIT), UNIT
        elif self._attribute is MeasurementAttr.DOMAIN_DEVICE_CLASS:
            name, made_of = _domain_and_device_class(entity_id, attributes)
        written = self._usable(name)
        return None if written is None else Measurement(written, made_of)

    def _last(self, entity_id: str) -> Measurement | None:
        written = self._default or self._usable(entity_id)
        return None if written is None else Measurement(written)

    def _usable(self, name: Any) -> str | None:
        """Return *name* escaped, or None when it is not given or no measurement can have it."""
        text = None if name is None else text_of(name)
        return None if text is None else self._written(text)


def _domain_and_device_class(
    entity_id: str, attributes: Mapping[str, Any]
) -> tuple[str | None, str | None]:
    domain = entity_id.partition(".")[0]
    device_class = attributes.get(DEVICE_CLASS)
    if device_class is None:
        return domain, None
    text = text_of(device_class)
    return (None if text is None else f"{domain}__{text}"), DEVICE_CLASS
