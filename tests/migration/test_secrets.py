"""Tokens and passwords stay where they are."""

from pathlib import Path

import pytest

from tests.migration.support import import_text, sink_of
from trio_ingest.config.common import Secret

V2 = "influxdb:\n  api_version: 2\n  organization: home\n"
SECRETS = "influx_token: S3CRET\nhost: db.example\nflag: S3CRET\n"


def beside(directory: Path) -> Path:
    """Put a secrets.yaml into *directory*."""
    file = directory / "secrets.yaml"
    file.write_text(SECRETS)
    return file


@pytest.mark.parametrize(
    ("token", "origin"),
    [
        ("!secret influx_token", "which is !secret influx_token."),
        ("!secret other", "which is !secret other (it is not in "),
        ("!env_var S3CRET_NOT", "which is !env_var S3CRET_NOT (only Home Assistant itself can)."),
        ("S3CRET", "which is influxdb.token in configuration.yaml."),
    ],
)
def test_token(tmp_path, token: str, origin: str):
    """The file names a token_file, and what to put there is said by its name, never its value."""
    beside(tmp_path)

    imported = import_text(tmp_path, f"{V2}  token: {token}")

    assert Secret(file=tmp_path / "influx.token") == sink_of(tmp_path, imported).secret
    (said,) = [each for each in imported.advice if each.startswith("influx.token: ")]
    assert said.startswith(f"influx.token: put the token of InfluxDB there, {origin}")
    assert "S3CRET" not in imported.text
    assert "S3CRET " not in " ".join(imported.advice).replace("S3CRET_NOT", "")


def test_token_not_given(tmp_path):
    """A token that the YAML does not have is asked for all the same."""
    imported = import_text(tmp_path, V2)

    assert "influx.token: put the token of InfluxDB there." in imported.advice


def test_password(tmp_path):
    """A password is treated like a token."""
    imported = import_text(tmp_path, "influxdb: {username: me, password: S3CRET}")

    assert 'password_file = "influx.password"' in imported.text
    assert "S3CRET" not in f"{imported}"


def test_token_of_the_other_version(tmp_path):
    """A token that the integration does not use is not repeated either."""
    imported = import_text(tmp_path, "influxdb: {token: S3CRET}")

    assert "# - token: the integration does not use it" in imported.text
    assert "S3CRET" not in f"{imported}"


def test_other_options(tmp_path):
    """`!secret` at another option is looked up, and that it can be read now is said."""
    beside(tmp_path)

    imported = import_text(tmp_path, "influxdb:\n  host: !secret host")

    assert "http://db.example:8086" == sink_of(tmp_path, imported).url
    assert "host: what !secret host stands for is in this file as it is." in imported.advice


def test_above(tmp_path):
    """The nearest secrets.yaml above the file counts, as for Home Assistant."""
    beside(tmp_path)
    packages = tmp_path / "packages"
    packages.mkdir()

    imported = import_text(packages, "influxdb:\n  host: !secret host")

    assert 'url = "http://db.example:8086"' in imported.text


def test_unknown_secret(tmp_path):
    """A secret that is not there leaves its option out, with a note that names the file."""
    file = beside(tmp_path)

    imported = import_text(tmp_path, "influxdb:\n  host: !secret nobody")

    assert f"host: could not follow !secret nobody: it is not in {file}." in imported.advice


@pytest.mark.parametrize("options", ["ssl: !secret flag", "port: !secret flag"])
def test_no_value_in_problems(tmp_path, options: str):
    """A problem with an option repeats nothing that may be a secret."""
    beside(tmp_path)

    with pytest.raises(Exception, match=r"influxdb\.(ssl|port): is ") as raised:
        import_text(tmp_path, f"influxdb:\n  {options}")

    assert "S3CRET" not in str(raised.value)


def test_no_value_in_yaml_errors(tmp_path):
    """What is wrong with the YAML is said without a line of it."""
    with pytest.raises(Exception, match="line 2, column") as raised:
        import_text(tmp_path, "influxdb:\n  token: S3CRET: [")

    assert "S3CRET" not in str(raised.value)
