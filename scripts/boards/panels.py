"""Panels as Grafana's JSON, a call each; where they stand is decided by `board`."""

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

GREEN, YELLOW, RED, GREY = "green", "yellow", "red", "text"


def panel(
    kind: str,
    title: str,
    description: str,
    targets: Sequence[Json],
    *,
    size: tuple[int, int],
    defaults: Json,
    options: Json,
) -> Json:
    width, height = size
    return {
        "type": kind,
        "title": title,
        "description": description,
        "gridPos": {"w": width, "h": height},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": options,
        "targets": [
            {"refId": letter, **target} for letter, target in zip("ABCD", targets, strict=False)
        ],
    }


def chart(
    title: str,
    description: str,
    *targets: Json,
    unit: str = "short",
    size: tuple[int, int] = (12, 8),
    bars: bool = False,
    stacked: bool = False,
    steps: bool = False,
    at_least_zero: bool = True,
    no_value: str = "",
) -> Json:
    """Return curves over time. `steps`: a value holds until the next one."""
    custom: Json = {"fillOpacity": 60 if bars else 10, "showPoints": "never"}
    if bars:
        custom["drawStyle"] = "bars"
    if stacked:
        custom["stacking"] = {"mode": "normal", "group": "A"}
    if steps:
        custom |= {"lineInterpolation": "stepAfter", "spanNulls": True, "fillOpacity": 0}
    defaults: Json = {"unit": unit, "custom": custom}
    if at_least_zero:
        defaults["min"] = 0
    if no_value:
        defaults["noValue"] = no_value
    legend = {"displayMode": "list", "placement": "bottom", "showLegend": True}
    options = {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
    return panel(
        "timeseries", title, description, targets, size=size, defaults=defaults, options=options
    )


def stat(
    title: str,
    description: str,
    *targets: Json,
    unit: str = "none",
    words: Mapping[float, tuple[str, str]] | None = None,
    limits: Mapping[float, str] | None = None,
    no_value: str = "",
    size: tuple[int, int] = (4, 5),
) -> Json:
    """Return big figures. `words`: text and colour for a value; `limits`: colours from there on."""
    defaults: Json = {"unit": unit, "thresholds": thresholds(limits or {})}
    if words:
        said = {
            str(value): {"text": text, "color": colour, "index": index}
            for index, (value, (text, colour)) in enumerate(words.items())
        }
        defaults["mappings"] = [{"type": "value", "options": said}]
    if no_value:
        defaults["noValue"] = no_value
    options = {
        "colorMode": "background" if words or limits else "none",
        "graphMode": "none",
        "textMode": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    }
    return panel("stat", title, description, targets, size=size, defaults=defaults, options=options)


def timeline(title: str, description: str, *targets: Json, size: tuple[int, int] = (12, 9)) -> Json:
    """Return a bar for each entity, coloured by its states."""
    mappings = [
        {
            "type": "value",
            "options": {
                text: {"color": colour, "index": index}
                for index, (text, colour) in enumerate(
                    {
                        "on": YELLOW,
                        "off": "#44475a",
                        "home": GREEN,
                        "not_home": "#44475a",
                        "locked": GREEN,
                        "unlocked": RED,
                        "unavailable": "#8e8e8e",
                        "unknown": "#8e8e8e",
                    }.items()
                )
            },
        }
    ]
    defaults = {"custom": {"fillOpacity": 80, "lineWidth": 0}, "mappings": mappings}
    options = {
        "mergeValues": True,
        "showValue": "never",
        "rowHeight": 0.8,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
    }
    return panel(
        "state-timeline", title, description, targets, size=size, defaults=defaults, options=options
    )


def gauges(
    title: str, description: str, *targets: Json, unit: str, size: tuple[int, int] = (12, 9)
) -> Json:
    """Return a horizontal bar for each, from 0 to 100, red below 15 and yellow below 30."""
    limits = {0.0: RED, 15.0: YELLOW, 30.0: GREEN}
    defaults = {"unit": unit, "min": 0, "max": 100, "thresholds": thresholds(limits)}
    options = {
        "orientation": "horizontal",
        "displayMode": "basic",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    }
    return panel(
        "bargauge", title, description, targets, size=size, defaults=defaults, options=options
    )


def table(
    title: str,
    description: str,
    *targets: Json,
    size: tuple[int, int] = (12, 9),
    sort_by: str = "Time",
) -> Json:
    options = {"sortBy": [{"displayName": sort_by, "desc": True}], "cellHeight": "sm"}
    defaults: Json = {"noValue": "none"}
    return panel(
        "table", title, description, targets, size=size, defaults=defaults, options=options
    )


def thresholds(limits: Mapping[float, str]) -> Json:
    steps: list[Json] = [
        {"color": colour, "value": value if index else None}
        for index, (value, colour) in enumerate(limits.items())
    ]
    return {"mode": "absolute", "steps": steps or [{"color": GREY, "value": None}]}
