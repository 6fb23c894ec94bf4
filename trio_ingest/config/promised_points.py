"""The part of the delivery promise that tells what is recorded, and as which points."""

from collections.abc import Iterator

from trio_ingest.config.line_protocol_model import Identity, LineProtocolConfig, Schema
from trio_ingest.config.sink_model import AttributePatterns, EntityPatterns, SinkConfig


def promise_of_schema(sink: LineProtocolConfig) -> Iterator[str]:
    """Yield what the schema leaves out or keeps together."""
    match sink.schema:
        case Schema.TIDY if sink.identity is Identity.REGISTRY_ID:
            yield (
                "a renamed entity goes on in the same series (identity); one that is not in the "
                "registry begins a new one."
            )
        case Schema.HOME_ASSISTANT:
            yield (
                "points are what Home Assistant's own influxdb integration writes: as with it, "
                '"unavailable", "unknown", empty states and removals are not recorded here.'
            )
        case Schema.HOMEIQ:
            yield (
                "points are what the readers of HomeIQ look for; a removal is one with an empty "
                "state_value."
            )


def promise_of_selection(sink: SinkConfig) -> Iterator[str]:
    """Yield what is left out on purpose."""
    parts = [("include", names(sink.include)), ("exclude", names(sink.exclude))]
    said = "; ".join(f"{way} {named}" for way, named in parts if named)
    if said:
        yield f"only entities that pass the filter are recorded: {said}."
    else:
        yield "all entities are recorded."
    if isinstance(sink, LineProtocolConfig) and sink.schema is not Schema.TIDY:
        return  # the others do not ask for the patterns of attributes
    attributes = sink.attributes
    if attributes.include != ("*",) or attributes.exclude:
        yield f"of the attributes are recorded: {recorded(attributes)}."
    for domain, patterns in attributes.domain.items():
        yield f"of the attributes of {domain}.* are recorded: {recorded(patterns)}."
    if isinstance(sink, LineProtocolConfig) and attributes.nested == "drop":
        yield 'attributes that are lists or objects are left out (attributes.nested = "drop").'


def names(patterns: EntityPatterns) -> str:
    """Return all that *patterns* name."""
    groups = {
        "area": patterns.areas,
        "label": patterns.labels,
        "device class": patterns.device_classes,
        "integration": patterns.integrations,
        "category": patterns.entity_categories,
    }
    return ", ".join(
        [
            *(f"{domain}.*" for domain in patterns.domains),
            *patterns.entities,
            *patterns.globs,
            *(f"{group} {name}" for group, each in groups.items() for name in each),
            *(["what is hidden"] if patterns.hidden else []),
        ]
    )


def recorded(patterns: AttributePatterns) -> str:
    """Return which attributes pass *patterns*."""
    left_out = f", but not {', '.join(patterns.exclude)}" if patterns.exclude else ""
    return f"{', '.join(patterns.include)}{left_out}" if patterns.include else "none"
