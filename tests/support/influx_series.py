"""Asks an InfluxDB 1 for whole series: measurement, tags and fields each by themselves."""

from collections.abc import Mapping
from typing import Any

import httpx
from attrs import frozen

from tests.support.servers import InfluxDB1, quoted


@frozen(kw_only=True)
class StoredPoint:
    """A point as the database has it; `time` is in microseconds, `fields` are those it has."""

    measurement: str
    tags: Mapping[str, str]
    time: int
    fields: Mapping[str, Any]


def ask(server: InfluxDB1, database: str, statements: str) -> list[StoredPoint]:
    """Return the rows of all statements; tags are those that they group by."""
    answer = httpx.post(
        f"{server.url}/query",
        params={"db": database, "epoch": "u"},
        data={"q": statements},
        auth=server.auth,
        timeout=60.0,
    )
    results = answer.raise_for_status().json()["results"]
    for result in results:
        if "error" in result:
            raise RuntimeError(f"{statements}: {result['error']}")
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
        for result in results
        for series in result.get("series", [])
        for values in series["values"]
    ]


def all_points(server: InfluxDB1, database: str, **tags: str) -> list[StoredPoint]:
    """Return everything that is in a database, of what has all those *tags*.

    Each measurement is asked by itself: in a statement of several a field has one type for all.
    """
    measurements = server.query("SHOW MEASUREMENTS", database)
    having = " AND ".join(f"{identifier(tag)} = {quoted(value)}" for tag, value in tags.items())
    where = f"WHERE {having} " if having else ""
    statements = [
        f"SELECT *::field FROM {identifier(each['name'])} {where}GROUP BY *"
        for each in measurements
    ]
    # One request, since each of these reads all certificates anew.
    return ask(server, database, "; ".join(statements)) if statements else []


def identifier(name: str) -> str:
    """Return *name* as InfluxQL writes it."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
