"""`trio-ingest import-config`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trio_ingest.cli import main

YAML = "influxdb:\n  api_version: 2\n  token: S3CRET\n  organization: home\n"


@pytest.fixture
def yaml_file(tmp_path) -> Path:
    """Return a configuration.yaml with a token in it."""
    file = tmp_path / "configuration.yaml"
    file.write_text(YAML)
    return file


def run(*arguments: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["import-config", *map(str, arguments)])


def test_printed(yaml_file):
    """The file is all that is printed; what is left to do is said beside it; no secret in either."""
    result = run(yaml_file)

    assert 0 == result.exit_code
    assert result.stdout.startswith(
        "# Made by trio-ingest import-config from configuration.yaml.\n"
    )
    assert 'token_file = "influx.token"\n' in result.stdout
    assert result.stderr.startswith("Left to do:\n  - http://homeassistant.local:8123: correct it")
    assert "\n  - influx.token: put the token of InfluxDB there" in result.stderr
    assert "S3CRET" not in result.output


def test_written(tmp_path, yaml_file):
    """With --output the same text is in the file, and nothing is printed."""
    output = tmp_path / "trio-ingest.toml"

    result = run(yaml_file, "--output", output)

    assert (0, "") == (result.exit_code, result.stdout)
    assert run(yaml_file).stdout == output.read_text(encoding="utf-8")


def test_never_overwritten(tmp_path, yaml_file):
    """A file that is there already is left as it is."""
    output = tmp_path / "trio-ingest.toml"
    output.write_text("mine")

    result = run(yaml_file, "--output", output)

    assert (1, "mine") == (result.exit_code, output.read_text())
    assert f"{output}: cannot be written: File exists\n" == result.stderr


def test_without_influxdb(tmp_path):
    """A configuration without `influxdb:` is an error that says where to look."""
    file = tmp_path / "configuration.yaml"
    file.write_text("automation: !include automations.yaml\n")

    result = run(file)

    assert (1, "") == (result.exit_code, result.stdout)
    assert (
        f"{file}: 1 problem\n  influxdb: is not in this file. "
        "Name the file that has it: configuration.yaml, or a package.\n"
    ) == result.stderr


def test_a_file_that_includes_itself(tmp_path):
    """It is an error like any other bad file's, and no traceback."""
    file = tmp_path / "configuration.yaml"
    file.write_text("influxdb: !include configuration.yaml\n")

    result = run(file)

    assert (1, "") == (result.exit_code, result.stdout)
    assert (
        f"{file}: 1 problem\n  !include configuration.yaml: leads back to itself: {file} → {file}. "
        "Take it out there: Home Assistant could not follow it either.\n"
    ) == result.stderr


def test_no_such_file(tmp_path):
    """A file that is not there is a wrong use of the command."""
    assert 2 == run(tmp_path / "no.yaml").exit_code
