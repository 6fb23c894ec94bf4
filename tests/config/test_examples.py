"""The examples, as people copy them."""

import re
from pathlib import Path

import pytest

from tests.config.support import ENVIRONMENT, load_text
from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.keys import keys_of
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.config.model import Config, HomeAssistantConfig
from trio_ingest.config.nats_model import NatsSinkConfig
from trio_ingest.config.promise import promise
from trio_ingest.config.sink_model import SqliteSinkConfig

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))
FILES = (
    "ha.token",
    "influx.token",
    "influx.password",
    "admin.token",
    "data-api.token",
    "ca.pem",
    "nats.creds",
    "client.pem",
    "client.key",
)


def load_example(directory: Path, name: str) -> Config:
    """Load a copy of an example, among the files that it names."""
    for file in FILES:
        (directory / file).write_text("abc")
        (directory / file).chmod(0o600)
    environment = {**ENVIRONMENT, "CABIN_TOKEN": "abc"}
    return load_text(directory, (ROOT / "examples" / name).read_text(), environment)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_loads(tmp_path, example: Path):
    """Every example can be used as it is, gives no warning, and points to its schema."""
    config = load_example(tmp_path, example.name)

    assert () == config.warnings
    assert promise(config)
    assert example.read_text().startswith("#:schema ../trio_ingest/config/schema.json\n")
    assert (ROOT / "trio_ingest" / "config" / "schema.json").is_file()


@pytest.mark.parametrize(
    ("name", "api"),
    [("influxdb1", InfluxApi.V1), ("influxdb2", InfluxApi.V2), ("influxdb3", InfluxApi.V3)],
)
def test_api(tmp_path, name: str, api: InfluxApi):
    """The example of a version speaks its API."""
    (sink,) = load_example(tmp_path, f"{name}.toml").sinks

    assert isinstance(sink, InfluxSinkConfig)
    assert api is sink.api


def test_full():
    """The full example has every key; of a secret and its file one is enough."""
    text = (ROOT / "examples" / "full.toml").read_text()
    wanted = all_keys(Config) | all_keys(HomeAssistantConfig)
    wanted |= all_keys(InfluxSinkConfig) | all_keys(SqliteSinkConfig) | all_keys(NatsSinkConfig)

    missing = {key for key in wanted if not re.search(rf"\b{key}( =|\]|\.)", text)}

    assert set() == missing


def all_keys(table: type) -> set[str]:
    """Return the keys of a table, and of those inside it."""
    names = set()
    for name, key in keys_of(table).items():
        names |= {name} if key.table is None else {name, *all_keys(key.table)}
    return names
