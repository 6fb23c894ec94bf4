"""How a state change becomes a line, for whoever takes line protocol: schemas and their options."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from attrs import field, frozen

from trio_ingest.config.common import (
    ANY_TEXT,
    AttributeNames,
    Domain,
    EntityId,
    Glob,
)
from trio_ingest.config.kinds.many import Names
from trio_ingest.config.kinds.plain import Text


class Identity(StrEnum):
    """What makes a series: the entity id, or what stays when that is changed."""

    ENTITY_ID = "entity_id"
    REGISTRY_ID = "registry_id"


class InfluxApi(StrEnum):
    """Which write API an InfluxDB speaks."""

    V1 = "v1"
    V2 = "v2"
    V3 = "v3"


class Precision(StrEnum):
    """The unit of the timestamps that are sent."""

    NS = "ns"
    US = "us"
    MS = "ms"
    S = "s"


class Schema(StrEnum):
    """How a state change becomes a point."""

    TIDY = "tidy"
    HOME_ASSISTANT = "home-assistant"
    HOMEIQ = "homeiq"


class MeasurementAttr(StrEnum):
    """What names the measurement in the schema `home-assistant`."""

    UNIT_OF_MEASUREMENT = "unit_of_measurement"
    DOMAIN_DEVICE_CLASS = "domain__device_class"
    ENTITY_ID = "entity_id"


@frozen(kw_only=True)
class ComponentConfig:
    """`component_config`: what differs for some entities in the schema `home-assistant`.

    What is None is not given, and leaves in place what the entity's domain or a glob says.
    """

    override_measurement: Annotated[
        str | None, Text(may_be_empty=True), 'The measurement of these entities; "" for the usual.'
    ] = None
    ignore_attributes: Annotated[
        tuple[str, ...] | None, Names(ANY_TEXT, "icon"), "Attributes of theirs to leave out, too."
    ] = None


# Without slots, because a class cannot have two bases with them.
@frozen(kw_only=True, slots=False)
class HomeAssistantSchemaConfig:
    """The options of Home Assistant's own `influxdb` integration, by the names they have there."""

    measurement_attr: Annotated[MeasurementAttr, "The attribute that names the measurement."] = (
        MeasurementAttr.UNIT_OF_MEASUREMENT
    )
    default_measurement: Annotated[
        str | None, "The measurement of what has no such attribute, instead of its entity id."
    ] = None
    override_measurement: Annotated[str | None, "One measurement for everything."] = None
    tags_attributes: Annotated[AttributeNames, "Attributes to write as tags."] = ()
    ignore_attributes: Annotated[AttributeNames, "Attributes to leave out."] = ()
    component_config: Annotated[
        Mapping[EntityId, ComponentConfig], "What differs for an entity."
    ] = field(factory=dict)
    component_config_domain: Annotated[
        Mapping[Domain, ComponentConfig], "What differs for a domain."
    ] = field(factory=dict)
    component_config_glob: Annotated[
        Mapping[Glob, ComponentConfig], "What differs for entities whose ids fit a glob."
    ] = field(factory=dict)


class StateFormat(StrEnum):
    """How the schema `homeiq` writes a state."""

    PLAIN = "plain"
    LEGACY = "legacy"


@frozen(kw_only=True, slots=False)
class LineProtocolConfig(HomeAssistantSchemaConfig):
    """What every sink has that takes line protocol. `api` is that of the database it ends in."""

    api: InfluxApi
    schema: Annotated[Schema, "How a state change becomes a point."] = Schema.TIDY
    identity: Annotated[
        Identity,
        "What makes a series in schema tidy: the entity id, or the registry's own id, with which a "
        "renamed entity keeps its series.",
    ] = Identity.ENTITY_ID
    tag_labels: Annotated[bool, "Whether an entity's labels are a tag in schema tidy."] = False
    state_format: Annotated[
        StateFormat,
        "How schema homeiq writes states: the plain text, or the text of a Python dict, as the old "
        "service did.",
    ] = StateFormat.PLAIN
    precision: Annotated[
        Precision,
        "The unit of timestamps. A coarse one merges changes of an entity that fall into one unit.",
    ] = Precision.US
