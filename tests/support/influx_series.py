"""Asks an InfluxDB 1 for whole series: measurement, tags and fields each by themselves."""

from collections.abc import Mapping
from typing import Any

import httpx
from attrs import frozen

from tests.support.servers import InfluxDB1


@frozen(kw_only=True)
class StoredPoint:
    """A point as the database has it; `time` is in microseconds, `fields` are those it has."""

    measurement: str
    tags: Mapping[str, str]
    time: int
    fields: Mapping[str, Any]


def ask(server: InfluxDB1, database: str, statement: str) -> list[StoredPoint]:
    """Return the rows of a statement; tags are those that it groups by."""
    answer = httpx.post(
        f"{server.url}/query",
        params={"db": database, "epoch": "u"},
        data={"q": statement},
        auth=server.auth,
        timeout=60.0,
    )
    [result] = answer.raise_for_status().json()["results"]
    if "error" in result:
        raise RuntimeError(f"{statement}: {result['error']}")
    return [
        StoredPoint(
            measurement=series["name"],
            tags=series.get("tags", {}),
            time=values[0],
            fields={
                # Of a whole number InfluxDB's JSON does not say that it is a float; we write no others.
                name: float(value) if isinstance(value, int) else value
                for name, value in zip(series["columns"][1:], values[1:], strict=True)
                if value is not None
            },
        )
        for series in result.get("series", [])
        for values in series["values"]
    ]


def all_points(server: InfluxDB1, database: str) -> list[StoredPoint]:
    """Return everything that is in a database.

    Each measurement is asked by itself: in a query of several a field has one type for all of them.
    """
    measurements = server.query("SHOW MEASUREMENTS", database)
    return [
        point
        for each in measurements
        for point in ask(
            server, database, f"SELECT *::field FROM {identifier(each['name'])} GROUP BY *"
        )
    ]


def identifier(name: str) -> str:
    """Return *name* as InfluxQL writes it."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
