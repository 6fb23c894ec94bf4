"""The configuration by environment variables alone, for those who need no file."""

from collections.abc import Mapping
from typing import Any

from trio_ingest.config.problems import Problem

VARIABLES: Mapping[tuple[str, str, str], tuple[str, ...]] = {
    ("home_assistant", "home", "url"): ("HA_HTTP_URL", "HOME_ASSISTANT_URL"),
    ("home_assistant", "home", "token"): ("HA_TOKEN", "HOME_ASSISTANT_TOKEN"),
    ("sink", "influxdb", "url"): ("INFLUXDB_URL",),
    ("sink", "influxdb", "token"): ("INFLUXDB_TOKEN",),
    ("sink", "influxdb", "org"): ("INFLUXDB_ORG",),
    ("sink", "influxdb", "bucket"): ("INFLUXDB_BUCKET",),
}
"""For each key the variables that may hold it. The first one that is set and not empty counts."""

NAMES_OF_PATHS: Mapping[str, str] = {
    ".".join(keys): " or ".join(names) for keys, names in VARIABLES.items()
}

NOTHING_GIVEN = Problem(
    "HA_HTTP_URL",
    "is not set, and no configuration file was found either",
    "Name a file with --config or put it at /etc/trio-ingest/trio-ingest.toml. Or set HA_HTTP_URL "
    "and HA_TOKEN, and for InfluxDB 2 also INFLUXDB_URL, INFLUXDB_TOKEN, INFLUXDB_ORG and "
    "INFLUXDB_BUCKET.",
)


def table_from(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the table that a file with the same meaning would hold; empty without variables."""
    table: dict[str, Any] = {}
    for (group, name, key), variables in VARIABLES.items():
        value = next((environment[each] for each in variables if environment.get(each)), None)
        if value is not None:
            table.setdefault(group, {}).setdefault(name, {})[key] = value
    if table:
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
