"""A state change as a point of influxdb-client, as its users write it, with all attributes."""

from contextlib import suppress
from typing import Any

from influxdb_client import Point


def point_of(event: dict[str, Any]) -> Point:
    data = event["data"]
    entity_id, state = data["entity_id"], data["new_state"]
    point = Point(entity_id.partition(".")[0]).tag("entity_id", entity_id)
    point.time(event["time_fired"] if state is None else state["last_updated"])
    if state is None:
        return point.field("state", "removed")
    point.field("state", state["state"])
    with suppress(ValueError):
        point.field("value", float(state["state"]))
    for name, value in state["attributes"].items():
        if isinstance(value, bool | int | float):
            point.field(name, float(value))
        elif value is not None:
            point.field(f"{name}_str", str(value))
    return point
