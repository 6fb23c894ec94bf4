"""Rows of long-term statistics as line protocol, and for the embedded database."""

import json

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.changes import any_text
from tests.support.influx_lines import parse_line
from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.statistic import Statistic, StatisticRow
from trio_ingest.processing.statistic_lines import StatisticLineEncoder
from trio_ingest.processing.statistic_rows import StatisticRowEncoder
from trio_ingest.sinks.sqlite_rows import read_rows

HOUR = 1_795_417_200_000_000
KITCHEN = Entry(area="Kitchen", device="Meter", floor="Ground floor")
REGISTRIES = {"home": Latest(Registry(entries={"sensor.energy": KITCHEN}))}

ENERGY = Statistic(statistic_id="sensor.energy", source="recorder", unit="kWh")
COST = Statistic(statistic_id="energy:cost", source="energy", unit="EUR", name="Cost")
COUNTED = StatisticRow(
    statistic=ENERGY, time=HOUR, sum=95.0, state=45.5, last_reset=HOUR - 1_000_000
)
MEASURED = StatisticRow(statistic=ENERGY, time=HOUR, mean=15.0, min=1.0, max=20.0)

texts = st.none() | any_text
numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
statistics = st.builds(
    Statistic,
    statistic_id=st.sampled_from(["sensor.energy", "a:b"]),
    source=st.just("recorder") | any_text.filter(bool),
    unit=texts,
    name=texts,
)
rows = st.builds(
    StatisticRow,
    statistic=statistics,
    time=st.just(HOUR),
    mean=numbers,
    min=numbers,
    max=numbers,
    sum=numbers,
    state=numbers,
    last_reset=st.none() | st.just(HOUR),
)


def line_encoder(precision=Precision.US, **settings):
    return StatisticLineEncoder(REGISTRIES, tags={"site": "north"}, precision=precision, **settings)


def test_a_counter():
    """The numbers are those of the hour, the time is its beginning, the tags say of what."""
    assert line_encoder().encode("home", COUNTED) == (
        "statistics,statistic_id=sensor.energy,entity_id=sensor.energy,source=recorder,area=Kitchen,"
        "device=Meter,floor=Ground\\ floor,site=north sum=95.0,state=45.5,"
        'unit_of_measurement_str="kWh",last_reset_str="2026-11-23T06:59:59+00:00" '
        f"{HOUR}"
    )


def test_what_is_of_no_entity():
    """A statistic of an integration has a name, and no place; several homes are told apart."""
    row = StatisticRow(statistic=COST, time=HOUR, sum=1.0)

    assert line_encoder(Precision.S, home_tag=True).encode("home", row) == (
        "statistics,statistic_id=energy:cost,source=energy,home=home,site=north "
        'sum=1.0,unit_of_measurement_str="EUR",friendly_name_str="Cost" 1795417200'
    )


def test_another_unit_is_the_same_series():
    """The series of a statistic does not depend on its unit."""
    encoder = line_encoder()
    others = [
        evolve(MEASURED, statistic=evolve(ENERGY, unit=unit)) for unit in ("kWh", "MWh", None)
    ]

    assert 1 == len({encoder.encode("home", row).partition(" mean")[0] for row in others})


def test_row():
    """A line for the embedded database names its columns."""
    line = StatisticRowEncoder(REGISTRIES, {"site": "north"}).encode("home", MEASURED)

    assert line.startswith('{"statistic_id":"sensor.energy","home":"home","time_us":')
    assert json.loads(line)["mean"] == 15.0
    assert json.loads(line)["area"] == "Kitchen"


@pytest.mark.parametrize("encoder", [line_encoder(), StatisticRowEncoder(REGISTRIES, {})])
def test_an_hour_without_numbers(encoder):
    """Where there is no number there is no point."""
    assert encoder.encode("home", StatisticRow(statistic=ENERGY, time=HOUR)) is None


@settings(max_examples=150, deadline=None)
@given(rows)
def test_any_row(row):
    """Whatever texts and numbers there are, a line is one line of UTF-8 that the sinks read."""
    line = line_encoder().encode("home", row)
    other = StatisticRowEncoder(REGISTRIES, {"site": "north"}).encode("home", row)

    assert (line is None) == row.is_empty == (other is None)
    if line is not None:
        assert parse_line(line).fields.get("sum") == row.sum
        read, bad_lines = read_rows([other.encode()])
        assert {} == bad_lines
        assert 1 == len(read.statistics)
