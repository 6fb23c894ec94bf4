"""What a reload does to each part, and that the other parts hear of nothing."""

import signal
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest
import trio.lowlevel
from attrs import define, field

from tests.daemon.test_homes_and_sinks import doubles, home, influx, series_of
from tests.support.daemon import DaemonProcess, running_daemon, until
from tests.support.influx_double import Answer
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

ENTITIES = 12
DOWN = Answer(503, b'{"error":"down"}')
NO_ADMIN = 'admin.listen = ""\n'


def count(database: Path, where: str = "1") -> int:
    """Return how many rows there are; 0 as long as the database is being made."""
    if not database.exists():
        return 0
    with closing(sqlite3.connect(database)) as connection:
        try:
            query = f"SELECT count(*) FROM state_changes WHERE {where}"
            (number,) = connection.execute(query).fetchone()
        except sqlite3.OperationalError:
            return 0
    return int(number)


def sqlite(name: str, more: str = "") -> str:
    return f'[sink.{name}]\nkind = "sqlite"\npath = "{name}.db"\nbatch.linger = "20ms"\n{more}\n'


@define
class Reloaded:
    """A daemon that is told to reload, and the home that it records."""

    daemon: DaemonProcess
    simulator: Simulator
    directory: Path
    generation: int = field(default=1, init=False)

    async def reload(self, *tables: str, top: str = NO_ADMIN) -> None:
        """Have it run another configuration, and wait until that stands."""
        self.generation += 1
        self.write(*tables, top=top)
        self.daemon.send(signal.SIGHUP)
        await self.daemon.wait_log(f"generation {self.generation} stands")

    def write(self, *tables: str, top: str = NO_ADMIN) -> None:
        (self.directory / "trio-ingest.toml").write_text("\n".join([top, *tables]))

    @property
    def sessions(self) -> int:
        return len(self.simulator.connections)

    def rows(self, name: str, where: str = "1") -> int:
        return count(self.directory / f"{name}.db", where)


@asynccontextmanager
async def reloaded(
    directory: Path, simulator: Simulator, *tables: str, top: str = NO_ADMIN
) -> AsyncGenerator[Reloaded]:
    """Run a daemon that has connected to the home, and stop it in peace."""
    async with running_daemon(directory, "\n".join([top, *tables])) as daemon:
        await daemon.wait_log("connected to")
        yield Reloaded(daemon, simulator, directory)
        assert await daemon.stop() == 0, daemon.log()
        assert "Traceback" not in daemon.log(), daemon.log()


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=ENTITIES)) as opened:
        yield opened


async def test_a_sink_that_is_gone_is_parked_and_comes_back(
    tmp_path: Path, simulator: Simulator
) -> None:
    """What it has not taken is kept and said, now and at the next start; back, it has it all."""
    north = home("home", simulator)
    async with doubles(1) as (double,):
        late = influx("late", double)
        async with reloaded(tmp_path, simulator, north, sqlite("data"), late) as it:
            await until(lambda: double.points)
            double.faults.extend([DOWN] * 1000)
            simulator.set_state("light.kept", "on")
            await it.daemon.wait_log("late: ")
            await until(lambda: it.rows("data", "entity_id = 'light.kept'"))
            await it.reload(north, sqlite("data"))
            await it.daemon.wait_log("1 points that sink late has not taken are kept")
            simulator.set_state("light.missed", "on")
            await until(lambda: it.rows("data", "entity_id = 'light.missed'"))

        async with reloaded(tmp_path, simulator, north, sqlite("data")) as it:
            await it.daemon.wait_log("for which no sink is configured", times=2)
            assert str(tmp_path / "state" / "spool" / "late.db") in it.daemon.log()
            double.faults.clear()
            await it.daemon.wait_log("connected to", times=2)
            await it.reload(north, sqlite("data"), late)
            await until(lambda: series_of(double, "light", entity_id="light.kept"))
            await until(lambda: series_of(double, "light", entity_id="light.missed"))

    assert len(simulator.connections) == 2


async def test_a_new_sink_begins_with_the_present(tmp_path: Path, simulator: Simulator) -> None:
    """Its database has every entity at once, and what happens from then on, in the same session."""
    north = home("home", simulator)
    async with reloaded(tmp_path, simulator, north, sqlite("data")) as it:
        await it.reload(north, sqlite("data"), sqlite("late"))
        await until(lambda: it.rows("late") == ENTITIES)
        simulator.set_state("light.after", "on")
        await until(lambda: it.rows("late") == ENTITIES + 1)

        assert it.sessions == 1


async def test_a_filter_that_admits_more(tmp_path: Path, simulator: Simulator) -> None:
    """Entities that were left out appear as they are; those that are left out now stay away."""
    north = home("home", simulator)
    simulator.set_state("light.same", "on")
    simulator.set_state("sensor.same", "5")
    lights, sensors = 'include.domains = ["light"]', 'include.domains = ["sensor"]'
    async with reloaded(tmp_path, simulator, north, sqlite("data", lights)) as it:
        await until(lambda: it.rows("data", "entity_id = 'light.same'"))
        assert not it.rows("data", "entity_id = 'sensor.same'")

        await it.reload(north, sqlite("data", sensors))
        await until(lambda: it.rows("data", "entity_id = 'sensor.same'"))
        simulator.set_state("light.same", "off")
        simulator.set_state("sensor.same", "6")
        await until(lambda: it.rows("data", "entity_id = 'sensor.same'") == 2)

        assert it.rows("data", "entity_id = 'light.same'") == 1
        assert it.sessions == 1


async def test_another_token_is_another_session(tmp_path: Path, simulator: Simulator) -> None:
    """A token file with another token in it cuts the session of its home, and no other."""
    token = tmp_path / "north.token"
    token.write_text(simulator.token)
    token.chmod(0o600)
    async with open_simulator(Home(number_of_entities=3, seed=7)) as south:
        tables = (
            f'[home_assistant.north]\nurl = "{simulator.url}"\ntoken_file = "north.token"\n',
            home("south", south),
            sqlite("data"),
        )
        async with reloaded(tmp_path, simulator, *tables) as it:
            await it.daemon.wait_log("connected to", times=2)
            await it.reload(*tables)
            assert (it.sessions, len(south.connections)) == (1, 1)

            token.write_text("not-the-token")
            await it.reload(*tables)
            await it.daemon.wait_log("north: not connected")
            token.write_text(simulator.token)
            await it.reload(*tables)
            await it.daemon.wait_log("north: connected to", times=2)

            assert len(south.connections) == 1


async def test_a_sink_that_cannot_be_opened(tmp_path: Path, simulator: Simulator) -> None:
    """It is said and tried again, all else goes on; once it can be opened it has what it missed."""
    north = home("home", simulator)
    obstacle = tmp_path / "state" / "spool" / "late.db"
    async with reloaded(tmp_path, simulator, north, sqlite("data")) as it:
        obstacle.mkdir()
        await it.reload(north, sqlite("data"), sqlite("late"))
        await it.daemon.wait_log("spool late cannot be opened")
        simulator.set_state("light.meanwhile", "on")
        await until(lambda: it.rows("data", "entity_id = 'light.meanwhile'"))

        obstacle.rmdir()
        await until(lambda: it.rows("late", "entity_id = 'light.meanwhile'"))

        assert it.sessions == 1


async def test_a_sink_that_becomes_another_kind(tmp_path: Path, simulator: Simulator) -> None:
    """What was made for one kind of database goes there and not to the other; nothing is missing."""
    north = home("home", simulator)
    async with doubles(1) as (double,):
        linger = 'batch.linger = "1h"\nbatch.max_points = 5'  # two of the twelve wait in memory
        old = influx("data", double).replace('batch.linger = "20ms"', linger)
        async with reloaded(tmp_path, simulator, north, old) as it:
            await until(lambda: len(double.points) == 10)
            await it.reload(north, sqlite("data"))
            assert len(double.points) == ENTITIES

            simulator.set_state("light.second", "on")
            await until(lambda: it.rows("data", "entity_id = 'light.second'"))
            assert it.sessions == 1
            assert "quarantine (" not in it.daemon.log()


async def test_homes_come_and_go(tmp_path: Path, simulator: Simulator) -> None:
    """A home that is new is recorded, one that is gone is closed politely; the other goes on."""
    async with open_simulator(Home(number_of_entities=3, seed=7)) as south:
        north, other = home("north", simulator), home("south", south)
        async with reloaded(tmp_path, simulator, north, sqlite("data")) as it:
            await it.reload(north, other, sqlite("data"))
            await until(lambda: it.rows("data", "home = 'south'") == 3)
            await it.reload(north, sqlite("data"))
            await until(lambda: not south.open_connections)
            south.set_state("light.meanwhile", "on")
            await it.reload(north, other, sqlite("data"))
            await until(lambda: it.rows("data", "entity_id = 'light.meanwhile'"))

            assert [each.close_code for each in south.connections][:1] == [1000]
            assert it.sessions == 1


async def test_another_state_directory(tmp_path: Path, simulator: Simulator) -> None:
    """Everything begins anew in it."""
    north, top = home("home", simulator), f"state_directory = 'elsewhere'\n{NO_ADMIN}"
    async with reloaded(tmp_path, simulator, north, sqlite("data")) as it:
        await it.reload(north, sqlite("data"), top=top)
        await it.daemon.wait_log("connected to", times=2)
        simulator.set_state("light.after", "on")
        await until(lambda: it.rows("data", "entity_id = 'light.after'"))

    assert (tmp_path / "elsewhere" / "spool" / "data.db").exists()


async def test_counters_go_on(tmp_path: Path, simulator: Simulator) -> None:
    """The admin server and all counters outlive a reload; a refused one is a metric."""
    socket = tmp_path / "admin.sock"
    admin = f"admin.listen = 'unix:{socket}'\n"
    north = home("home", simulator)

    async def values(*names: str) -> list[float]:
        transport = httpx.AsyncHTTPTransport(uds=str(socket))
        async with httpx.AsyncClient(transport=transport, base_url="http://admin") as client:
            text = (await client.get("/metrics")).text
        lines = [line.rpartition(" ") for line in text.splitlines()]
        found = {
            name.partition("{")[0]: float(value) for name, _, value in lines if "#" not in name
        }
        return [found[f"trio_ingest_{name}"] for name in names]

    async with reloaded(tmp_path, simulator, north, sqlite("data"), top=admin) as it:
        await until(lambda: it.rows("data") == ENTITIES)
        before = await values("received_points_total", "home_sessions_total")
        await it.reload(north, sqlite("data", "batch.max_points = 7"), top=admin)
        await it.reload(north, sqlite("data"), sqlite("late"), top=admin)
        it.write("[nonsense")
        it.daemon.send(signal.SIGHUP)
        await it.daemon.wait_log("not reloaded")
        after = await values("received_points_total", "home_sessions_total")
        (is_ok,) = await values("last_reload_successful")

    assert all(now >= then for then, now in zip(before, after, strict=True))
    assert before[1] == after[1] == 1
    assert is_ok == 0


async def test_what_waits_goes_to_the_database_that_is_configured(
    tmp_path: Path, simulator: Simulator
) -> None:
    """A sink whose database has moved sends what waits in its spool to the new one."""
    north = home("home", simulator)
    async with doubles(2) as (old, new):
        old.faults.extend([DOWN] * 1000)
        async with reloaded(tmp_path, simulator, north, influx("data", old)) as it:
            await it.daemon.wait_log("data: ")
            await trio.lowlevel.checkpoint()
            await it.reload(north, influx("data", new))
            await until(lambda: len(new.points) == ENTITIES)

            assert not old.points
            assert it.sessions == 1
