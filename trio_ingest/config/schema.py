"""The JSON Schema of the configuration file, for editors; made from the classes of the model.

`python -m trio_ingest.config.schema > trio_ingest/config/schema.json`
"""

import json
import sys

from trio_ingest.config.influx_rules import APIS_OF_KEYS, TARGETS
from trio_ingest.config.keys import Key, keys_of
from trio_ingest.config.kinds.kind import JsonSchema
from trio_ingest.config.line_protocol_model import Schema
from trio_ingest.config.model import Config, HomeAssistantConfig
from trio_ingest.config.relay_model import RelayConfig
from trio_ingest.config.relay_rules import OF_BATCHES, OF_RECORDING
from trio_ingest.config.schema_rules import foreign_keys, pattern_of_tags
from trio_ingest.config.tables import NAME_PATTERN, SINK_KIND, SINK_KINDS, class_of


def schema() -> JsonSchema:
    """Return the schema. What only the loader can know, such as credentials, it leaves open."""
    root = schema_of_table(Config)
    root["properties"]["home_assistant"] = {
        "description": "One table for each Home Assistant.",
        "minProperties": 1,
        **named_tables(schema_of_table(HomeAssistantConfig)),
    }
    root["properties"]["sink"] = {
        "description": "One table for each database; without any, one is embedded.",
        **named_tables(schema_of_sink()),
    }
    root["properties"]["relay"] = {
        "description": "Makes a relay of it, for `trio-ingest relay`, which records no home.",
        **schema_of_table(RelayConfig),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "trio-ingest configuration",
        **root,
        "if": {"required": ["relay"]},
        "then": rule_of_relay(),
        "else": {"required": ["home_assistant"]},
        "$defs": {f"{kind}_sink": schema_of_sink_kind(kind) for kind in SINK_KINDS},
    }


def rule_of_relay() -> JsonSchema:
    """Return what the file of a relay has, and what it must not have."""
    foreign: JsonSchema = dict.fromkeys((*OF_BATCHES, "spool"), False)
    batch = {"properties": {"linger": False}}
    sink = {"properties": {"kind": {"const": "influxdb"}, **foreign, "batch": batch}}
    sinks = {"minProperties": 1, "maxProperties": 1, "additionalProperties": sink}
    tables: JsonSchema = dict.fromkeys(OF_RECORDING, False)
    return {"required": ["sink"], "properties": {**tables, "sink": sinks}}


def named_tables(table: JsonSchema, pattern: str = NAME_PATTERN) -> JsonSchema:
    """Return the schema of a table that holds tables by names that fit *pattern*."""
    names = {"pattern": pattern}
    return {"type": "object", "propertyNames": names, "additionalProperties": table}


def schema_of_table(table: type) -> JsonSchema:
    """Return the schema of the table that becomes an object of this class."""
    keys = keys_of(table)
    result: JsonSchema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: schema_of_key(key) for name, key in keys.items()},
    }
    if required := [name for name, key in keys.items() if key.is_required]:
        result["required"] = required
    if files := [name for name in keys if f"{name}_file" in keys]:
        result["allOf"] = [{"not": {"required": [name, f"{name}_file"]}} for name in files]
    return result


def schema_of_key(key: Key) -> JsonSchema:
    """Return the schema of what a key takes."""
    if key.table is not None:
        table = schema_of_table(key.table)
        if key.names is not None:
            table = named_tables(table, key.names.pattern)
        return {"description": key.doc, **table}
    assert key.kind is not None
    result = {"description": key.doc, **key.kind.schema()}
    if key.default is not None:
        result["default"] = key.kind.write(key.default)
    return result


def schema_of_sink() -> JsonSchema:
    """Return the schema of any sink: its `kind` decides which keys it has."""
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": SINK_KIND.schema()},
        "allOf": [when("kind", kind, {"$ref": f"#/$defs/{kind}_sink"}) for kind in SINK_KINDS],
    }


def schema_of_sink_kind(kind: str) -> JsonSchema:
    """Return the schema of one kind of sink, with all its keys."""
    result = schema_of_table(class_of(kind))
    result["properties"] = {"kind": {"const": kind}, **result["properties"]}
    if kind == "sqlite":
        return result | {"allOf": [rule_of_schema(Schema.TIDY)]}
    if kind == "influxdb":
        for api, target in TARGETS.items():
            foreign = {key: False for key, apis in APIS_OF_KEYS.items() if api not in apis}
            rule = {"required": [target], "properties": foreign}
            result["allOf"].append(when("api", str(api), rule))
    default = keys_of(class_of(kind))["schema"].default
    for each in Schema:
        rule = rule_of_schema(each)
        result["allOf"].append(when("schema", str(each), rule, or_unset=each is default))
    return result


def rule_of_schema(schema: Schema) -> JsonSchema:
    """Return what a sink's own schema asks of its other keys."""
    tags = {"propertyNames": {"pattern": pattern_of_tags(schema)}}
    return {"properties": {**dict.fromkeys(foreign_keys(schema), False), "tags": tags}}


def when(key: str, value: str, rule: JsonSchema, *, or_unset: bool = False) -> JsonSchema:
    """Return a schema that asks for *rule* where *key* is *value*."""
    required = [] if or_unset else [key]
    return {"if": {"properties": {key: {"const": value}}, "required": required}, "then": rule}


if __name__ == "__main__":
    json.dump(schema(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
