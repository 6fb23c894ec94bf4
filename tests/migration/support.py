"""Importing texts as if they were files, and loading what comes out."""

from pathlib import Path
from typing import Any

import yaml

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.loading import load
from trio_ingest.migration.import_influxdb import Imported, import_influxdb

FILES = ("ha.token", "influx.token", "influx.password", "ca.pem")


def import_text(directory: Path, text: str) -> Imported:
    """Return what is made of a configuration.yaml with *text* in *directory*."""
    file = directory / "configuration.yaml"
    file.write_text(text, encoding="utf-8")
    return import_influxdb(file)


def sink_of(directory: Path, imported: Imported) -> InfluxSinkConfig:
    """Load an imported configuration, among the files that it names, and return its sink."""
    for name in FILES:
        (directory / name).write_text("abc")
        (directory / name).chmod(0o600)
    file = directory / "trio-ingest.toml"
    file.write_text(imported.text, encoding="utf-8")
    config = load(file, {"HOME": "/home/anna"})
    assert () == config.warnings
    (sink,) = config.sinks
    assert isinstance(sink, InfluxSinkConfig)
    return sink


def sink_for(directory: Path, options: dict[str, Any]) -> InfluxSinkConfig:
    """Return the sink that is made of *options* of the integration."""
    text = yaml.safe_dump({"influxdb": options}, sort_keys=False)
    return sink_of(directory, import_text(directory, text))
