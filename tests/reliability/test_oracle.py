"""The oracle itself: it has to see what is wrong before it is believed that nothing is."""

from collections.abc import AsyncGenerator

import pytest
from attrs import evolve

from tests.reliability.bench import Bench, open_bench
from tests.reliability.evidence import Evidence, accounts_of, evidence_of, unaccounted
from tests.reliability.stored import Stored, numbers_of
from trio_ingest.simulator.core import Emission


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    async with open_bench() as opened:
        opened.simulator.set_state("light.a", "on", {"brightness": 12, "hue": "red"})
        opened.simulator.set_state("sensor.b", "21.5")
        opened.simulator.remove("light.a")
        yield opened


def stored_from(emissions: list[Emission]) -> list[Stored]:
    return [
        Stored(
            entity_id=each.entity_id,
            time=each.time,
            state=each.state,
            numbers=numbers_of(each.attributes) | ({"value": 21.5} if each.state == "21.5" else {}),
        )
        for each in emissions
    ]


async def test_all_is_well(bench: Bench) -> None:
    """What happened, and what was there before, is as it should be."""
    stored = stored_from(bench.simulator.emissions)
    before = next(iter(bench.oracle._furnishing.values()))

    verdict = bench.oracle.judge([*stored, *stored_from([before])])

    assert verdict.is_good, str(verdict)
    assert 3 == verdict.emitted


async def test_missing(bench: Bench) -> None:
    """What is not stored is named, and so is what is stored with another state."""
    first, second, third = stored_from(bench.simulator.emissions)

    verdict = bench.oracle.judge([first, evolve(second, state="21.6"), third])

    assert verdict.missing == [bench.simulator.emissions[1]]
    assert [point.state for point in verdict.invented] == ["21.6"]
    assert "21.5" in str(verdict)


async def test_invented_and_doubled(bench: Bench) -> None:
    """What never happened is named, and what is there twice."""
    stored = stored_from(bench.simulator.emissions)
    ghost = Stored(entity_id="light.a", time=7, state="on")

    verdict = bench.oracle.judge([*stored, stored[0], ghost])

    assert [ghost] == verdict.invented
    assert [("light.a", stored[0].time)] == verdict.doubled
    assert not verdict.missing


async def test_a_removal_that_was_noticed_later(bench: Bench) -> None:
    """A removal may be noticed late, but not before it has happened."""
    stored = stored_from(bench.simulator.emissions)
    removal = stored[2]
    late, early = evolve(removal, time=removal.time + 1), evolve(removal, time=removal.time - 1)

    verdict = bench.oracle.judge([*stored, late, early])

    assert [late] == verdict.noticed
    assert [early] == verdict.invented


@pytest.mark.parametrize("numbers", [{}, {"brightness": 13.0}, {"brightness": 12.0, "x": 1.0}])
async def test_spoiled(bench: Bench, numbers: dict[str, float]) -> None:
    """Numbers that differ, lack or were never told are seen; that they lack may be allowed."""
    first, *rest = stored_from(bench.simulator.emissions)
    stored = [evolve(first, numbers=numbers), *rest]

    strict = bench.oracle.judge(stored)
    lenient = bench.oracle.judge(stored, attributes_may_lack=True)

    assert 1 == len(strict.spoiled)
    assert lenient.is_good == (numbers == {})


async def test_a_spoiled_value(bench: Bench) -> None:
    """The number that a state spells is the one that has to be stored."""
    first, second, third = stored_from(bench.simulator.emissions)

    verdict = bench.oracle.judge([first, evolve(second, numbers={"value": 21.4}), third])

    assert 1 == len(verdict.spoiled)


def test_evidence() -> None:
    """The log proves what went wrong and came right again."""
    log = """
        trio-ingest 0.1.0 starts with x
        home: connected to ws://127.0.0.1:1/api/websocket (…)
        home: repaired in 1 s, 30 changes were fetched
        data: 503. It is tried again until it works (points in the spool: 12)
        data: delivers again after 0:00:01 (points in the spool: 7)
        home: connected to ws://127.0.0.1:1/api/websocket again, after 2 failed tries (…)
        home: repaired in 0 s, 4 changes were fetched
    """

    found = evidence_of(log)

    assert found == Evidence(starts=1, sessions=2, fetched=34, recoveries=1, spooled=12)


def test_conservation() -> None:
    """What came is somewhere, or the difference is told."""
    log = """
        account of data: received=10 carried_over=2 written=9 filtered=1 dropped_spool_full=1 in_flight=1
        account of other: received=10 carried_over=0 written=9
    """

    right, wrong = accounts_of(log)

    assert 0 == unaccounted(right)
    assert 1 == unaccounted(wrong)
