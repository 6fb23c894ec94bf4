"""The board of a home, of data in the schema `tidy`, in one of two languages."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from scripts.boards.board import datasource_input, make_board, query_variable
from scripts.boards.panels import Json, chart, gauges, table, timeline

PLUGIN = "influxdb"


@frozen(kw_only=True)
class Language:
    """The same questions in one query language; `targets` are by what they ask for."""

    uid: str
    title: str
    datasource: str
    areas: str
    entities: str
    targets: Mapping[str, Json]


def board(language: Language) -> Json:
    return make_board(
        uid=language.uid,
        title=language.title,
        description="What Home Assistant's entities did, as trio-ingest records them (schema tidy).",
        datasource=datasource_input(
            "DS_INFLUXDB", PLUGIN, "InfluxDB", f"{language.datasource}: where trio-ingest writes to"
        ),
        variables=[
            query_variable("area", "Area", language.areas, PLUGIN),
            query_variable("entity", "Entity", language.entities, PLUGIN),
        ],
        rows=rows(language.targets),
        time_range="24h",
    )


def rows(ask: Mapping[str, Json]) -> Mapping[str, Sequence[Json]]:
    return {
        "Climate": [
            chart(
                "Temperature",
                "Sensors with the device class temperature.",
                ask["temperature"],
                unit="celsius",
                steps=True,
                at_least_zero=False,
            ),
            chart(
                "Humidity",
                "Sensors with the device class humidity.",
                ask["humidity"],
                unit="percent",
                steps=True,
            ),
            chart(
                "Thermostats",
                "What thermostats measure and what they are set to.",
                ask["thermostats"],
                unit="celsius",
                steps=True,
                at_least_zero=False,
                size=(24, 7),
            ),
        ],
        "Power": [
            chart(
                "Power",
                "Sensors with the device class power.",
                ask["power"],
                unit="watt",
                steps=True,
                at_least_zero=False,
            ),
            chart(
                "Energy per day",
                "What each meter counted, by day in UTC. The first day has nothing to be compared with: choose a longer time.",
                ask["energy"],
                unit="kwatth",
                bars=True,
                stacked=True,
            ),
        ],
        "On and off": [
            timeline(
                "Lights and switches",
                "Those that changed within the time shown.",
                ask["switches"],
            ),
            timeline(
                "Doors, windows and motion",
                "Binary sensors that changed within the time shown.",
                ask["binary_sensors"],
            ),
            timeline("People", "Who was where.", ask["people"], size=(12, 6)),
            timeline("Locks and covers", "Unlocked is red.", ask["locks"], size=(12, 6)),
        ],
        "Batteries": [
            gauges(
                "Battery levels",
                "The last value of each, however long ago.",
                ask["batteries"],
                unit="percent",
            ),
            table(
                "Not available",
                "Entities whose last state is unavailable, and since when.",
                ask["unavailable"],
            ),
        ],
        "Last changes": [
            table(
                "Last changes",
                "What happened last, of every domain the last ten.",
                ask["changes"],
            ),
            table(
                "Who changes most",
                "Points within the time shown: what fills the database, and might be excluded.",
                ask["most"],
                sort_by="changes",
            ),
        ],
        "The chosen entity": [
            chart(
                "Values",
                "Numbers of the entities chosen above. Choose a few: All are many.",
                ask["values"],
                steps=True,
                at_least_zero=False,
            ),
            timeline("States", "Their states as text.", ask["states"]),
        ],
    }
