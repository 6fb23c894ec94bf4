"""Real databases take every line that we write, and read it as it was meant."""

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import changes as some
from tests.support.line_parser import parse_strictly
from tests.support.servers import InfluxDB1, VictoriaMetrics
from tests.support.strange import START, strange_changes
from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.config.sink_model import AttributesConfig
from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.tidy import TidyEncoder

pytestmark = pytest.mark.servers


def lines_of(changes: list[StateChange], tags: dict[str, str] | None = None) -> list[str]:
    encoder = TidyEncoder(
        registries={},
        attributes=AttributesConfig(nested="json"),
        tags=tags or {},
        precision=Precision.US,
        home_tag=True,
    )
    return [encoder.encode("home", change) for change in changes]


def write(server: InfluxDB1 | VictoriaMetrics, database: str, lines: list[str]) -> httpx.Response:
    return httpx.post(
        f"{server.url}/write",
        params={"db": database, "precision": "u"},
        content="\n".join(lines).encode(),
        auth=server.auth,
    )


def test_influxdb_takes_strange_changes(influxdb: InfluxDB1) -> None:
    """InfluxDB 1.6.7 takes all of them in one request, and gives back each field as it was sent."""
    database = influxdb.create_database("strange_changes")
    lines = lines_of(strange_changes())

    answer = write(influxdb, database, lines)

    assert (answer.status_code, answer.text) == (204, "")
    rows = {row["time"]: row for row in influxdb.query('SELECT * FROM "sensor"', database)}
    for point in map(parse_strictly, lines):
        row = rows[point.time * 1000]
        assert {name: stored(row[name]) for name in point.fields} == point.fields
        assert {name: row[name] for name in point.tags} == point.tags
    assert len(rows) == len(lines)


def stored(value: float | str) -> float | str:
    """Undo what InfluxDB's JSON does to a float that is a whole number."""
    return value if isinstance(value, str) else float(value)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)
@given(
    st.lists(some.changes, min_size=20, max_size=60),
    st.dictionaries(some.names, some.texts, max_size=3),
)
def test_influxdb_takes_any_change(
    influxdb: InfluxDB1, changes: list[StateChange], tags: dict[str, str]
) -> None:
    """InfluxDB 1.6.7 refuses no line of any change, nor for the types of those before it."""
    database = influxdb.create_database("any_change")

    answer = write(influxdb, database, lines_of(changes, tags))

    assert (answer.status_code, answer.text) == (204, "")


def test_victoria_metrics_reads_strange_changes(victoria_metrics: VictoriaMetrics) -> None:
    """VictoriaMetrics, which drops what it cannot read without a word, has dropped no field."""
    lines = lines_of(strange_changes(), {"strange": "yes, very", "other": 'a "b" c=d '})

    answer = write(victoria_metrics, "strange", lines)

    assert answer.status_code == 204
    assert series_in(victoria_metrics) == {
        (f"{point.measurement}_{field}", *sorted(point.tags.items()))
        for point in map(parse_strictly, lines)
        for field in point.fields
    }


def series_in(server: VictoriaMetrics) -> set[tuple[Any, ...]]:
    """Return the name and the labels of each series; there is one for each field."""
    httpx.get(f"{server.url}/internal/force_flush", auth=server.auth).raise_for_status()
    answer = httpx.get(
        f"{server.url}/api/v1/series",
        params={"match[]": '{strange="yes, very"}', "start": START // 1_000_000 - 86_400},
        auth=server.auth,
    )
    found = answer.raise_for_status().json()["data"]
    for labels in found:
        del labels["db"]
    return {(labels.pop("__name__"), *sorted(labels.items())) for labels in found}
