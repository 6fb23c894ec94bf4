"""The reference page of all keys, made from the classes of the model.

`python -m trio_ingest.config.reference > docs/configuration.md`
"""

import json
import sys
from collections.abc import Mapping
from importlib.resources import files

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.keys import Key, keys_of
from trio_ingest.config.line_protocol_model import (
    ComponentConfig,
    HomeAssistantSchemaConfig,
    LineProtocolConfig,
)
from trio_ingest.config.model import (
    AdminConfig,
    Config,
    DataApiConfig,
    HomeAssistantConfig,
    LoggingConfig,
)
from trio_ingest.config.nats_model import NatsSinkConfig
from trio_ingest.config.relay_model import RelayConfig
from trio_ingest.config.sink_model import (
    AttributePatterns,
    AttributesConfig,
    BatchConfig,
    EntityPatterns,
    SinkConfig,
    SpoolConfig,
    SqliteSinkConfig,
)
from trio_ingest.config.tables import SINK_KIND

KIND = Key(doc="Which kind of database it is.", kind=SINK_KIND, is_required=True)


def own_keys(sink: type[SinkConfig]) -> Mapping[str, Key]:
    """Return the keys that not every sink has, and that do not belong to schemas."""
    others = {**keys_of(SinkConfig), **keys_of(LineProtocolConfig)}
    return {name: key for name, key in keys_of(sink).items() if name not in others}


SECTIONS: Mapping[str, Mapping[str, Key]] = {
    "At the top of the file": keys_of(Config),
    "`[home_assistant.NAME]`": keys_of(HomeAssistantConfig),
    "`[sink.NAME]`": {"kind": KIND, **keys_of(SinkConfig)},
    '`[sink.NAME]` with `kind = "influxdb"`': own_keys(InfluxSinkConfig),
    '`[sink.NAME]` with `kind = "sqlite"`': own_keys(SqliteSinkConfig),
    '`[sink.NAME]` with `kind = "nats"`': own_keys(NatsSinkConfig),
    '`[sink.NAME]` with `kind = "influxdb"` or `"nats"`': {
        name: key
        for name, key in keys_of(LineProtocolConfig).items()
        if name not in keys_of(HomeAssistantSchemaConfig)
    },
    '`[sink.NAME]` with `schema = "home-assistant"`': keys_of(HomeAssistantSchemaConfig),
    "`[sink.NAME.component_config.ENTITY_ID]`, `[sink.NAME.component_config_domain.DOMAIN]` and "
    "`[sink.NAME.component_config_glob.GLOB]`": keys_of(ComponentConfig),
    "`[sink.NAME.batch]`": keys_of(BatchConfig),
    "`[sink.NAME.spool]`": keys_of(SpoolConfig),
    "`[sink.NAME.include]` and `[sink.NAME.exclude]`": keys_of(EntityPatterns),
    "`[sink.NAME.attributes]`": keys_of(AttributesConfig),
    "`[sink.NAME.attributes.domain.DOMAIN]`": keys_of(AttributePatterns),
    "`[relay]`": keys_of(RelayConfig),
    "`[admin]`": keys_of(AdminConfig),
    "`[publish.data_api]`": keys_of(DataApiConfig),
    "`[logging]`": keys_of(LoggingConfig),
}


def reference() -> str:
    """Return the whole page: the introduction, which is written by hand, and the keys."""
    introduction = files("trio_ingest.config").joinpath("introduction.md").read_text("utf-8")
    return "\n".join([introduction, *(section(*each) for each in SECTIONS.items())])


def section(title: str, keys: Mapping[str, Key]) -> str:
    """Return the keys of one table; the tables inside it have sections of their own."""
    rows = [row(name, key) for name, key in keys.items() if key.table is None]
    head = ["| Key | Takes | Default | Meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([f"### {title}", "", *head, *rows, ""])


def row(name: str, key: Key) -> str:
    """Return what there is to know of one key."""
    if key.is_required:
        default = "**required**"
    elif key.when_unset is not None:
        default = key.when_unset
    elif key.kind is None or key.default is None:
        default = "none"
    else:
        default = f"`{json.dumps(key.kind.write(key.default))}`"
    return f"| `{name}` | {key.kind} | {default} | {key.doc} |"


if __name__ == "__main__":
    sys.stdout.write(reference())
