"""The reference of the schemas: what is made of real events, written by the encoders themselves.

`python -m tests.docs.schemas > docs/schemas.md`
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.docs.examples import ENTRIES, EXAMPLES, HOME, Example, happening_of
from trio_ingest.config.line_protocol_model import Schema
from trio_ingest.config.loading import load
from trio_ingest.config.sink_model import SinkConfig
from trio_ingest.lane_settings import make_encoder, make_event_encoder
from trio_ingest.model.instant import to_datetime
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import Context, HomeEvent, State, StateChange
from trio_ingest.sinks.sqlite_tables import DATABASE_FORMAT, EVENT_TABLES

INTRODUCTION = Path(__file__).with_name("schemas_introduction.md")
WIDTH = 96
REGISTRIES = {HOME: Latest(Registry(entries=ENTRIES))}

CONFIGURATION = """
[home_assistant.home]
url = "http://homeassistant.local:8123"
token = "example"

[sink.influx]
kind = "influxdb"
url = "http://127.0.0.1:8086"
api = "v2"
org = "home"
bucket = "home_assistant"
token = "example"
schema = "{schema}"
{option}
"""


def page() -> str:
    """Return the whole page: the introduction, which is written by hand, examples, tables."""
    parts = [INTRODUCTION.read_text(encoding="utf-8").rstrip()]
    parts += ["\n".join(section(example)).rstrip() for example in EXAMPLES]
    parts.append("\n".join(tables()))
    return "\n\n".join(parts) + "\n"


def section(example: Example) -> Iterator[str]:
    """Yield an example: what happened, and the lines of it."""
    happening = happening_of(example)
    yield f"### {example.title}\n"
    if example.remark:
        yield f"{example.remark}\n"
    yield from block("json", shown(happening))
    if isinstance(happening, HomeEvent):
        yield "In every schema:\n"
        yield from block("text", line_of(happening, sink_of(Schema.TIDY)) or "")
        return
    entry = ENTRIES.get(happening.entity_id)
    if entry is not None:
        yield f"In the registries: {known(entry)}.\n"
    for schema in Schema:
        yield f"`{schema}`:\n"
        line = line_of(happening, sink_of(schema))
        yield from block("text", line) if line else ["No point.\n"]
        for option in example.options:
            if option.schema == schema:
                yield f"`{schema}` with `{option.toml}`:\n"
                yield from block("text", line_of(happening, sink_of(schema, option.toml)) or "")


def sink_of(schema: Schema, option: str = "") -> SinkConfig:
    """Return the sink that a file with *option* configures."""
    with TemporaryDirectory() as directory:
        file = Path(directory, "trio-ingest.toml")
        file.touch(mode=0o600)
        file.write_text(CONFIGURATION.format(schema=schema, option=option), encoding="utf-8")
        [sink] = load(file, {"HOME": directory}).sinks
    return sink


def line_of(happening: StateChange | HomeEvent, sink: SinkConfig) -> str | None:
    """Return the line that *sink* would be sent."""
    if isinstance(happening, HomeEvent):
        return make_event_encoder(sink, REGISTRIES).encode(HOME, happening)
    return make_encoder(sink, REGISTRIES).encode(HOME, happening)


def shown(happening: StateChange | HomeEvent) -> str:
    """Return the event as JSON, less what is the same again or interests nobody."""
    told: dict[str, Any] = {}
    if isinstance(happening, HomeEvent):
        told |= {"event_type": happening.event_type, "data": dict(happening.data)}
    else:
        told["entity_id"] = happening.entity_id
        told["old_state"] = old_state_shown(happening)
        told["new_state"] = state_shown(happening.state)
    told["time_fired"] = to_datetime(happening.time).isoformat()
    told["context"] = context_shown(happening.context)
    return json_shown(told)


def state_shown(state: State | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {"state": state.value, "attributes": dict(state.attributes.by_name)}


def old_state_shown(change: StateChange) -> dict[str, Any] | None:
    """Return the old state; its attributes only where there are no new ones."""
    old = state_shown(change.old_state)
    return old if old is None or change.is_removal else {"state": old["state"]}


def context_shown(context: Context) -> dict[str, str | None]:
    return {"id": context.id, "parent_id": context.parent_id, "user_id": context.user_id}


def json_shown(value: Any, indent: str = "") -> str:
    """Return JSON with as much on a line as there is room for."""
    text = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(text) <= WIDTH or not isinstance(value, dict):
        return text
    inner = indent + "  "
    items = [
        f"{json.dumps(name, ensure_ascii=False)}: {json_shown(content, inner)}"
        for name, content in value.items()
    ]
    return "{\n" + "\n".join(filled(items, inner)) + f"\n{indent}}}"


def filled(items: Iterable[str], indent: str) -> Iterator[str]:
    """Yield lines of *items*, each as full as it may be."""
    *before, last = items
    line = ""
    for item in [*(f"{item}," for item in before), last]:
        longer = f"{line} {item}" if line else indent + item
        if line and (len(longer) > WIDTH or "\n" in item):
            yield line
            longer = indent + item
        line = longer
    yield line


def known(entry: Entry) -> str:
    """Return what the registries know of an entity, as far as points can have it."""
    facts: Mapping[str, str | None] = {
        "area": entry.area,
        "floor": entry.floor,
        "device": entry.device,
        "manufacturer": entry.manufacturer,
        "model": entry.model,
        "labels": " and ".join(entry.labels),
    }
    return ", ".join(f"{name} {fact}" for name, fact in facts.items() if fact)


def tables() -> Iterator[str]:
    """Yield the tables of the embedded database, as they are made."""
    yield "## The tables of the embedded database\n"
    yield (
        "Attributes are JSON there, of any shape and with each digit; `value` follows the rules of "
        "`tidy`, `value_map` included. Entities are known by their ids; `identity` and `tag_labels` "
        "are not for this kind of sink. People read the views `states` and `latest`. When the same "
        "change is told again, and not as fully (history has not all attributes), the row keeps the "
        "longer attributes, and the area, device, floor and value that it had.\n"
    )
    for statements in (DATABASE_FORMAT.tables, EVENT_TABLES):
        yield from block("sql", dedented(statements))


def dedented(statements: str) -> str:
    lines = statements.strip("\n").rstrip().splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line)
    return "\n".join(line[margin:] for line in lines)


def block(language: str, text: str) -> Iterator[str]:
    yield f"```{language}\n{text}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(page())
