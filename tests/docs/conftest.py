"""The story of the simulated home, and databases that have it."""

from pathlib import Path

import pytest
import trio

from tests.docs.simulated_days import simulated_days
from tests.docs.story import DATABASE, Story, write
from tests.support.servers import InfluxDB1
from tests.support.sink_configs import influx_config
from trio_ingest.config.sink_model import SqliteSinkConfig


@pytest.fixture(scope="session")
def story() -> Story:
    return Story(*simulated_days())


@pytest.fixture(scope="session")
def sqlite(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded database with the story in it."""
    path = tmp_path_factory.mktemp("queries") / "home.db"
    trio.run(write, SqliteSinkConfig(name="home", path=path), story)
    return path


@pytest.fixture(scope="session")
def influx(story: Story, influxdb: InfluxDB1) -> InfluxDB1:
    """An InfluxDB with the story in it."""
    influxdb.create_database(DATABASE)
    trio.run(write, influx_config(url=influxdb.url, database=DATABASE), story)
    return influxdb
