"""docs/queries.md: its queries find in the databases what happened in the simulated home."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from attrs import frozen

from tests.docs.queries import LANGUAGES, filled_in, queries
from tests.docs.simulated_days import FROM, TO
from tests.docs.story import Story, ask_influxdb, ask_sqlite
from tests.support.servers import InfluxDB1

TEN_MINUTES = 600 * 10**6
MINUTE = 60 * 10**6
DAY = 86_400 * 10**6

Row = Mapping[str, Any]
Result = dict[Any, Any]


def query_of(heading: str, language: str) -> str:
    return filled_in(queries()[heading][language], start_ms=FROM // 1000, end_ms=TO // 1000)


def rounded(result: Result) -> Result:
    """Return *result* with numbers that do not depend on the order of a sum."""
    assert result, "the story has to have something to be found"
    return {
        key: round(value, 9) if isinstance(value, float) else value for key, value in result.items()
    }


def temperature_by_room(story: Story) -> Result:
    readings = defaultdict(list)
    for change, number in story.readings("temperature"):
        area = story.registry.entry_of(change.entity_id).area
        readings[change.time // TEN_MINUTES * TEN_MINUTES, area].append(number)
    return {key: fmean(numbers) for key, numbers in readings.items()}


def energy_per_day(story: Story) -> Result:
    last = {
        (change.entity_id, change.time // DAY * DAY): number
        for change, number in story.readings("energy")
    }
    return {
        (entity_id, day): number - last[entity_id, day - DAY]
        for (entity_id, day), number in last.items()
        if (entity_id, day - DAY) in last
    }


def motion(story: Story) -> Result:
    return {
        (change.entity_id, change.time): change.state and change.state.value
        for change in story.of_class("motion")
    }


def lights_on(story: Story) -> Result:
    last = {
        change.entity_id: change.state and change.state.value
        for change in story.changes
        if change.entity_id.startswith("light.") and change.time <= TO
    }
    return {entity_id: state for entity_id, state in last.items() if state == "on"}


def by_entity(story: Story) -> dict[str, list[tuple[int, str]]]:
    told = defaultdict(list)
    for change in story.changes:
        if FROM <= change.time <= TO:
            state = "removed" if change.state is None else change.state.value
            told[change.entity_id].append((change.time, state))
    return told


def minutes_unavailable(story: Story) -> Result:
    minutes = {}
    for entity_id, told in by_entity(story).items():
        at_the_end = {time // MINUTE: state for time, state in told}
        state, count = "", 0
        for minute in range(FROM // MINUTE, TO // MINUTE + 1):
            state = at_the_end.get(minute, state)
            count += state == "unavailable"
        if count:
            minutes[entity_id] = count
    return minutes


def unavailable_share(story: Story) -> Result:
    shares = {}
    for entity_id, told in by_entity(story).items():
        ends = [time for time, _ in told[1:]] + [TO]
        gone = sum(
            end - time
            for (time, state), end in zip(told, ends, strict=True)
            if state == "unavailable"
        )
        shares[entity_id] = gone / (TO - told[0][0])
    return shares


def last_of_batteries(story: Story) -> Result:
    return {change.entity_id: number for change, number in story.readings("battery", since=0)}


def most_power(story: Story) -> Result:
    readings = defaultdict(list)
    for change, number in story.readings("power"):
        readings[story.registry.entry_of(change.entity_id).device].append(number)
    means = {device: fmean(numbers) for device, numbers in readings.items()}
    return dict(sorted(means.items(), key=lambda item: -item[1])[:5])


@frozen(kw_only=True)
class Case:
    """A query, what it has to find, and how to read that off its rows."""

    heading: str
    expected: Callable[[Story], Result]
    key: Callable[[Row], Any]
    value: str

    def read(self, rows: Sequence[Row]) -> Result:
        found = {self.key(row): row[self.value] for row in rows}
        assert len(found) == len(rows)
        return found


INFLUXQL = (
    Case(
        heading="Temperature by room",
        expected=temperature_by_room,
        key=lambda row: (row["time"], row["area"]),
        value="mean",
    ),
    Case(
        heading="Energy per day",
        expected=energy_per_day,
        key=lambda row: (row["entity_id"], row["time"]),
        value="non_negative_difference",
    ),
    Case(
        heading="Motion, as a state timeline",
        expected=motion,
        key=lambda row: (row["entity_id"], row["time"]),
        value="state",
    ),
    Case(
        heading="Which lights were on",
        expected=lights_on,
        key=lambda row: row["entity_id"],
        value="state",
    ),
    Case(
        heading="How long entities were unavailable",
        expected=minutes_unavailable,
        key=lambda row: row["entity_id"],
        value="minutes",
    ),
    Case(
        heading="The last value of each battery",
        expected=last_of_batteries,
        key=lambda row: row["entity_id"],
        value="last",
    ),
    Case(
        heading="The five devices that take most power",
        expected=most_power,
        key=lambda row: row["device"],
        value="top",
    ),
)

SQLITE = (
    Case(
        heading="Temperature by room",
        expected=temperature_by_room,
        key=lambda row: (row["time"] * 10**6, row["area"]),
        value="temperature",
    ),
    Case(
        heading="Energy per day",
        expected=energy_per_day,
        key=lambda row: (row["entity_id"], row["time"] * 10**6),
        value="energy",
    ),
    Case(
        heading="Motion, as a state timeline",
        expected=motion,
        key=lambda row: (row["entity_id"], round(row["time"] * 10**6)),
        value="state",
    ),
    Case(
        heading="Which lights were on",
        expected=lights_on,
        key=lambda row: row["entity_id"],
        value="state",
    ),
    Case(
        heading="How long entities were unavailable",
        expected=unavailable_share,
        key=lambda row: row["entity_id"],
        value="share",
    ),
    Case(
        heading="The last value of each battery",
        expected=last_of_batteries,
        key=lambda row: row["entity_id"],
        value="battery",
    ),
    Case(
        heading="The five devices that take most power",
        expected=most_power,
        key=lambda row: row["device"],
        value="power",
    ),
)


def heading_of(case: Case) -> str:
    return case.heading


@pytest.mark.servers
@pytest.mark.parametrize("case", INFLUXQL, ids=heading_of)
def test_influxql(influx: InfluxDB1, story: Story, case: Case) -> None:
    """The InfluxQL query finds just what happened."""
    rows = ask_influxdb(influx, query_of(case.heading, "InfluxQL"))

    assert rounded(case.expected(story)) == rounded(case.read(rows))


@pytest.mark.parametrize("case", SQLITE, ids=heading_of)
def test_sqlite(sqlite: Path, story: Story, case: Case) -> None:
    """The SQLite query finds just what happened."""
    rows = ask_sqlite(sqlite, query_of(case.heading, "SQL, SQLite"))

    assert rounded(case.expected(story)) == rounded(case.read(rows))


def test_each_query_in_each_language() -> None:
    """Every heading has the four languages, and those that can be run here are run."""
    assert dict.fromkeys(queries(), LANGUAGES) == {
        heading: tuple(found) for heading, found in queries().items()
    }
    headings = list(queries())
    assert headings == [case.heading for case in INFLUXQL] == [case.heading for case in SQLITE]
