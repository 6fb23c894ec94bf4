"""Several homes, several sinks: what is kept apart, and that nobody waits for anybody else."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import running_daemon, until
from tests.support.influx_double import HANG, InfluxDouble, open_influx_double
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.simulator.entrance import Stall
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

ENTITIES = 12
CALL = {"domain": "light", "service": "turn_on", "service_data": {"entity_id": ["light.same"]}}


def home(name: str, simulator: Simulator, more: str = "") -> str:
    return f"""
        [home_assistant.{name}]
        url = "{simulator.url}"
        token = "{simulator.token}"
        reconnect_max_delay = "50ms"
        {more}
    """


def embedded(more: str = "") -> str:
    return f"""
        [sink.embedded]
        kind = "sqlite"
        path = "home.db"
        batch.linger = "20ms"
        {more}
    """


def influx(name: str, double: InfluxDouble, more: str = "") -> str:
    return f"""
        [sink.{name}]
        kind = "influxdb"
        url = "{double.url}"
        api = "v1"
        database = "home"
        batch.linger = "20ms"
        {more}
    """


def rows(directory: Path, query: str) -> list[tuple[Any, ...]]:
    database = directory / "home.db"
    if not database.exists():
        return []
    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE name = 'events'")
        return connection.execute(query).fetchall() if tables.fetchone() else []


def count(directory: Path, of_home: str = "%") -> int:
    where = f"home LIKE '{of_home}'"
    ((number,),) = rows(directory, f"SELECT count(*) FROM state_changes WHERE {where}") or ((0,),)
    return int(number)


def series_of(double: InfluxDouble, measurement: str, **tags: str) -> list[str]:
    """Return the series of a measurement that have these tags."""
    parts = {f"{name}={value}" for name, value in tags.items()}
    series = {series for series, _ in double.points}
    return sorted(
        each
        for each in series
        if each.partition(",")[0] == measurement and parts <= set(each.split(","))
    )


@asynccontextmanager
async def doubles(number: int) -> AsyncGenerator[list[InfluxDouble]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                open_influx_double(InfluxDouble(api=InfluxApi.V1, max_body=25_000_000))
            )
            for _ in range(number)
        ]


@asynccontextmanager
async def homes(number: int) -> AsyncGenerator[list[Simulator]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                open_simulator(Home(number_of_entities=ENTITIES, seed=seed))
            )
            for seed in range(number)
        ]


async def test_two_homes_with_the_same_entities(tmp_path: Path) -> None:
    """What two homes call alike is kept apart in every sink, state changes and events."""
    series = {
        "tidy": ("light", "light.same"),
        "home-assistant": ("light.same", "same"),
        "homeiq": ("home_assistant_events", "light.same"),
    }
    async with homes(2) as (north, south), doubles(3) as servers:
        databases = dict(zip(series, servers, strict=True))
        configuration = "".join(
            [
                home("north", north, 'events = ["call_service"]'),
                home("south", south, 'events = ["call_service"]'),
                embedded(),
                *(influx(name, each, f'schema = "{name}"') for name, each in databases.items()),
            ]
        )
        async with running_daemon(tmp_path, configuration) as daemon:
            await daemon.wait_log("connected to", times=2)
            for number, simulator in enumerate((north, south)):
                simulator.set_state("light.same", "on", {"brightness": number})
                simulator.fire("call_service", CALL, user_id="anna")
            await until(lambda: len(rows(tmp_path, "SELECT * FROM events")) == 2)
            await until(lambda: all(len(homes_in(*each)) == 4 for each in told(databases, series)))
            assert await daemon.stop() == 0

    assert rows(
        tmp_path,
        "SELECT home, json_extract(attributes, '$.brightness') FROM state_changes "
        "WHERE entity_id = 'light.same' ORDER BY home",
    ) == [("north", 0), ("south", 1)]
    assert rows(tmp_path, "SELECT home, entity_id, context_user_id FROM events ORDER BY home") == [
        ("north", "light.same", "anna"),
        ("south", "light.same", "anna"),
    ]


def told(
    databases: dict[str, InfluxDouble], series: dict[str, tuple[str, str]]
) -> list[tuple[InfluxDouble, str, str]]:
    return [(databases[schema], *series[schema]) for schema in series]


def homes_in(double: InfluxDouble, measurement: str, entity_id: str) -> list[str]:
    """Return the series of the entity and of the event that both homes have, one for each home."""
    return [
        series
        for name in ("north", "south")
        for series in (
            *series_of(double, measurement, entity_id=entity_id, home=name),
            *series_of(double, "event_call_service", entity_id="light.same", home=name),
        )
    ]


async def test_sinks_with_filters_and_schemas_of_their_own(tmp_path: Path) -> None:
    """Each sink gets what its own filter lets through, in its own schema."""
    lights = '[sink.lights.include]\ndomains = ["light"]'
    not_lights = '[sink.embedded.exclude]\ndomains = ["light"]'
    async with homes(1) as (simulator,), doubles(2) as (double, old):
        configuration = "".join(
            [
                home("home", simulator, 'events = ["call_service"]'),
                embedded(not_lights),
                influx("lights", double, lights),
                influx("old", old, 'schema = "homeiq"\nprecision = "ns"'),
            ]
        )
        async with running_daemon(tmp_path, configuration) as daemon:
            await daemon.wait_log("connected to")
            simulator.set_state("light.same", "on")
            simulator.set_state("sensor.same", "1")
            simulator.fire("call_service", CALL)
            simulator.fire("call_service", {"domain": "homeassistant", "service": "restart"})
            await until(lambda: rows(tmp_path, "SELECT * FROM events"))
            await until(lambda: series_of(old, "event_call_service", service="restart"))
            await until(lambda: series_of(double, "event_call_service", service="restart"))
            assert await daemon.stop() == 0

    domains = "SELECT DISTINCT substr(entity_id, 1, instr(entity_id, '.') - 1) FROM state_changes"
    assert ("light",) not in rows(tmp_path, domains)
    assert ("sensor",) in rows(tmp_path, domains)
    assert rows(tmp_path, "SELECT service, home FROM events") == [("restart", "home")]
    assert {series.partition(",")[0] for series, _ in double.points} == {
        "light",
        "event_call_service",
    }
    assert len(series_of(double, "event_call_service")) == 2
    assert {series.partition(",")[0] for series, _ in old.points} == {
        "home_assistant_events",
        "event_call_service",
    }
    assert len(series_of(old, "home_assistant_events", entity_id="light.same")) == 1
    assert len(series_of(old, "home_assistant_events", entity_id="sensor.same")) == 1


async def test_a_stalled_sink_does_not_delay_another(tmp_path: Path) -> None:
    """While one database takes requests and never answers the other has every change."""
    changes = 3000
    async with homes(1) as (simulator,), doubles(1) as (stalled,):
        stalled.faults.append(HANG)
        configuration = "".join(
            [
                home("home", simulator),
                embedded(),
                influx("stalled", stalled, 'timeout = "1h"\nbatch.max_points = 10'),
            ]
        )
        async with running_daemon(tmp_path, configuration) as daemon:
            await daemon.wait_log("connected to")
            await until(lambda: stalled.requests)
            await simulator.burst(changes, per_tick=10)
            await until(lambda: count(tmp_path) == ENTITIES + changes)

            assert stalled.points == {}
            assert len(stalled.requests) == 1


@pytest.mark.parametrize("stall", [Stall.BEFORE_UPGRADE, Stall.BEFORE_AUTH_OK])
async def test_a_home_that_is_down_does_not_delay_another(tmp_path: Path, stall: Stall) -> None:
    """While one Home Assistant hangs the other is recorded; when it is back, so is it."""
    async with homes(2) as (north, south):
        south.stall(stall)
        hurry = 'connect_timeout = "100ms"\nauth_timeout = "100ms"\ngoodbye_timeout = "100ms"'
        configuration = "".join([home("north", north), home("south", south, hurry), embedded()])
        async with running_daemon(tmp_path, configuration) as daemon:
            await daemon.wait_log("north: connected to")
            await daemon.wait_log("south: not connected")
            await north.burst(500)
            await until(lambda: count(tmp_path, "north") == ENTITIES + 500)
            assert count(tmp_path, "south") == 0

            south.stall(None)
            await until(lambda: count(tmp_path, "south") == ENTITIES)
            assert await daemon.stop() == 0
