"""What Home Assistant's own integration has written, recorded, and our lines for the same events."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.integration_cases import encoder_for
from tests.support.servers import InfluxDB1
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.config.sink_model import EntityPatterns
from trio_ingest.home_assistant.messages import Event, decode_frame, to_state_change
from trio_ingest.model.registry import UNREGISTERED
from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.selection import Selection

PAIRS = Path(__file__).parent.parent / "samples" / "ha_influx_pairs.jsonl.gz"
PRESENT_VERSION = "2026.11.0"
OLDER_VERSION = "2025.4.4"

Pair = Mapping[str, Any]

# The state "nan" or "inf" from the client for version 1, and numbers whose name is empty or "a\\".
_REFUSED = re.compile(r"(?<=[, ])(?:value=(?:nan|-?inf)|(?:a\\)?=[-+.e0-9]+)(?:,|\Z)")


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """The recorded pairs, without those whose text shows a Python type that JSON does not have."""
    with gzip.open(PAIRS, "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    return [pair for pair in found if not pair.get("python_types_lost_in_json")]


def written(pair: Pair) -> dict[InfluxApi, list[str]]:
    """Return the lines that Home Assistant wrote through each of its clients."""
    if "lines_v1" in pair:
        return {InfluxApi.V1: pair["lines_v1"], InfluxApi.V2: pair["lines_v2"]}
    if "api_version" in pair:
        return {InfluxApi(f"v{pair['api_version']}"): pair["lines"]}
    return {InfluxApi.V1: pair["lines"], InfluxApi.V2: pair["lines"]}


def ours(pair: Pair, api: InfluxApi) -> list[str]:
    change = change_of(pair["event"])
    config = pair["config"]
    selection = Selection(patterns(config.get("include", {})), patterns(config.get("exclude", {})))
    if not selection.decide(change, UNREGISTERED).admitted:
        return []
    line = encoder_for(config, api).encode("home", change)
    return [] if line is None else [line]


def change_of(event: Mapping[str, Any]) -> StateChange:
    [message] = decode_frame(json.dumps({"id": 1, "type": "event", "event": event}))
    assert isinstance(message, Event)
    return to_state_change(message.event)


def patterns(side: Mapping[str, list[str]]) -> EntityPatterns:
    return EntityPatterns(
        domains=tuple(side.get("domains", ())),
        entities=tuple(side.get("entities", ())),
        globs=tuple(side.get("entity_globs", ())),
    )


def without_refused_fields(line: str) -> str:
    body, _, time = line.rpartition(" ")
    return f"{_REFUSED.sub('', body).rstrip(',')} {time}"


def same_in_both_versions(pair: Pair) -> bool:
    """Say whether there is nothing in the event or the options that only 2026.11 mends."""
    new = pair["event"]["data"]["new_state"]
    if new is None:
        return True
    attributes = new["attributes"]
    texts = [new["state"], *attributes.values(), *pair["config"].get("tags", {}).values()]
    return "time" not in attributes and all(
        len(text.splitlines()) < 2 for text in texts if isinstance(text, str)
    )


def test_present_version(pairs: list[Pair]) -> None:
    """Each line of 2026.11 is the same, byte for byte, less the fields that a server refuses."""
    seen: Counter[bool] = Counter()
    for pair in pairs:
        for api, lines in written(pair).items() if pair["ha_version"] == PRESENT_VERSION else ():
            expected = [without_refused_fields(line) for line in lines]
            assert expected == ours(pair, api)
            seen[expected == lines] += 1

    assert {True: 439, False: 10} == seen


def test_older_version(pairs: list[Pair]) -> None:
    """So is each line of 2025.4 that has no line break in it and no field called `time`."""
    seen: Counter[bool] = Counter()
    for pair in pairs:
        for api, lines in written(pair).items() if pair["ha_version"] == OLDER_VERSION else ():
            expected = [without_refused_fields(line) for line in lines]
            is_same = expected == ours(pair, api)
            assert is_same or not same_in_both_versions(pair)
            seen[is_same] += 1

    assert {True: 364, False: 122} == seen


@pytest.mark.servers
def test_refused_fields(pairs: list[Pair], influxdb: InfluxDB1) -> None:
    """InfluxDB 1.6.7 does refuse each line with such a field, and takes ours."""
    tried = 0
    for pair in pairs:
        for api, lines in written(pair).items():
            if lines != [without_refused_fields(line) for line in lines]:
                database = influxdb.create_database(f"refused_fields_{tried}")
                assert 400 == status(influxdb, database, lines)
                assert 204 == status(influxdb, database, ours(pair, api))
                tried += 1

    assert tried > 10


def status(server: InfluxDB1, database: str, lines: list[str]) -> int:
    answer = httpx.post(
        f"{server.url}/write", params={"db": database}, content="\n".join(lines).encode()
    )
    return answer.status_code
