"""What is to be said of an entity: as Home Assistant has it, and as each sink takes it."""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from trio_ingest.config.line_protocol_model import LineProtocolConfig
from trio_ingest.config.model import Config
from trio_ingest.config.sink_model import SinkConfig
from trio_ingest.home_assistant.present import Present
from trio_ingest.lane_settings import make_encoder
from trio_ingest.model.instant import to_datetime
from trio_ingest.model.registry import UNREGISTERED, Entry, Latest, Registry
from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.selection import Selection

NEAR_NAMES = 5


def explain_entity(
    entity_id: str, home: str, homes: Mapping[str, Present], config: Config
) -> Iterator[str]:
    """Yield the lines about an entity that *home* has."""
    change, entry = homes[home].changes[entity_id], homes[home].registry.entry_of(entity_id)
    yield f"{entity_id} in {home}"
    if change.state is not None:
        yield f"  state       {json.dumps(change.state.value, ensure_ascii=False)}"
        yield f"  at          {to_datetime(change.time).isoformat()}"
        yield f"  attributes  {', '.join(change.state.attributes.by_name) or 'none'}"
    yield f"  registry    {about(entry)}"
    registries = {
        each.name: Latest(homes[each.name].registry if each.name in homes else Registry())
        for each in config.home_assistants
    }
    for sink in config.sinks:
        yield ""
        yield from explain_sink(sink, home, change, registries)


def about(entry: Entry) -> str:
    """Say what the registry knows that filters may ask for."""
    if entry == UNREGISTERED:
        return "nothing is known"
    known = {
        "area": entry.area,
        "device": entry.device,
        "integration": entry.integration,
        "category": entry.entity_category or "none",
        "labels": ", ".join(entry.labels) or "none",
    }
    words = [f"{name} {value}" for name, value in known.items() if value]
    return "; ".join([*words, *(["hidden"] if entry.is_hidden else [])])


def explain_sink(
    sink: SinkConfig, home: str, change: StateChange, registries: Mapping[str, Latest[Registry]]
) -> Iterator[str]:
    """Yield what decides about *change* in a sink, and the line that is written."""
    entry = registries[home].value.entry_of(change.entity_id)
    decision = Selection(sink.include, sink.exclude).decide(change, entry)
    yield f"{sink.name}: {'recorded' if decision.admitted else 'left out'} ({decision.rule})"
    if decision.admitted:
        line = make_encoder(sink, registries).encode(home, change)
        yield f"  {line or no_line(sink)}"


def no_line(sink: SinkConfig) -> str:
    """Say why nothing is written."""
    schema = f"the schema {sink.schema}" if isinstance(sink, LineProtocolConfig) else "this sink"
    return f"nothing is written: {schema} has no point for such a state"


def explain_absence(entity_id: str, homes: Mapping[str, Present]) -> Iterator[str]:
    """Yield what is to be said of an entity that no home has: whether it is known, what is near."""
    there = {each for present in homes.values() for each in present.changes}
    if any(entity_id in present.registry.entries for present in homes.values()):
        yield (
            f"{entity_id} is in the registry but has no state now: it is disabled, or its "
            "integration is not loaded. --state tries one."
        )
        return
    yield f"{entity_id} is not in {' or '.join(homes)}."
    near = get_close_matches(entity_id, sorted(there), NEAR_NAMES)
    if near:
        yield f"Did you mean {', '.join(near)}?"
