"""From the options of Home Assistant's `influxdb` integration to the keys of our sink.

What the integration takes, and what it does where an option is not given, is as of 2026.11, in its
const.py and __init__.py.
"""

from collections.abc import Callable, Sequence

from trio_ingest.config.line_protocol_model import InfluxApi, Schema
from trio_ingest.config.problems import Misfit
from trio_ingest.migration.options import Options
from trio_ingest.migration.toml_text import Value
from trio_ingest.migration.values import (
    entity_ids_of,
    flag_of,
    host_of,
    port_of,
    text_of,
    texts_of,
)

TOKEN_FILE = "influx.token"  # noqa: S105 - the name of a file, not a token
PASSWORD_FILE = "influx.password"  # noqa: S105 - the same

APIS = {"1": InfluxApi.V1, "2": InfluxApi.V2}
ONLY_V1 = ("username", "password", "database")
ONLY_V2 = ("token", "organization", "bucket")
FOREIGN = {InfluxApi.V1: ONLY_V2, InfluxApi.V2: ONLY_V1}
CONNECTION = {
    *("api_version", "host", "port", "path", "ssl", "verify_ssl", "ssl_ca_cert"),
    *ONLY_V1,
    *ONLY_V2,
}
DEFAULT_HOST_OF_V2 = "us-west-2-1.aws.cloud2.influxdata.com"
NOTHING: Sequence[str] = ()
CONNECTION_ELSEWHERE = (
    "The connection is not in this YAML (Home Assistant 2026 keeps it in its own storage). What "
    "stands here are the integration's defaults: correct api, url, and database or bucket."
)
ROOT = "username: none is given; the integration logs in as root then, this sink does not log in."
RETRIES = "not needed; a batch stays on the disk and is sent until the database has confirmed it."


def sink_table(options: Options) -> dict[str, Value]:
    """Return `[sink.NAME]` with the same meaning as *options*, which are used up."""
    if CONNECTION.isdisjoint(options.given):
        options.notes.append(CONNECTION_ELSEWHERE)
    options.leave_out("max_retries", RETRIES)
    api = options.take("api_version", api_of, InfluxApi.V1)
    table: dict[str, Value] = {"kind": "influxdb", "api": str(api), **connection(api, options)}
    for name in FOREIGN[api]:
        options.leave_out(name, f"the integration does not use it with this api_version ({api}).")
    table |= {
        "schema": str(Schema.HOME_ASSISTANT),
        "precision": options.take("precision", text_of, "ns"),
        **naming(options),
    }
    table |= given(
        {
            "tags": tags(options),
            "include": patterns(options.take_options("include")),
            "exclude": patterns(options.take_options("exclude")),
            "component_config": components(options, "component_config", str.lower),
            "component_config_domain": components(options, "component_config_domain", str),
            "component_config_glob": components(options, "component_config_glob", str),
        }
    )
    options.finish()
    return table


def api_of(value: object) -> InfluxApi:
    """Return the write API of an api_version. Raises Misfit."""
    api = APIS.get(text_of(value))
    if api is None:
        raise Misfit("is no version that the integration knows", "Write 1 or 2.")
    return api


def connection(api: InfluxApi, options: Options) -> dict[str, Value]:
    """Return where the server is and where to write there. Secrets become names of files."""
    table: dict[str, Value] = {"url": url(api, options)}
    if api is InfluxApi.V2:
        table |= given({"org": options.take("organization", text_of, "")})
        table["bucket"] = options.take("bucket", text_of, "Home Assistant")
        table["token_file"] = TOKEN_FILE
        options.given.pop("token", None)
    else:
        table["database"] = options.take("database", text_of, "home_assistant")
        table |= given({"username": options.take("username", text_of, "")})
        if options.given.pop("password", None) is not None:
            table["password_file"] = PASSWORD_FILE
        elif "username" not in table:
            options.notes.append(ROOT)
    table["verify_tls"] = options.take("verify_ssl", flag_of, True)
    return table | given({"ca_file": options.take("ssl_ca_cert", text_of, "")})


def url(api: InfluxApi, options: Options) -> str:
    """Return the address that the integration puts together of its parts."""
    is_v2 = api is InfluxApi.V2
    scheme = "https" if options.take("ssl", flag_of, is_v2) else "http"
    host = options.take("host", host_of, DEFAULT_HOST_OF_V2 if is_v2 else "localhost")
    port = options.take("port", port_of, None if is_v2 else 8086)
    path = options.take("path", text_of, "").strip("/")
    address = f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host
    port_part = "" if port is None else f":{port}"
    return f"{scheme}://{address}{port_part}{path and f'/{path}'}"


def naming(options: Options) -> dict[str, Value]:
    """Return what names measurements, and which attributes become tags or nothing."""
    measurement_attr = options.take("measurement_attr", text_of, "unit_of_measurement")
    return {"measurement_attr": measurement_attr} | given(
        {
            "default_measurement": options.take("default_measurement", text_of, ""),
            "override_measurement": options.take("override_measurement", text_of, ""),
            "tags_attributes": options.take("tags_attributes", texts_of, NOTHING),
            "ignore_attributes": options.take("ignore_attributes", texts_of, NOTHING),
        }
    )


def tags(options: Options) -> dict[str, Value]:
    """Return the constant tags; an empty one is written by nobody."""
    inside = options.take_options("tags")
    return given({name: inside.take(name, text_of, "") for name in [*inside.given]})


def patterns(options: Options) -> dict[str, Value]:
    """Return one side of the filter."""
    table = given(
        {
            "domains": options.take("domains", texts_of, NOTHING),
            "entities": options.take("entities", entity_ids_of, NOTHING),
            "globs": options.take("entity_globs", texts_of, NOTHING),
        }
    )
    options.finish()
    return table


def components(options: Options, name: str, spelling: Callable[[str], str]) -> dict[str, Value]:
    """Return what differs for some entities. What is empty there says something, too."""
    inside = options.take_options(name)
    return {spelling(each): component(inside.take_options(each)) for each in [*inside.given]}


def component(options: Options) -> dict[str, Value]:
    """Return what differs for one entity, domain or glob."""
    table: dict[str, Value] = {}
    if "override_measurement" in options.given:
        table["override_measurement"] = options.take("override_measurement", text_of, "")
    if "ignore_attributes" in options.given:
        table["ignore_attributes"] = options.take("ignore_attributes", texts_of, NOTHING)
    options.finish()
    return table


def given(table: dict[str, Value]) -> dict[str, Value]:
    """Return *table* without what is empty there."""
    return {name: value for name, value in table.items() if value}
