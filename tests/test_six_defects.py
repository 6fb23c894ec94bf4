"""The defects of the service that this replaces. Each test fails if its defect is put back.

The others are `test_sessions_closed` (tests/home_assistant/test_connector.py),
`test_declared_dependencies` and `test_runs_anywhere` (tests/packaging).
"""

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing

from tests.support.daemon import running_daemon, until
from tests.support.influx_double import InfluxDouble
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.config.sink_model import (
    AttributesConfig,
    BatchConfig,
    EntityPatterns,
    SpoolConfig,
    SqliteSinkConfig,
)
from trio_ingest.config.wanted import WantedLane
from trio_ingest.delivering import write
from trio_ingest.delivery.writer import Writer
from trio_ingest.lane import Lane
from trio_ingest.model.attributes import NO_ATTRIBUTES
from trio_ingest.model.batch import Batch
from trio_ingest.model.outcome import Outcome
from trio_ingest.model.progress import Recollection
from trio_ingest.model.state_change import Burst, State, StateChange
from trio_ingest.order import Order
from trio_ingest.processing.event_rows import EventRowEncoder
from trio_ingest.processing.processor import Processor
from trio_ingest.processing.rows import RowEncoder
from trio_ingest.processing.selection import Selection
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator
from trio_ingest.spool.memory import MemorySpool
from trio_ingest.topology import wire_lane

MIB = 1024 * 1024


def configuration(simulator: Simulator, sink: str) -> str:
    return f"""
        [home_assistant.home]
        url = "{simulator.url}"
        token = "{simulator.token}"
        {sink}
    """


async def test_entity_removed(tmp_path: Path) -> None:
    """When an entity is deleted that is recorded, and so is everything after it."""
    async with (
        open_simulator(Home(number_of_entities=10)) as simulator,
        running_daemon(tmp_path, configuration(simulator, "")) as daemon,
    ):
        await daemon.wait_log("connected to")
        simulator.set_state("light.doomed", "on", {"brightness": 12})
        simulator.remove("light.doomed")
        simulator.set_state("light.other", "on")
        database = tmp_path / "state" / "home.db"
        await until(lambda: "light.other" in {entity_id for entity_id, _ in rows(database)})
        exit_code = await daemon.stop()

    assert exit_code == 0
    assert [state for entity_id, state in rows(database) if entity_id == "light.doomed"] == [
        "on",
        "removed",
    ]
    assert "Traceback" not in daemon.log()


def rows(database: Path) -> list[tuple[str, str]]:
    if not database.exists():
        return []
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(
            "SELECT entity_id, state FROM state_changes ORDER BY time_us"
        ).fetchall()


class StalledSink:
    """A sink that takes one batch and never answers."""

    async def write(self, batch: Batch) -> Outcome:
        await trio.sleep_forever()
        raise AssertionError


async def test_slow_sink_does_not_block_reader(autojump_clock: trio.testing.MockClock) -> None:
    """A sink that stalls does not delay the reader by one event: all pass in no time at all."""
    spool = MemorySpool(SpoolConfig())
    sink = SqliteSinkConfig(name="stalled", path=Path("home.db"))
    wanted = WantedLane(config=sink, secret="", homes=("home",), state_directory=Path())
    lane = Lane(
        wanted=wanted,
        processor=Processor(
            selection=Selection(include=EntityPatterns(), exclude=EntityPatterns()),
            encoder=RowEncoder(registries={}, attributes=AttributesConfig(), tags={}),
            event_encoder=EventRowEncoder(tags={}),
            limits=BatchConfig(max_points=100),
        ),
        spool=spool,
        writer=Writer(name="stalled"),
        recollection=Recollection(),
    )

    with trio.fail_after(3600):
        async with trio.open_nursery() as nursery:
            changes = wire_lane(nursery, lane, partial(write, lane, StalledSink(), Order(wanted)))
            for number in range(10_000):
                change = StateChange(
                    entity_id="light.x",
                    time=number,
                    state=State(value="on", attributes=NO_ATTRIBUTES),
                )
                await changes.send(Burst(home="home", changes=[change]))
            await trio.testing.wait_all_tasks_blocked()
            assert trio.current_time() == 0
            assert spool.statistics().points == 10_000
            nursery.cancel_scope.cancel(reason="the test is over")


@pytest.mark.slow
async def test_outage_memory_is_bounded(tmp_path: Path) -> None:
    """While the database is down memory stays flat, and when it is back nothing is missing."""
    entities, warm_up, outage = 200, 8_000, 24_000
    async with open_simulator(Home(number_of_entities=entities)) as simulator:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listeners[0].socket.getsockname()[1]
        await listeners[0].aclose()  # nobody answers there now
        sink = f"""
            [sink.influx]
            kind = "influxdb"
            url = "http://127.0.0.1:{port}"
            api = "v1"
            database = "home"
            batch.linger = "100ms"
        """
        async with running_daemon(tmp_path, configuration(simulator, sink)) as daemon:
            await daemon.wait_log("connected to")
            await live(simulator, warm_up)
            before = await daemon.resident_bytes()
            await live(simulator, outage)
            grown = await daemon.resident_bytes() - before

            double = InfluxDouble(api=InfluxApi.V1, max_body=25_000_000)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.serve_tcp, double.serve, port)
                await until(lambda: len(double.points) == entities + warm_up + outage)
                await daemon.stop()
                nursery.cancel_scope.cancel(reason="the test is over")

    assert grown < 8 * MIB


async def live(simulator: Simulator, changes: int) -> None:
    """Let so many things happen, 5,000 a second at most."""
    for _ in range(changes // 500):
        await simulator.burst(500)
        await trio.sleep(0.1)
