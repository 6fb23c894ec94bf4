"""The options of Home Assistant's integration, one by one."""

from typing import Any

import pytest

from tests.migration.support import import_text, sink_for, sink_of
from trio_ingest.config.common import Secret
from trio_ingest.config.influx_model import InfluxAuth, InfluxSinkConfig
from trio_ingest.config.line_protocol_model import (
    ComponentConfig,
    InfluxApi,
    MeasurementAttr,
    Precision,
    Schema,
)
from trio_ingest.config.problems import ConfigurationError
from trio_ingest.config.sink_model import EntityPatterns
from trio_ingest.migration.import_influxdb import import_influxdb

V2 = {"api_version": 2, "token": "abc", "organization": "home"}


def test_nothing_given(tmp_path):
    """Without options it is InfluxDB 1 as the integration looks for it, with its own defaults."""
    imported = import_text(tmp_path, "influxdb:\n")

    expected = InfluxSinkConfig(
        name="influx",
        api=InfluxApi.V1,
        auth=InfluxAuth.NONE,
        url="http://localhost:8086",
        database="home_assistant",
        schema=Schema.HOME_ASSISTANT,
        precision=Precision.NS,
    )
    assert expected == sink_of(tmp_path, imported)
    assert "The connection is not in this YAML" in imported.text
    assert any(each.startswith("http://localhost:8086: correct it") for each in imported.advice)


def test_version_2(tmp_path):
    """InfluxDB 2 is asked over TLS where its cloud was, in the bucket that the integration names."""
    expected = InfluxSinkConfig(
        name="influx",
        api=InfluxApi.V2,
        auth=InfluxAuth.TOKEN,
        secret=Secret(file=tmp_path / "influx.token"),
        url="https://us-west-2-1.aws.cloud2.influxdata.com",
        org="home",
        bucket="Home Assistant",
        schema=Schema.HOME_ASSISTANT,
        precision=Precision.NS,
    )

    assert expected == sink_for(tmp_path, V2)


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({"host": "db"}, "http://db:8086"),
        ({"host": "db", "port": "8087", "ssl": "yes"}, "https://db:8087"),
        ({"host": "::1", "path": "/"}, "http://[::1]:8086"),
        ({"host": "[::1]", "path": "a/b/"}, "http://[::1]:8086/a/b"),
        (V2 | {"host": "db", "path": "/influx"}, "https://db/influx"),
        (V2 | {"host": "db:9999", "ssl": False}, "http://db:9999"),
        (V2 | {"host": "db", "port": 443, "ssl": 1}, "https://db:443"),
    ],
)
def test_url(tmp_path, options: dict[str, Any], url: str):
    """The url is put together of ssl, host, port and path."""
    assert url == sink_for(tmp_path, options).url


@pytest.mark.parametrize(
    ("options", "name", "value"),
    [
        (V2 | {"bucket": "b $1"}, "bucket", "b $1"),
        (V2 | {"api_version": "2"}, "api", InfluxApi.V2),
        ({"api_version": 1}, "api", InfluxApi.V1),
        ({"database": 5}, "database", "5"),
        ({"verify_ssl": False}, "verify_tls", False),
        ({"verify_ssl": "off"}, "verify_tls", False),
        ({"precision": "s"}, "precision", Precision.S),
        ({"default_measurement": 'a"\\\t\x7f😀'}, "default_measurement", 'a"\\\t\x7f😀'),
        ({"default_measurement": ""}, "default_measurement", None),
        ({"override_measurement": True}, "override_measurement", "True"),
        ({"measurement_attr": "entity_id"}, "measurement_attr", MeasurementAttr.ENTITY_ID),
        ({"tags": {"site": 7, "none": "", "${A}": "${B}"}}, "tags", {"site": "7", "${A}": "${B}"}),
        ({"tags_attributes": "friendly_name"}, "tags_attributes", ("friendly_name",)),
        ({"ignore_attributes": ["icon", 1]}, "ignore_attributes", ("icon", "1")),
        (
            {"include": {"domains": "light", "entities": "Sun.Sun, a.b", "entity_globs": ["*_x"]}},
            "include",
            EntityPatterns(domains=("light",), entities=("sun.sun", "a.b"), globs=("*_x",)),
        ),
        (
            {"exclude": {"entities": ["Sun.Sun"], "domains": []}},
            "exclude",
            EntityPatterns(entities=("sun.sun",)),
        ),
        (
            {
                "component_config": {
                    "Sensor.A": {"override_measurement": "", "ignore_attributes": []}
                }
            },
            "component_config",
            {"sensor.a": ComponentConfig(override_measurement="", ignore_attributes=())},
        ),
        (
            {"component_config_domain": {"light": {"ignore_attributes": "icon"}}},
            "component_config_domain",
            {"light": ComponentConfig(ignore_attributes=("icon",))},
        ),
        (
            {"component_config_glob": {'*"_é😀': {"override_measurement": "x"}, "b": {}}},
            "component_config_glob",
            {'*"_é😀': ComponentConfig(override_measurement="x"), "b": ComponentConfig()},
        ),
    ],
)
def test_option(tmp_path, options: dict[str, Any], name: str, value: object):
    """Each option becomes the key with the same meaning, in the ways that it may be written."""
    assert value == getattr(sink_for(tmp_path, options), name)


def test_login(tmp_path):
    """The password of InfluxDB 1 becomes a file."""
    sink = sink_for(tmp_path, {"username": "anna", "password": 1234})

    assert (InfluxAuth.BASIC, "anna") == (sink.auth, sink.username)
    assert Secret(file=tmp_path / "influx.password") == sink.secret


def test_authority(tmp_path):
    """The certificate authority is the same file, which has to be there, too."""
    imported = import_text(tmp_path, "influxdb: {ssl_ca_cert: ca.pem}")

    assert tmp_path / "ca.pem" == sink_of(tmp_path, imported).ca_file
    assert "ca.pem: has to be where trio-ingest runs, too." in imported.advice


@pytest.mark.parametrize(
    ("options", "note"),
    [
        ("max_retries: 3", "# - max_retries: not needed; a batch stays on the disk"),
        ("tag: {a: b}", "# - tag: left out; the integration has no such option."),
        ('"a\\nb = 1": x', '# - "a\\nb = 1": left out;'),
        ("include: {globs: [a]}", "# - include.globs: left out;"),
        ("component_config: {a.b: {x: 1}}", '# - component_config."a.b".x: left out;'),
        ("bucket: x", "# - bucket: the integration does not use it with this api_version (v1)."),
        ("host: db", "# - username: none is given; the integration logs in as root then"),
        ("host: !env_var HOST", "# - host: could not follow !env_var HOST: only Home Assistant"),
        (
            "exclude: {entities: !include_dir_list x}",
            "# - exclude.entities: could not follow !include_dir_list x: only Home Assistant",
        ),
        ("tags: {a: !input {b: 1}}", "# - tags.a: could not follow !input …: only Home Assistant"),
    ],
)
def test_not_taken_over(tmp_path, options: str, note: str):
    """What has no equivalent is left out, with a comment that says why; the rest still loads."""
    imported = import_text(tmp_path, f"influxdb:\n  {options}")

    assert sink_of(tmp_path, imported)
    assert note in imported.text
    assert any(each.startswith(note.removeprefix("# - ")) for each in imported.advice)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "influxdb: is not in this file."),
        ("light:\n", "influxdb: is not in this file."),
        ("- influxdb:\n", "influxdb: is not in this file."),
        (
            "homeassistant: {packages: !include_dir_named p}",
            "influxdb: is not in this file; packages: could not follow !include_dir_named p: only",
        ),
        ("influxdb: 5", "influxdb: is not a table. Write its options below it."),
        ("influxdb: [{}]", "influxdb: is not a table. Write its options below it."),
        (
            "influxdb: !include no.yaml",
            "influxdb: could not follow !include no.yaml: ",
        ),
        (
            "influxdb: !include no.yaml",
            "no.yaml cannot be read: No such file or directory. Write its options below it.",
        ),
        (
            "influxdb:\nhomeassistant: {packages: {p: {influxdb: {host: x}}}}",
            "influxdb: is there several times. Write it in one place",
        ),
        ("influxdb: {api_version: 3}", "influxdb.api_version: is no version that the integration"),
        ("influxdb: {port: 0}", "influxdb.port: is not a port. Write a number from 1 to 65535."),
        ("influxdb: {port: x}", "influxdb.port: is not a port"),
        ("influxdb: {ssl: maybe}", "influxdb.ssl: is neither true nor false"),
        ("influxdb: {database: [a]}", "influxdb.database: is not a string"),
        ("influxdb: {include: [a]}", "influxdb.include: is not a table"),
        ("influxdb: {tags: {a: {}}}", "influxdb.tags.a: is not a string"),
        (
            "influxdb: {component_config: {a.b: {ignore_attributes: {a: 1}}}}",
            'influxdb.component_config."a.b".ignore_attributes: is not a string',
        ),
        ("influxdb: {host: http://db}", "influxdb.host: is a whole address. Write the host alone"),
        ("influxdb: {host: a b}", "influxdb.url: has a blank or a control character in it."),
        ("influxdb: {username: me}", "influxdb.password: is missing"),
        ("influxdb: {measurement_attr: unit}", 'influxdb.measurement_attr: "unit" is unknown'),
        ("influxdb: {precision: m}", 'influxdb.precision: "m" is unknown'),
        ("influxdb: {include: {domains: Light}}", 'domains: "Light" cannot be in this list'),
        ("influxdb: {tags: {time: x}}", 'influxdb.tags: "time" cannot be a name here'),
        ("influxdb: {a: [}", "line 1, column 16: is not YAML that can be read"),
        ("influxdb: {a: 2026-13-45}", "file: is not YAML that can be read"),
        ("influxdb: \x01", "file: is not YAML that can be read"),
        ("influxdb: {tags: " + "[" * 3000, "file: is not YAML that can be read"),
        ("influxdb: &a {tags: *a}", "influxdb: holds itself, by an alias (*)"),
        ("influxdb: {tags: &a {x: [*a]}}", "influxdb: holds itself, by an alias (*)"),
    ],
)
def test_unusable(tmp_path, text: str, problem: str):
    """What is missing, or what Home Assistant would not take either, is a problem with a place."""
    with pytest.raises(ConfigurationError) as raised:
        import_text(tmp_path, text)

    (said,) = raised.value.problems
    assert problem in str(said)


@pytest.mark.parametrize(
    ("files", "tag", "way"),
    [
        (
            {"configuration.yaml": "influxdb: !include configuration.yaml"},
            "!include configuration.yaml",
            "configuration.yaml → configuration.yaml",
        ),
        (
            {"configuration.yaml": "!include configuration.yaml"},
            "!include",
            "configuration.yaml → ",
        ),
        (
            {
                "configuration.yaml": "influxdb: {tags: !include a.yaml}",
                "a.yaml": "x: !include sub/b.yaml",
                "sub/b.yaml": "[!include ../a.yaml]",
            },
            "!include ../a.yaml",
            "a.yaml → sub/b.yaml → a.yaml",
        ),
        (
            {"configuration.yaml": "homeassistant: {packages: {p: !include configuration.yaml}}"},
            "!include configuration.yaml",
            "configuration.yaml → configuration.yaml",
        ),
        (
            {
                "configuration.yaml": "influxdb: {database: !secret a}",
                "secrets.yaml": "a: !secret b\nb: !secret a",
            },
            "!secret a",
            "a in secrets.yaml → b in secrets.yaml → a in secrets.yaml",
        ),
    ],
)
def test_files_that_include_themselves(tmp_path, files: dict[str, str], tag: str, way: str):
    """The problem names the tag, the file that it stands in and the whole way round."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    with pytest.raises(ConfigurationError) as raised:
        import_influxdb(tmp_path / "configuration.yaml")

    (said,) = raised.value.problems
    assert said.where.startswith(tag)
    assert f"leads back to itself: {tmp_path.resolve()}" in said.what
    assert way in said.what.replace(f"{tmp_path.resolve()}/", "")


def test_all_problems_at_once(tmp_path):
    """All problems are said at once."""
    with pytest.raises(ConfigurationError) as raised:
        import_text(tmp_path, "influxdb: {port: x, ssl: x, precision: x}")

    assert ["influxdb.ssl", "influxdb.port", "influxdb.precision"] == [
        each.where for each in raised.value.problems
    ]


def test_in_a_package(tmp_path):
    """`influxdb:` is found in a package, too, when that is in the file or in one beside it."""
    (tmp_path / "core.yaml").write_text("packages:\n  lights: {light: []}\n  db: !include db.yaml")
    (tmp_path / "db.yaml").write_text("influxdb: !include influxdb.yaml")
    (tmp_path / "influxdb.yaml").write_text("database: gefunden_ü\nexclude: !include exclude.yaml")
    (tmp_path / "exclude.yaml").write_text("domains: [light]")

    imported = import_text(tmp_path, "homeassistant: !include core.yaml\nscene: !include no.yaml")

    sink = sink_of(tmp_path, imported)
    assert ("gefunden_ü", ("light",)) == (sink.database, sink.exclude.domains)
