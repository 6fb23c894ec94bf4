"""The JSON Schema that editors use."""

import json
import tomllib
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from tests.config.bad_files import BAD_FILES, HOME, INFLUX1, INFLUX2, BadFile
from tests.config.bad_relay_files import BAD_RELAY_FILES
from tests.config.test_examples import EXAMPLES
from trio_ingest.config.schema import schema

ALL = BAD_FILES | BAD_RELAY_FILES
VALIDATOR = Draft202012Validator(schema())


def errors_of(text: str) -> list[str]:
    """Return what the schema says against a file with *text*."""
    return [error.message for error in VALIDATOR.iter_errors(tomllib.loads(text))]


def test_shipped():
    """The schema that is shipped is the one that the classes make."""
    shipped = files("trio_ingest.config").joinpath("schema.json").read_text("utf-8")

    assert schema() == json.loads(shipped), "run python -m trio_ingest.config.schema"


def test_valid():
    """The schema is one."""
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples(example):
    """Every example is accepted."""
    assert [] == errors_of(example.read_text())


@pytest.mark.parametrize("bad", ALL.values(), ids=ALL.keys())
def test_bad_files(bad: BadFile):
    """What the loader rejects is rejected, unless it takes more than the file to know it."""
    assert bad.schema_rejects == bool(errors_of(bad.text))


@pytest.mark.parametrize(
    "text",
    [
        f'{HOME}{INFLUX2}timeout = "${{TIMEOUT}}"\nprecision = "${{PRECISION:-us}}"',
        f'{HOME}{INFLUX1}spool.max_size = "${{SIZE}}"\ninclude.domains = ["${{DOMAIN}}"]',
        HOME.replace("http://ha:8123", "${HA_URL}"),
        f'{HOME}[admin]\nlisten = "${{LISTEN:-}}"',
    ],
)
def test_variables(text: str):
    """A variable is accepted wherever a string is."""
    assert [] == errors_of(text)
