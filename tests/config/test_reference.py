"""docs/configuration.md."""

from pathlib import Path

from attrs import fields

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.keys import keys_of
from trio_ingest.config.model import Config, HomeAssistantConfig
from trio_ingest.config.nats_model import NatsSinkConfig
from trio_ingest.config.reference import reference
from trio_ingest.config.sink_model import SqliteSinkConfig

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_in_step():
    """The page in docs/ is the one that the classes make."""
    assert reference() == PAGE.read_text(encoding="utf-8"), "run trio_ingest.config.reference"


def test_nothing_forgotten():
    """Every field is a key with a meaning, but for those that no file sets directly."""
    classes = (Config, HomeAssistantConfig, InfluxSinkConfig, SqliteSinkConfig, NatsSinkConfig)
    silent = {each.name for table in classes for each in fields(table)}
    silent -= {name for table in classes for name in keys_of(table)}

    assert {"name", "source", "secret", "home_assistants", "sinks", "relay", "warnings"} == silent


def test_kinds_return():
    """A default that is written into the page can be read back as the same value."""
    for table in (Config, HomeAssistantConfig, InfluxSinkConfig, SqliteSinkConfig, NatsSinkConfig):
        check_defaults(table)


def check_defaults(table: type) -> None:
    """Write and read each default of *table*."""
    for key in keys_of(table).values():
        if key.table is not None:
            check_defaults(key.table)
        elif key.kind is not None and key.default is not None:
            assert key.default == key.kind.read(key.kind.write(key.default))
