"""What goes with the schema that a sink writes: its own keys, and the names that tags may have."""

import re
from collections.abc import Mapping
from typing import Any

from trio_ingest.config.keys import keys_of
from trio_ingest.config.line_protocol_model import HomeAssistantSchemaConfig, Schema
from trio_ingest.config.problems import Report, shown

KEYS_OF_SCHEMAS: Mapping[Schema, tuple[str, ...]] = {
    Schema.TIDY: ("attributes", "value_map", "identity", "tag_labels"),
    Schema.HOME_ASSISTANT: tuple(keys_of(HomeAssistantSchemaConfig)),
    Schema.HOMEIQ: ("state_format",),
}

# The names that points have already; those of events, which every schema writes, among them.
OF_TIDY = (
    "area device domain entity_id entity_id_str floor home labels registry_id service state time "
    "value"
)
OF_HOMEIQ = (
    "area_id attributes context_id context_parent_id context_user_id device_class device_id domain "
    "duration_in_state_seconds entity_category entity_id event_category event_type home "
    "manufacturer model normalized_value old_state previous_state service state state_value "
    "sw_version time"
)
# Home Assistant's integration lets tags replace its own; only what every server refuses is left.
OF_HOME_ASSISTANT = "_field _measurement time"

TAKEN: Mapping[Schema, tuple[str, ...]] = {
    Schema.TIDY: tuple(OF_TIDY.split()),
    Schema.HOME_ASSISTANT: tuple(OF_HOME_ASSISTANT.split()),
    Schema.HOMEIQ: tuple(OF_HOMEIQ.split()),
}


def check_schema(table: Mapping[str, Any], at: str, report: Report) -> None:
    """Report keys of *table* that its schema does not have, and names of tags that it has."""
    try:
        schema = Schema(table.get("schema", Schema.TIDY))
    except ValueError:
        return  # reading it will say what is wrong
    for key in foreign_keys(schema):
        if key in table:
            owner = next(each for each, keys in KEYS_OF_SCHEMAS.items() if key in keys)
            what = f'belongs to schema "{owner}", but the schema is "{schema}"'
            report.problem(f"{at}.{key}", what, "Leave it out, or choose that schema.")
    check_tags(table.get("tags"), schema, at, report)


def check_tags(tags: object, schema: Schema, at: str, report: Report) -> None:
    """Report the first tag whose name cannot be one in *schema*."""
    for name in tags if isinstance(tags, dict) else ():
        if not re.match(pattern_of_tags(schema), name):
            rest = "" if schema is Schema.HOME_ASSISTANT else 'without "_" in front '
            remedy = f"Choose one {rest}that is none of {', '.join(TAKEN[schema])}."
            report.problem(f"{at}.tags", f"{shown(name)} cannot be a name here", remedy)


def foreign_keys(schema: Schema) -> tuple[str, ...]:
    """Return the keys that belong to other schemas."""
    others = (keys for each, keys in KEYS_OF_SCHEMAS.items() if each is not schema)
    return tuple(key for keys in others for key in keys)


def pattern_of_tags(schema: Schema) -> str:
    """Return the regular expression of the names that constant tags may have in *schema*."""
    begin = "" if schema is Schema.HOME_ASSISTANT else "_|"
    return rf"^(?!{begin}({'|'.join(TAKEN[schema])})$)"
