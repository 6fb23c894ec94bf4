"""Long-term statistics: what is asked, and what is made of the answers."""

import gzip
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import trio

from tests.home_assistant.following import config_for
from trio_ingest.home_assistant.errors import NoRecorder
from trio_ingest.home_assistant.session import Session
from trio_ingest.home_assistant.session_opening import open_session
from trio_ingest.home_assistant.statistics import (
    StatisticEntry,
    StatisticsRow,
    fetch_statistics,
    fetch_statistics_list,
    group,
    to_row,
)
from trio_ingest.model.statistic import Statistic
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator
from trio_ingest.simulator.statistics import Series

SAMPLES = Path(__file__).parents[1] / "samples" / "ha-2026.11.0" / "10_statistics.jsonl.gz"
START = 1_795_417_200
HOUR = 3600
SECOND = 1_000_000


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=5)) as opened:
        yield opened


@asynccontextmanager
async def session_with(simulator: Simulator) -> AsyncGenerator[Session]:
    ring, updated = trio.open_memory_channel[None](1)

    async def ignore(_: object) -> None:
        """Nothing is subscribed to."""

    with ring, updated:
        async with open_session(config_for(simulator), None, ignore, ring) as session:
            yield session


async def test_hours_with_gaps(simulator: Simulator) -> None:
    """Each hour that there is comes once: the first moment belongs to the question, the end not."""
    hours = [START, START + HOUR, START + 4 * HOUR, START + 5 * HOUR]
    simulator.core.statistics.add(
        Series(statistic_id="sensor.a", hours={hour: {"sum": hour / 2} for hour in hours})
    )

    async with session_with(simulator) as session:
        [asked] = await fetch_statistics_list(session)
        found = await fetch_statistics(session, asked, START * SECOND, (START + 5 * HOUR) * SECOND)

    assert [(hour * SECOND, hour / 2) for hour in hours[:3]] == [
        (row.time, row.sum) for row in found.rows
    ]


async def test_numbers_are_as_stored(simulator: Simulator) -> None:
    """What Home Assistant would show in another unit comes in the one that it is stored in."""
    for statistic_id, shown_unit, factor in (("a:b", "kWh", 1.0), ("c:d", "Wh", 1000.0)):
        simulator.core.statistics.add(
            Series(
                statistic_id=statistic_id,
                source=statistic_id[0],
                shown_unit=shown_unit,
                factor=factor,
                hours={START: {"sum": 2.5}},
            )
        )

    async with session_with(simulator) as session:
        groups = await fetch_statistics_list(session)
        rows = [
            row
            for asked in groups
            for row in (await fetch_statistics(session, asked, 0, (START + 1) * SECOND)).rows
        ]

    assert [{}, {"energy": "kWh"}] == [asked.units for asked in groups]
    assert [2.5, 2.5] == [row.sum for row in rows]
    assert {"kWh"} == {row.statistic.unit for row in rows}


async def test_no_recorder(simulator: Simulator) -> None:
    """Without a recorder there are no statistics, which is an error of its own."""
    simulator.recorder.is_running = False

    async with session_with(simulator) as session:
        with pytest.raises(NoRecorder):
            await fetch_statistics_list(session)


def recorded_answers() -> list[object]:
    with gzip.open(SAMPLES, "rt", encoding="utf-8") as lines:
        frames = [json.loads(line) for line in lines]
    answers = [json.loads(frame["raw"]) for frame in frames if frame["d"] == "<"]
    return [answer["result"] for answer in answers if answer.get("success")]


def test_recorded_answers() -> None:
    """What a real Home Assistant 2026.11 has answered is understood."""
    lists = [each for each in recorded_answers() if isinstance(each, list) and len(each) > 2]
    [hours] = [
        each["sensor.energy_total"]
        for each in recorded_answers()
        if isinstance(each, dict)
        and len(each.get("sensor.energy_total", ())) == 5
        and "change" in each["sensor.energy_total"][0]
        and "state" in each["sensor.energy_total"][0]
    ]

    [entries] = [msgspec.convert(each, list[StatisticEntry]) for each in lists[-1:]]
    energy = next(
        statistic
        for asked in group(entries)
        for statistic in asked.statistics
        if statistic.statistic_id == "sensor.energy_total"
    )
    row = to_row(energy, msgspec.convert(hours[0], StatisticsRow))

    assert (
        Statistic(
            statistic_id="sensor.energy_total", source="recorder", unit="kWh", name="Imported"
        )
        == energy
    )
    assert (1_795_417_200_000_000, 15.0, 1.0, 20.0, 95.0, 45.0, None) == (
        *(row.time, row.mean, row.min, row.max, row.sum, row.state),
        row.last_reset,
    )
