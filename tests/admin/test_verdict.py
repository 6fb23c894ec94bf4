"""What the status page says in one second."""

import pytest
from attrs import evolve

from tests.admin.snapshots import (
    CONNECTOR,
    HOME,
    SINK,
    WELL,
    with_connector,
    with_publisher,
    with_sink,
)
from trio_ingest.admin.problems import Level
from trio_ingest.admin.verdict import verdict
from trio_ingest.delivery.writer import WriterStatistics
from trio_ingest.spool.spool import SpoolStatistics
from trio_ingest.telemetry.reloads import Reloads

OLD = int((WELL.time - 90) * 1e6)
WAITING = SpoolStatistics(points=1234, oldest=OLD)


def test_all_is_well() -> None:
    """Recording, how fast, and that everything is delivered."""
    said = verdict(WELL, {"home": 11.16}, {})

    assert (Level.GOOD, "Recording.") == (said.level, said.title)
    assert "11.2 changes a second. Everything is delivered." == said.text
    assert [] == said.problems


@pytest.mark.parametrize(
    ("snapshot", "level", "title"),
    [
        (evolve(WELL, homes={}), "notice", "Not recording."),
        (with_connector(state="waiting", sessions=0), "notice", "Not recording yet."),
        (with_connector(state="waiting", last_trouble="refused"), "bad", "Not recording."),
        (with_sink(writer=WriterStatistics(last_problem="503")), "notice", "Recording."),
        (
            with_sink(writer=WriterStatistics(last_problem="401", needs_operator=True)),
            "bad",
            "Recording.",
        ),
        (with_sink(spool=SpoolStatistics(write_problem="full")), "bad", "Recording is held up."),
        (evolve(WELL, at_work={"influx keeper": 12.0}), "bad", "Recording."),
        (evolve(WELL, unopened={"spool late": "no permission"}), "bad", "Recording."),
        (evolve(WELL, reloads=Reloads(is_last_ok=False)), "notice", "Recording."),
        (with_publisher(last_trouble="refused"), "notice", "Recording."),
    ],
)
def test_what_is_wrong_has_advice(snapshot, level, title) -> None:
    """Each trouble has a level, a title that does not promise too much, and what helps."""
    said = verdict(snapshot, {}, {})

    assert (level, title) == (said.level, said.title)
    (problem,) = said.problems
    assert problem.what
    assert problem.advice


def test_a_home_that_is_away_has_no_rate() -> None:
    """How fast changes came until then is not how fast they come."""
    said = verdict(with_connector(state="waiting", last_trouble="refused"), {"home": 5.8}, {})

    assert "What has come is delivered." == said.text


def test_one_home_of_two() -> None:
    """With one of several homes away the title says that not all is recorded."""
    away = evolve(HOME, connector=evolve(CONNECTOR, state="waiting"))

    said = verdict(evolve(WELL, homes={"home": HOME, "cabin": away}), {}, {})

    assert "Recording, but not every home." == said.title


def test_what_waits_is_not_called_delivered() -> None:
    """Points that wait for long, or for a sink that is away, are counted; nothing is lost."""
    late = verdict(with_sink(spool=WAITING), {}, {})
    fresh = evolve(WAITING, oldest=int((WELL.time - 1) * 1e6))
    away = verdict(with_sink(spool=fresh, writer=WriterStatistics(last_problem="503")), {}, {})
    on_its_way = verdict(with_sink(spool=fresh), {}, {})

    assert "0.0 changes a second. 1,234 points wait on the disk; nothing is lost." == late.text
    assert late.text == away.text
    assert on_its_way.text.endswith("Everything is delivered.")


def test_what_the_disk_does_not_take_is_not_called_delivered() -> None:
    """While the disk is full all that has come is held back, and that is said."""
    said = verdict(with_sink(spool=SpoolStatistics(write_problem="full")), {"home": 0.0}, {})

    assert said.text.endswith("What has come waits in memory for the disk.")


def test_what_gives_way_is_lost() -> None:
    """Nobody is told that nothing is lost while points are dropped."""
    said = verdict(evolve(WELL, sinks={"influx": evolve(SINK, spool=WAITING)}), {}, {"influx": 5})

    assert Level.BAD is said.level
    assert "nothing is lost" not in said.text
    assert "5 points dropped" in said.problems[0].what
