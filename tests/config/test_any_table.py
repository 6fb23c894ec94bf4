"""Whatever a file holds: a configuration, or problems, and nothing else."""

from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.config.support import ENVIRONMENT
from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.keys import Key, keys_of
from trio_ingest.config.loading import assemble
from trio_ingest.config.model import Config, HomeAssistantConfig
from trio_ingest.config.nats_model import NatsSinkConfig
from trio_ingest.config.problems import Report
from trio_ingest.config.sink_model import SqliteSinkConfig
from trio_ingest.config.surroundings import Surroundings

SCALARS = st.one_of(
    st.text(max_size=5),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(max_value=date(2100, 1, 1)),
    st.sampled_from(["http://h", "http://[", "v1", "v2", "basic", "influxdb", "sqlite", "~", "5s"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def tables_of(table: type) -> st.SearchStrategy[Any]:
    """Return tables with some of the keys of a class, and with any values."""
    known = st.fixed_dictionaries(
        {},
        optional={
            name: VALUES if key.table is None else tables_at(key, key.table) | VALUES
            for name, key in keys_of(table).items()
        },
    )
    return known | VALUES


def tables_at(key: Key, table: type) -> st.SearchStrategy[Any]:
    """Return what can stand at a key that takes one table, or tables by their names."""
    if key.names is None:
        return tables_of(table)
    names = st.sampled_from([key.names.example, "no name", ""])
    return st.dictionaries(names, tables_of(table), max_size=2)


def sinks_of(kind: str, table: type) -> st.SearchStrategy[Any]:
    """Return sinks of one kind."""
    return tables_of(table).map(
        lambda each: {"kind": kind, **each} if isinstance(each, dict) else each
    )


NAMES = st.sampled_from(["home", "a", "My Home", ""])
ROOTS = st.fixed_dictionaries(
    {},
    optional={
        "home_assistant": st.dictionaries(NAMES, tables_of(HomeAssistantConfig)) | VALUES,
        "sink": st.dictionaries(
            NAMES,
            sinks_of("influxdb", InfluxSinkConfig)
            | sinks_of("sqlite", SqliteSinkConfig)
            | sinks_of("nats", NatsSinkConfig),
        )
        | VALUES,
        "unknown": VALUES,
        **{
            name: tables_of(key.table or dict) for name, key in keys_of(Config).items() if key.table
        },
        "state_directory": VALUES,
    },
)


@given(ROOTS)
@settings(deadline=None, max_examples=200)
def test_only_problems(root: dict[str, Any]):
    """Nothing is raised for any table; each problem is said in one line."""
    report = Report()

    config = assemble(root, None, Surroundings(ENVIRONMENT, Path("/nowhere")), report)

    assert isinstance(config, Config)
    assert all("\n" not in str(problem) for problem in report.problems)
