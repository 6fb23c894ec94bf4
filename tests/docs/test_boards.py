"""The boards of docs/grafana: what can be said of them without a server."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from scripts.boards.all_boards import all_boards
from tests.docs.boards import FILES, FOLDER, panels, queries_of, read, variables
from tests.docs.examples import FRAMES, happenings
from tests.docs.story import Story, lines_of
from tests.support.line_parser import parse_strictly
from tests.support.sink_configs import influx_config
from trio_ingest.admin.families import families
from trio_ingest.model.state_change import StateChange

BOARD = pytest.mark.parametrize("name", FILES)
# Names of columns that queries give themselves.
OWN_NAMES = {"changes", "measured", "set"}
# Home Assistant has them; neither our simulated nor our recorded homes do.
OTHER_DOMAINS = {"fan", "device_tracker"}
LABELS_OF_PROMETHEUS = {"job", "instance"}
OF_THE_PROCESS = {"process_cpu_seconds_total", "process_resident_memory_bytes"}


def test_in_step() -> None:
    """The files are those that scripts/boards writes."""
    written = {name: (FOLDER / name).read_text(encoding="utf-8") for name in FILES}

    assert dict(all_boards()) == written, "run python -m scripts.boards"


@BOARD
def test_can_be_imported(name: str) -> None:
    """An import asks for the data source, and each panel takes the one that was chosen."""
    board = read(name)
    [asked] = board["__inputs"]
    chooser = variables(name)["datasource"]

    assert f"${{{asked['name']}}}" == chooser["current"]["value"]
    assert asked["pluginId"] == chooser["query"]
    assert board["uid"].startswith("trio-ingest")
    assert "trio-ingest" in board["tags"]
    assert "id" not in board
    for panel in panels(name):
        for each in (panel, *panel["targets"]):
            assert {"type": asked["pluginId"], "uid": "${datasource}"} == each["datasource"]


@BOARD
def test_panels_are_told_apart(name: str) -> None:
    """Each has a title, a number and a description of its own, and a place that no other has."""
    shown = panels(name)
    places = [
        {(x, y) for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])}
        for p in (panel["gridPos"] for panel in read(name)["panels"])
    ]

    assert len(shown) == len({panel["title"] for panel in shown})
    assert len(read(name)["panels"]) == len({panel["id"] for panel in read(name)["panels"]})
    assert all(panel["description"] and panel["targets"] for panel in shown)
    assert not any(one & other for one, other in combinations(places, 2))
    assert all(x < 24 for place in places for x, _ in place)


@BOARD
def test_variables_are_there(name: str) -> None:
    """What queries take from variables is a variable of the board, or one of Grafana's own."""
    used = {
        found
        for query in queries_of(name)
        for found in re.findall(r"\$\{?([a-z]\w*)", query.text)
        if found != "timeFilter"
    }

    assert used <= variables(name).keys()


def test_uids_differ() -> None:
    """The boards can be imported side by side."""
    assert len(FILES) == len({read(name)["uid"] for name in FILES}) == 3


def test_both_languages_ask_the_same() -> None:
    """The board in Flux has the panels of the one in InfluxQL, at the same places."""
    influxql, flux = (
        [{**panel, "targets": len(panel["targets"])} for panel in panels(name)]
        for name in ("home.json", "home-flux.json")
    )

    assert influxql == flux


def test_every_metric_exists() -> None:
    """The daemon's board names metrics, labels and fates that /metrics has."""
    ours = {
        f"trio_ingest_{each.name}{'_total' if each.kind == 'counter' else ''}": each.labels
        for each in families()
    }
    for query in queries_of("daemon.json"):
        metrics = set(re.findall(r"\b(?:trio_ingest|process)_\w+", query.text))
        labels = {label for metric in metrics for label in ours.get(metric, ())}
        named = re.findall(r"(\w+)=~?\"", query.text)
        named += re.findall(r"\w+", " ".join(re.findall(r"\bby \(([^)]*)\)", query.text)))

        assert metrics
        assert metrics <= ours.keys() | OF_THE_PROCESS
        assert set(named) <= labels | LABELS_OF_PROMETHEUS


@pytest.fixture(scope="module")
def names(story: Story) -> set[str]:
    """The names of measurements, tags and fields that the schema `tidy` makes of our homes."""
    changes = [
        each
        for each in happenings(Path(FRAMES).read_text(encoding="utf-8").splitlines())
        if isinstance(each, StateChange)
    ]
    more = Story([*story.changes, *changes], story.registry)
    points = [parse_strictly(line) for line in lines_of(influx_config(), more)]
    return {name for point in points for name in (point.measurement, *point.tags, *point.fields)}


@pytest.mark.parametrize("name", ["home.json", "home-flux.json"])
def test_every_name_is_written(name: str, names: set[str]) -> None:
    """The home's board names measurements, tags and fields that are written."""
    for query in queries_of(name):
        if name == "home.json":
            named = set(re.findall(r'"(\w+)"', query.text))
        else:
            named = set(re.findall(r'r\._(?:measurement|field) == "(\w+)"', query.text))
            named |= set(re.findall(r"\br\.([a-z]\w+)", query.text))

        assert named
        assert named <= names | OWN_NAMES | OTHER_DOMAINS, query
