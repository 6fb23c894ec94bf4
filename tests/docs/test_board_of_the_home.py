"""docs/grafana/home.json: its queries find something in an InfluxDB 1.6.7, and what they should."""

from collections.abc import Mapping, Sequence

import pytest

from tests.docs.boards import ALL, Query, filled_in, queries_of, variables
from tests.docs.simulated_days import BATTERIES, FROM, TO
from tests.docs.story import Row, Story, ask_influxdb
from tests.support.servers import InfluxDB1

BOARD = "home.json"
QUERIES = list(queries_of(BOARD))
ODD_NAME = 'Bad, "2. Stock"'

pytestmark = pytest.mark.servers


def shown(influx: InfluxDB1, text: str, **chosen: Sequence[str]) -> list[Row]:
    """Return what Grafana gets with the *chosen* areas and entities, by default all."""
    values: Mapping[str, str | Sequence[str]] = {
        "timeFilter": f"time >= {FROM}u AND time <= {TO}u",
        "__interval": "10m",
        "__to": str(TO // 1000),
        "area": ALL,
        "entity": ALL,
        **chosen,
    }
    return ask_influxdb(influx, filled_in(text, values))


def query_of(panel: str) -> str:
    [text] = [query.text for query in QUERIES if query.panel == panel]
    return text


def area_of(story: Story, row: Row) -> str | None:
    return story.registry.entry_of(row["entity_id"]).area


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_every_panel_shows_something(influx: InfluxDB1, query: Query) -> None:
    """Each query finds points, with all areas and all entities."""
    assert shown(influx, query.text)


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_only_the_chosen_area(influx: InfluxDB1, story: Story, query: Query) -> None:
    """With areas chosen, however they are spelt, there is nothing of another area."""
    areas = [ODD_NAME, "Küche"]

    rows = shown(influx, query.text, area=areas)

    found = {area_of(story, row) for row in rows}
    assert found <= set(areas)
    assert rows or query.panel in {"Battery levels", "Not available", "People"}, "no area has these"


def test_only_the_chosen_entity(influx: InfluxDB1) -> None:
    """With an entity chosen, there is nothing of another one."""
    for panel in ("Values", "States", "Last changes"):
        rows = shown(influx, query_of(panel), entity=["sensor.kuche_power"])

        assert {"sensor.kuche_power"} == {row["entity_id"] for row in rows}


def test_batteries_of_no_area(influx: InfluxDB1) -> None:
    """With all areas, there is also what is in none."""
    rows = shown(influx, query_of("Battery levels"))

    assert BATTERIES.keys() == {row["entity_id"] for row in rows}


def test_what_is_not_available(influx: InfluxDB1, story: Story) -> None:
    """The table has the entities whose last state is unavailable, and no others."""
    last = {
        change.entity_id: change.state and change.state.value
        for change in story.changes
        if change.time <= TO
    }

    rows = shown(influx, query_of("Not available"))

    gone = {entity_id for entity_id, state in last.items() if state == "unavailable"}
    assert gone == {row["entity_id"] for row in rows}


def test_last_changes(influx: InfluxDB1, story: Story) -> None:
    """The table has the newest change of the home."""
    newest = max((change for change in story.changes if change.time <= TO), key=lambda c: c.time)

    rows = shown(influx, query_of("Last changes"))

    assert (newest.time, newest.entity_id) in {(row["time"], row["entity_id"]) for row in rows}


def test_who_changes_most(influx: InfluxDB1, story: Story) -> None:
    """The table counts the points of each entity within the time shown."""
    counts: dict[str, float] = {}
    for change in story.changes:
        if FROM <= change.time <= TO:
            counts[change.entity_id] = counts.get(change.entity_id, 0) + 1

    rows = shown(influx, query_of("Who changes most"))

    assert counts == {row["entity_id"]: row["changes"] for row in rows}


def test_variables(influx: InfluxDB1, story: Story) -> None:
    """The variables offer the areas of the home, and the entities of the chosen ones."""
    known = {entity: entry.area for entity, entry in story.registry.entries.items()}
    told = {change.entity_id for change in story.changes}

    def offered(name: str, **chosen: Sequence[str]) -> set[str]:
        query = variables(BOARD)[name]["query"]
        return {
            row["value"] for row in influx.query(filled_in(query, {"area": ALL, **chosen}), "story")
        }

    assert {known[entity] for entity in told & known.keys()} - {None} == offered("area")
    assert told == offered("entity")
    assert {each for each in told if known.get(each) == ODD_NAME} == offered(
        "entity", area=[ODD_NAME]
    )
