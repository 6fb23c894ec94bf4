"""A board as Grafana's JSON (Grafana 12, schema 41): its data source, its variables, its grid.

Places in the grid are worked out here: panels of a row stand side by side, and go on in the next
line when there is no more room.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from scripts.boards.panels import Json

COLUMNS = 24
SCHEMA = 41
BOARD_TAG = "trio-ingest"


def make_board(
    *,
    uid: str,
    title: str,
    description: str,
    datasource: Json,
    variables: Sequence[Json],
    rows: Mapping[str, Sequence[Json]],
    time_range: str,
) -> Json:
    """Return a board. *datasource* is what `datasource_input` returned."""
    return {
        "__inputs": [datasource],
        "__requires": [
            {"type": "grafana", "id": "grafana", "name": "Grafana", "version": "11.0.0"}
        ],
        "uid": uid,
        "title": title,
        "description": description,
        "tags": [BOARD_TAG],
        "schemaVersion": SCHEMA,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": f"now-{time_range}", "to": "now"},
        "timezone": "browser",
        "links": [
            {
                "type": "dashboards",
                "title": "trio-ingest",
                "tags": [BOARD_TAG],
                "asDropdown": True,
                "icon": "external link",
                "includeVars": False,
                "keepTime": True,
                "targetBlank": False,
                "tooltip": "",
            }
        ],
        "annotations": {"list": []},
        "templating": {"list": [datasource_variable(datasource), *variables]},
        "panels": placed(rows, datasource["pluginId"]),
    }


def datasource_input(name: str, plugin: str, plugin_name: str, description: str) -> Json:
    """Return what the import asks for."""
    return {
        "name": name,
        "label": plugin_name,
        "description": description,
        "type": "datasource",
        "pluginId": plugin,
        "pluginName": plugin_name,
    }


def datasource_variable(datasource: Json) -> Json:
    """Return the variable that all panels use: at first the answer to the import's question.

    Where a board is provisioned nobody is asked. Then there is no data source of that name, and
    Grafana takes the first one of the kind.
    """
    asked = f"${{{datasource['name']}}}"
    return {
        "type": "datasource",
        "name": "datasource",
        "label": "Data source",
        "query": datasource["pluginId"],
        "current": {"text": asked, "value": asked},
    }


def query_variable(
    name: str, label: str, query: Any, plugin: str, *, is_multi: bool = True
) -> Json:
    """Return a variable whose values the data source knows; with `is_multi`, several or all."""
    variable = {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": {"type": plugin, "uid": "${datasource}"},
        "query": query,
        "refresh": 2,  # when the time range changes
        "sort": 1,
        "multi": is_multi,
        "includeAll": is_multi,
    }
    if is_multi:
        variable["allValue"] = ".*"
        variable["current"] = {"text": ["All"], "value": ["$__all"]}
    return variable


def placed(rows: Mapping[str, Sequence[Json]], plugin: str) -> Sequence[Json]:
    """Return the rows and their panels one below the other, numbered from 1."""
    panels: list[Json] = []
    top = 0
    for title, row in rows.items():
        panels.append({"type": "row", "title": title, "collapsed": False, "panels": []})
        panels[-1]["gridPos"] = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
        top, left, height = top + 1, 0, 0
        for panel in row:
            width = panel["gridPos"]["w"]
            if left + width > COLUMNS:
                top, left, height = top + height, 0, 0
            panels.append({**panel, "gridPos": {**panel["gridPos"], "x": left, "y": top}})
            left, height = left + width, max(height, panel["gridPos"]["h"])
        top += height
    source = {"type": plugin, "uid": "${datasource}"}
    for number, panel in enumerate(panels, start=1):
        panel["id"] = number
        if panel["type"] != "row":
            panel["datasource"] = source
            panel["targets"] = [{**target, "datasource": source} for target in panel["targets"]]
    return panels
