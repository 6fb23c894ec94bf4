"""The configuration by environment variables alone, for those who need no file."""

from collections.abc import Callable, Mapping
from typing import Any

from trio_ingest.config.problems import Problem

HOME = ("home_assistant", "home")
SINK = ("sink", "influxdb")

VARIABLES: Mapping[tuple[str, ...], tuple[str, ...]] = {
    (*HOME, "url"): ("HA_HTTP_URL", "HOME_ASSISTANT_URL", "HA_WS_URL"),
    (*HOME, "token"): ("HA_TOKEN", "HOME_ASSISTANT_TOKEN"),
    (*HOME, "token_file"): ("HA_TOKEN_FILE", "HOME_ASSISTANT_TOKEN_FILE"),
    (*SINK, "url"): ("INFLUXDB_URL",),
    (*SINK, "token"): ("INFLUXDB_TOKEN",),
    (*SINK, "token_file"): ("INFLUXDB_TOKEN_FILE",),
    (*SINK, "org"): ("INFLUXDB_ORG",),
    (*SINK, "bucket"): ("INFLUXDB_BUCKET",),
    (*SINK, "schema"): ("INFLUXDB_SCHEMA",),
    ("admin", "listen"): ("WEBSOCKET_INGESTION_PORT",),
    ("logging", "level"): ("LOG_LEVEL",),
    ("logging", "format"): ("LOG_FORMAT",),
}
"""For each key the variables that may hold it. The first one that is set and not empty counts."""

LEVELS = {"warn": "warning", "critical": "error", "fatal": "error"}

AS_KEYS: Mapping[tuple[str, ...], Callable[[str], str]] = {
    # The old service had only a port, and listened for its whole network.
    ("admin", "listen"): "0.0.0.0:{}".format,
    ("logging", "level"): lambda level: LEVELS.get(level.lower(), level.lower()),
    ("logging", "format"): str.lower,
}
"""How the text of a variable becomes the value of its key, where it is not the same."""

NAMES_OF_PATHS: Mapping[str, str] = {
    ".".join(keys): " or ".join(names) for keys, names in VARIABLES.items()
} | {"admin.listen": "WEBSOCKET_INGESTION_PORT or TRIO_INGEST_ADMIN_LISTEN"}

NOTHING_GIVEN = Problem(
    "HA_HTTP_URL",
    "is not set, and no configuration file was found either",
    "Name a file with --config or put it at /etc/trio-ingest/trio-ingest.toml. Or set HA_HTTP_URL "
    "and HA_TOKEN, and for InfluxDB 2 also INFLUXDB_URL, INFLUXDB_TOKEN, INFLUXDB_ORG and "
    "INFLUXDB_BUCKET.",
)


def table_from(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the table that a file with the same meaning would hold; empty without variables.

    Those of `[admin]` and `[logging]` alone are none: other programs have them, too.
    """
    table: dict[str, Any] = {}
    for keys, variables in VARIABLES.items():
        text = next((environment[each] for each in variables if environment.get(each)), None)
        if text is not None:
            *groups, key = keys
            inner = table
            for group in groups:
                inner = inner.setdefault(group, {})
            inner[key] = AS_KEYS.get(keys, str)(text)
    if table.keys() <= {"admin", "logging"}:
        return {}
    table.setdefault("home_assistant", {"home": {}})
    if "sink" in table:
        table["sink"]["influxdb"] |= {"kind": "influxdb", "api": "v2"}
    return table


def in_its_words(problem: Problem) -> Problem:
    """Return *problem* as it is for someone who has set variables and written no file."""
    if problem.where not in NAMES_OF_PATHS:
        return problem
    remedy = "Set it." if problem.what == "is missing" else problem.remedy
    return Problem(NAMES_OF_PATHS[problem.where], problem.what, remedy)
