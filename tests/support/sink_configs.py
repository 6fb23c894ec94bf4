"""Configurations of sinks, for tests of what is made by them."""

from typing import Any

from trio_ingest.config.influx_model import InfluxAuth, InfluxSinkConfig
from trio_ingest.config.line_protocol_model import InfluxApi


def influx_config(**settings: Any) -> InfluxSinkConfig:
    """Return the configuration of an InfluxDB that asks for no password, with *settings*."""
    defaults = {
        "name": "influx",
        "url": "http://127.0.0.1:8086",
        "api": InfluxApi.V1,
        "auth": InfluxAuth.NONE,
        "database": "home_assistant",
    }
    return InfluxSinkConfig(**defaults | settings)
