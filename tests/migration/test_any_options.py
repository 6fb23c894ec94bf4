"""Whatever options the integration takes: what is made of them loads, and means the same."""

from pathlib import Path
from typing import Any

import pytest
from attrs import fields
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.migration.support import sink_for
from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.line_protocol_model import ComponentConfig, HomeAssistantSchemaConfig
from trio_ingest.config.sink_model import EntityPatterns

TEXTS = st.text(min_size=1, max_size=8)
LINES = TEXTS.filter(lambda text: "\n" not in text)
WORDS = st.text("abc_9", min_size=1, max_size=4)
HOSTS = st.sampled_from(["db", "db.example", "10.0.0.1", "::1"])
ENTITY_IDS = st.builds("{}.{}".format, WORDS, WORDS)
GLOBS = st.text("ab*?[].", min_size=1, max_size=6)
ATTRIBUTES = st.lists(st.text(max_size=6), max_size=3)


def optional(**options: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return tables with any of *options*."""
    return st.fixed_dictionaries({}, optional=options)


FILTERS = optional(
    domains=st.lists(WORDS, max_size=2),
    entities=st.lists(ENTITY_IDS, max_size=2),
    entity_globs=st.lists(GLOBS, max_size=2),
)
COMPONENTS = optional(override_measurement=st.text(max_size=6), ignore_attributes=ATTRIBUTES)
COMMON = {
    "host": HOSTS,
    "port": st.integers(1, 65535),
    "path": st.text("/ab", max_size=4),
    "ssl": st.booleans(),
    "verify_ssl": st.booleans(),
    "ssl_ca_cert": st.just("ca.pem"),
    "precision": st.sampled_from(["ns", "us", "ms", "s"]),
    "max_retries": st.integers(0, 9),
    "default_measurement": TEXTS,
    "override_measurement": TEXTS,
    "measurement_attr": st.sampled_from(
        ["unit_of_measurement", "domain__device_class", "entity_id"]
    ),
    "tags": st.dictionaries(TEXTS.filter(lambda name: name != "time"), TEXTS, max_size=3),
    "tags_attributes": ATTRIBUTES,
    "ignore_attributes": ATTRIBUTES,
    "include": FILTERS,
    "exclude": FILTERS,
    "component_config": st.dictionaries(ENTITY_IDS, COMPONENTS, max_size=2),
    "component_config_domain": st.dictionaries(WORDS, COMPONENTS, max_size=2),
    "component_config_glob": st.dictionaries(LINES, COMPONENTS, max_size=2),
}
LOGIN = st.fixed_dictionaries({"username": TEXTS, "password": TEXTS})
VERSION_1 = st.builds(
    lambda options, login: {**options, **login},
    optional(api_version=st.sampled_from([1, "1"]), database=TEXTS, **COMMON),
    LOGIN | st.just({}),
)
VERSION_2 = st.builds(
    lambda options, organization: {
        **options,
        "api_version": 2,
        "token": "abc",
        "organization": organization,
    },
    optional(bucket=TEXTS, **COMMON),
    TEXTS,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Return a directory for the files of all examples."""
    return tmp_path_factory.mktemp("imported")


@given(VERSION_1 | VERSION_2)
@settings(deadline=None, max_examples=100)
def test_same_settings(place: Path, options: dict[str, Any]):
    """Every option that is given has its effect, and every other one the integration's default."""
    sink = sink_for(place, options)

    is_v2 = options.get("api_version") == 2
    assert url_of(options, is_v2=is_v2) == sink.url
    assert options.get("verify_ssl", True) == sink.verify_tls
    assert (place / "ca.pem" if "ssl_ca_cert" in options else None) == sink.ca_file
    assert options.get("precision", "ns") == sink.precision
    assert options.get("tags", {}) == sink.tags
    assert patterns_of(options.get("include", {})) == sink.include
    assert patterns_of(options.get("exclude", {})) == sink.exclude
    assert points_of(options) == points_as_in(sink)
    if is_v2:
        assert options["organization"] == sink.org
        assert options.get("bucket", "Home Assistant") == sink.bucket
    else:
        assert options.get("username") == sink.username
        assert options.get("database", "home_assistant") == sink.database


def url_of(options: dict[str, Any], *, is_v2: bool) -> str:
    """Return the address that the integration uses."""
    host = options.get("host", "us-west-2-1.aws.cloud2.influxdata.com" if is_v2 else "localhost")
    host = host.replace("::1", "[::1]")
    port = options.get("port", None if is_v2 else 8086)
    path = options.get("path", "").strip("/")
    whole = f"{host}:{port}" if port else host
    return f"http{'s' * options.get('ssl', is_v2)}://{whole}" + (f"/{path}" if path else "")


def patterns_of(options: dict[str, Any]) -> EntityPatterns:
    """Return one side of the filter."""
    names = {"domains": "domains", "entities": "entities", "entity_globs": "globs"}
    return EntityPatterns(**{names[name]: tuple(each) for name, each in options.items()})


def points_of(options: dict[str, Any]) -> HomeAssistantSchemaConfig:
    """Return what decides on the points."""
    names = {each.name for each in fields(HomeAssistantSchemaConfig)} & options.keys()
    given = {name: options[name] for name in names}
    for name, value in given.items():
        if isinstance(value, list):
            given[name] = tuple(value)
        elif isinstance(value, dict):
            given[name] = {key: component_of(each) for key, each in value.items()}
    return HomeAssistantSchemaConfig(**given)


def component_of(options: dict[str, Any]) -> ComponentConfig:
    """Return what differs for some entities."""
    values = {key: tuple(each) if isinstance(each, list) else each for key, each in options.items()}
    return ComponentConfig(**values)


def points_as_in(sink: InfluxSinkConfig) -> HomeAssistantSchemaConfig:
    """Return the same of a sink."""
    names = [each.name for each in fields(HomeAssistantSchemaConfig)]
    return HomeAssistantSchemaConfig(**{name: getattr(sink, name) for name in names})
