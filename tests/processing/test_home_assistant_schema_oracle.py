"""Our lines beside those of Home Assistant's own integration and clients, run in its own Python."""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

import pytest

from tests.support.ha_python import ask_home_assistant
from tests.support.integration_cases import Luck, change_of, encoder_for
from trio_ingest.config.line_protocol_model import InfluxApi, Precision

pytestmark = pytest.mark.home_assistant

CONFIGURATIONS = 250
CHANGES_EACH = 40
# Names that are empty, or have a backslash where it escapes what comes after the name.
MISREAD = {
    InfluxApi.V1: re.compile(r"\A\Z|\\\Z"),
    InfluxApi.V2: re.compile(r"\A\Z|\\(?:[,= ]|\Z)"),
}
INTEGRATION = """
import json, sys, warnings
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from homeassistant.components.influxdb import INFLUX_SCHEMA, _generate_event_to_json
from homeassistant.core import State
from influxdb.line_protocol import make_lines
from influxdb_client import Point

warnings.simplefilter("ignore")
answers = []
for case in json.load(sys.stdin):
    precision = case["precision"]
    to_point = _generate_event_to_json(INFLUX_SCHEMA(case["config"]))
    for told in case["changes"]:
        state = State(told["entity_id"], told["state"], told["attributes"])
        fired = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=told["time"])
        point = to_point(SimpleNamespace(data={"new_state": state}, time_fired=fired))
        answers.append(point and {
            "v1": make_lines({"points": [point]}, {"ns": "n", "us": "u"}.get(precision, precision)),
            "v2": Point.from_dict(point, write_precision=precision).to_line_protocol(),
            "measurement": str(point["measurement"]),
            "tags": {
                name: str(value)
                for name, value in point["tags"].items() if value not in ("", None)
            },
            "fields": point["fields"],
        })
json.dump(answers, sys.stdout)
"""


@pytest.fixture(scope="module")
def cases() -> list[dict[str, Any]]:
    """Thousands of states under hundreds of configurations."""
    luck = Luck(11)
    return [
        {
            "config": luck.config(),
            "precision": luck.choice(list(Precision)),
            "changes": [luck.change() for _ in range(CHANGES_EACH)],
        }
        for _ in range(CONFIGURATIONS)
    ]


@pytest.fixture(scope="module")
def answers(cases: list[dict[str, Any]]) -> list[Any]:
    """What Home Assistant made of each of them."""
    found = ask_home_assistant(INTEGRATION, cases)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("api", [InfluxApi.V1, InfluxApi.V2])
def test_same_as_home_assistant(
    api: InfluxApi, cases: list[dict[str, Any]], answers: list[Any]
) -> None:
    """Each line is Home Assistant's, byte for byte, unless no server could make sense of that."""
    remaining = iter(answers)
    compared = 0
    for case in cases:
        encoder = encoder_for(case["config"], api, case["precision"])
        for told in case["changes"]:
            ours, theirs = encoder.encode("home", change_of(told)), next(remaining)
            if theirs is None:
                assert ours is None, told
            elif is_sound(theirs, api):
                assert (theirs[api].rstrip("\n") or None) == ours, (case["config"], told)
                compared += 1
    assert compared > len(answers) / 2


def is_sound(point: Mapping[str, Any], api: InfluxApi) -> bool:
    """Say whether a server takes the line of *point*, and as it is meant."""
    tags, fields = point["tags"], point["fields"]
    return (
        point["measurement"].strip("\t\0") != ""
        and not point["measurement"].lstrip("\t\0").startswith("#")
        and not any(MISREAD[api].search(name) for name in (*tags, *fields))
        and "time" not in tags
        and not {"\n", "\\n"} <= tags.keys()  # written alike by the client for version 2
        and not (api is InfluxApi.V1 and any(value.endswith("\\") for value in tags.values()))
        and (api is InfluxApi.V2 or isfinite(fields.get("value", 0.0)))
    )
