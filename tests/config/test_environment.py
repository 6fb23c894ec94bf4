"""The configuration without a file."""

from pathlib import Path

import pytest

from tests.config.support import load_text
from trio_ingest.config.common import Secret
from trio_ingest.config.influx_model import InfluxAuth, InfluxSinkConfig
from trio_ingest.config.line_protocol_model import InfluxApi, Schema
from trio_ingest.config.loading import load
from trio_ingest.config.model import LogFormat
from trio_ingest.config.problems import ConfigurationError

HOME = {"HOME": "/home/anna", "HA_HTTP_URL": "http://ha:8123", "HA_TOKEN": "abc"}
INFLUX = {
    "INFLUXDB_URL": "http://db:8086",
    "INFLUXDB_TOKEN": "t",
    "INFLUXDB_ORG": "o",
    "INFLUXDB_BUCKET": "b",
}


def lines_of(environment: dict[str, str]) -> list[str]:
    """Return what is printed about the environment."""
    with pytest.raises(ConfigurationError) as raised:
        load(None, environment)
    return str(raised.value).splitlines()


def test_enough():
    """The variables of the old service are a whole configuration, for InfluxDB 2."""
    config = load(None, HOME | INFLUX)

    (home,), (sink,) = config.home_assistants, config.sinks
    assert ("home", "http://ha:8123", Secret(value="abc")) == (home.name, home.url, home.token)
    assert isinstance(sink, InfluxSinkConfig)
    assert ("influxdb", InfluxApi.V2, InfluxAuth.TOKEN) == (sink.name, sink.api, sink.auth)
    assert ("http://db:8086", "o", "b") == (sink.url, sink.org, sink.bucket)
    assert Secret(value="t") == sink.secret
    assert config.source is None


def test_embedded():
    """Without those of InfluxDB the changes go into the embedded database."""
    (sink,) = load(None, HOME).sinks

    assert "embedded" == sink.name


def test_other_names():
    """Home Assistant's variables have longer names, which count if the short ones are empty."""
    environment = {
        "HOME": "/home/anna",
        "HA_TOKEN": "",
        "HOME_ASSISTANT_URL": "https://long",
        "HOME_ASSISTANT_TOKEN": "long",
    }

    (home,) = load(None, environment).home_assistants

    assert ("https://long", Secret(value="long")) == (home.url, home.token)


def test_values_are_as_they_are():
    """A dollar in a variable means nothing."""
    (home,) = load(None, HOME | {"HA_TOKEN": "a${b}$"}).home_assistants

    assert "a${b}$" == home.token.read()


def test_tokens_in_files(tmp_path: Path):
    """A token may lie in a file, as containers get their secrets; then it is read from there."""
    for name in ("ha", "influx"):
        (tmp_path / name).write_text(f"token-of-{name}\n")
        (tmp_path / name).chmod(0o600)
    files = {
        "HA_TOKEN": "",
        "HA_TOKEN_FILE": str(tmp_path / "ha"),
        "INFLUXDB_TOKEN": "",
        "INFLUXDB_TOKEN_FILE": str(tmp_path / "influx"),
    }

    config = load(None, HOME | INFLUX | files)

    (home,), (sink,) = config.home_assistants, config.sinks
    assert isinstance(sink, InfluxSinkConfig)
    assert ("token-of-ha", "token-of-influx") == (home.token.read(), sink.secret.read())


def test_the_old_services_other_variables():
    """The port, the log and the WebSocket's address are taken as the old service took them."""
    environment = {
        "HOME": "/home/anna",
        "HA_WS_URL": "ws://ha:8123/api/websocket",
        "HA_TOKEN": "abc",
        "WEBSOCKET_INGESTION_PORT": "8001",
        "LOG_LEVEL": "WARN",
        "LOG_FORMAT": "json",
        "TRIO_INGEST_ADMIN_LISTEN": "0.0.0.0:8099",
        "INFLUXDB_USERNAME": "admin",
        "API_KEY": "unknown here",
    }

    config = load(None, environment | {"INFLUXDB_SCHEMA": "homeiq"} | INFLUX)

    assert "ws://ha:8123/api/websocket" == config.home_assistants[0].url
    assert "0.0.0.0:8001" == config.admin.listen
    assert ("warning", LogFormat.JSON) == (config.logging.level, config.logging.format)
    (sink,) = config.sinks
    assert isinstance(sink, InfluxSinkConfig)
    assert Schema.HOMEIQ is sink.schema


def test_where_the_admin_server_listens(tmp_path: Path):
    """The environment has the default; a file that says something else wins."""
    environment = HOME | {"TRIO_INGEST_ADMIN_LISTEN": "0.0.0.0:8099"}
    home = '[home_assistant.home]\nurl = "http://ha:8123"\ntoken = "abc"\n'

    assert "127.0.0.1:8099" == load(None, HOME).admin.listen
    assert "0.0.0.0:8099" == load(None, environment).admin.listen
    assert "0.0.0.0:8099" == load_text(tmp_path, home, environment).admin.listen
    off = f'{home}[admin]\nlisten = ""\n'
    assert "" == load_text(tmp_path, off, environment).admin.listen


def test_a_log_level_alone_is_nothing():
    """Variables that other programs have, too, are no configuration."""
    assert "HA_HTTP_URL: is not set" in lines_of({"LOG_LEVEL": "INFO"})[1]


def test_nothing():
    """With neither a file nor a variable both ways are explained."""
    assert [
        "the environment: 1 problem",
        (
            "  HA_HTTP_URL: is not set, and no configuration file was found either. Name a file with "
            "--config or put it at /etc/trio-ingest/trio-ingest.toml. Or set HA_HTTP_URL and HA_TOKEN, "
            "and for InfluxDB 2 also INFLUXDB_URL, INFLUXDB_TOKEN, INFLUXDB_ORG and INFLUXDB_BUCKET."
        ),
    ] == lines_of({"HOME": "/home/anna"})


def test_too_little():
    """What is missing is called by the names of the variables."""
    head, *lines = lines_of(HOME | {"HA_HTTP_URL": "", "INFLUXDB_ORG": "o"})

    assert "the environment: 4 problems" == head
    assert [
        "  HA_HTTP_URL or HOME_ASSISTANT_URL or HA_WS_URL: is missing. Set it.",
        "  INFLUXDB_BUCKET: is missing. Set it.",
        "  INFLUXDB_TOKEN: is missing. Set it.",
        "  INFLUXDB_URL: is missing. Set it.",
    ] == sorted(lines)


def test_wrong():
    """What is wrong with a variable is said as it is for a key."""
    assert [
        "the environment: 1 problem",
        (
            "  HA_HTTP_URL or HOME_ASSISTANT_URL or HA_WS_URL: is no URL that can be used here. "
            "Write a URL that begins with http://, https://, ws:// or wss://."
        ),
    ] == lines_of(HOME | {"HA_HTTP_URL": "ha:8123"})
