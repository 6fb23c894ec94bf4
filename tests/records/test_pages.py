"""All that is wanted is read, each once, in the order of its time, and nothing is left behind."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records.databases import START, change, write_database
from trio_ingest.model.state_change import HomeEvent
from trio_ingest.processing.globs import glob_pattern
from trio_ingest.records.pages import CHANGES, changes, events, look_at_records
from trio_ingest.records.wanted import Wanted
from trio_ingest.sinks.sqlite import open_database
from trio_ingest.sqlite_file import UnusableFileError

ENTITIES = ["light.a", "sensor.a", "sensor.b"]
HOMES = ["cabin", "home"]
TIMES = range(4)  # few, so that many share one
GLOBS = ["*", "sensor.*", "sensor.[!a]", "light.a", "nothing.*"]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("records") / "home.db"
    all_changes = [change(entity, time, "1") for entity in ENTITIES for time in TIMES]
    all_events = [
        HomeEvent(event_type=each, time=START + time, data={})
        for each in "ab"
        for time in (1, 1, 2)
    ]
    for home in HOMES:
        write_database(path, all_changes, all_events, home=home)
    return path


wanteds = st.builds(
    Wanted,
    since=st.none() | st.sampled_from(TIMES).map(lambda time: START + time * 10**6),
    until=st.none() | st.sampled_from(TIMES).map(lambda time: START + time * 10**6),
    globs=st.lists(st.sampled_from(GLOBS), max_size=2).map(tuple),
    home=st.none() | st.sampled_from([*HOMES, "other"]),
)


@settings(deadline=None, max_examples=60)
@given(wanted=wanteds, page_rows=st.integers(1, 30))
def test_pages_are_all(everything: Path, wanted: Wanted, page_rows: int) -> None:
    """However long a page is, it is what the condition says, in order, each row once."""
    fits = glob_pattern(wanted.globs or ["*"]).match
    expected = [
        (START + time * 10**6, entity, home)
        for time in TIMES
        for entity in ENTITIES
        for home in HOMES
        if fits(entity)
        and wanted.home in (None, home)
        and (wanted.since is None or START + time * 10**6 >= wanted.since)
        and (wanted.until is None or START + time * 10**6 < wanted.until)
    ]

    rows = changes(everything, wanted, page_rows)

    assert expected == [(row["time_us"], row["entity_id"], row["home"]) for row in rows]


@pytest.mark.parametrize("page_rows", [1, 2, 5, 100])
def test_events_come_in_their_order(everything: Path, page_rows: int) -> None:
    """So do events, also those of one type that fell into one microsecond."""
    rows = list(events(everything, Wanted(globs=("light.a",), home="home"), page_rows))

    keys = [(row["time_us"] - START, row["event_type"], row["sequence"]) for row in rows]
    assert [(1, "a", 0), (1, "a", 1), (1, "b", 0), (1, "b", 1), (2, "a", 0), (2, "b", 0)] == keys


def test_a_page_does_not_sort_all_that_follows(everything: Path) -> None:
    """Also for some entities SQLite goes by the time, so that reading all is no work of squares."""
    wanted = Wanted(globs=("sensor.*",), entities=ENTITIES)
    query = f"EXPLAIN QUERY PLAN {CHANGES.format(condition=wanted.condition)}"
    position = {"time": 0, "subject": "", "after_home": "", "rows": 1}
    parameters = {**wanted.parameters, **position}

    rows = look_at_records(
        everything, lambda connection: connection.execute(query, parameters).fetchall()
    )

    plan = [row["detail"] for row in rows]
    assert "SEARCH state_changes USING INDEX state_changes_by_time (time_us>?)" in plan
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


def test_while_the_daemon_writes(tmp_path: Path) -> None:
    """What is committed is seen while the file is open elsewhere, and nothing is left behind."""
    path = write_database(tmp_path / "home.db", [change("sensor.a", 0, "1")])
    assert ["home.db"] == [each.name for each in tmp_path.iterdir()]

    assert 1 == len(list(changes(path, Wanted())))
    assert ["home.db"] == [each.name for each in tmp_path.iterdir()]
    with open_database(path):
        write_database(path, [change("sensor.a", 1, "2")])
        assert 2 == len(list(changes(path, Wanted())))


def test_an_old_file_has_no_events(tmp_path: Path) -> None:
    """A file from before there were events is read all the same."""
    path = write_database(tmp_path / "home.db")
    with open_database(path) as connection:
        connection.execute("DROP TABLE events")

    assert [] == list(events(path, Wanted()))


def test_no_file(tmp_path: Path) -> None:
    """Where there is none that is said, and none is made."""
    with pytest.raises(UnusableFileError, match="there is no database"):
        list(changes(tmp_path / "home.db", Wanted()))

    assert not list(tmp_path.iterdir())
