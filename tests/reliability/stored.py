"""What a database has in the end, in one shape for all of them."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import field, frozen

from tests.support.influx_double import InfluxDouble
from tests.support.influx_series import all_points
from tests.support.servers import InfluxDB1


@frozen(kw_only=True)
class Stored:
    """A point as it is stored. `time` is in microseconds, no state is a removal.

    `numbers` are its attributes that are numbers, and as `value` the state, where it is one.
    """

    entity_id: str
    time: int
    state: str | None
    numbers: Mapping[str, float] = field(factory=dict, eq=False)


def in_sqlite(database: Path, home: str = "%") -> Sequence[Stored]:
    """Return what an embedded database has of *home*; nothing as long as it is being made."""
    if not database.exists():
        return []
    query = (
        "SELECT entity_id, time_us, state, value, attributes FROM state_changes WHERE home LIKE ?"
    )
    with closing(sqlite3.connect(database)) as connection:
        try:
            rows = connection.execute(query, (home,)).fetchall()
        except sqlite3.OperationalError:
            return []
    return [
        _stored(entity_id, time, {"state": state, "value": value, **json.loads(attributes)})
        for entity_id, time, state, value, attributes in rows
    ]


def in_double(double: InfluxDouble) -> Sequence[Stored]:
    """Return what a stand-in for InfluxDB was told in the schema `tidy`."""
    return [
        _stored(row["entity_id"], time // 1000, row)
        for (_series, time), row in list(double.points.items())
    ]


def in_influxdb(server: InfluxDB1, database: str, **tags: str) -> Sequence[Stored]:
    """Return what an InfluxDB 1 has in the schema `tidy`, of what has all those *tags*."""
    return [
        _stored(point.tags["entity_id"], point.time, point.fields)
        for point in all_points(server, database, **tags)
    ]


def _stored(entity_id: str, time: int, fields: Mapping[str, Any]) -> Stored:
    state = fields["state"]
    return Stored(
        entity_id=entity_id,
        time=time,
        state=None if state == "removed" else state,
        numbers=numbers_of(fields),
    )


def numbers_of(fields: Mapping[str, Any]) -> Mapping[str, float]:
    """Return those of *fields* that are numbers, also true and false."""
    return {name: float(value) for name, value in fields.items() if isinstance(value, int | float)}
