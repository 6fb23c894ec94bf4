"""The life of the process: a real one, with real signals, recording a simulated home into SQLite."""

import signal
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path

import pytest
import trio

from tests.support.daemon import DaemonProcess, running_daemon, until
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

ENTITIES = 20
NORMAL = 1000


def configuration(simulator: Simulator, more: str = "") -> str:
    return f"""
        {more}
        [home_assistant.home]
        url = "{simulator.url}"
        token = "{simulator.token}"
        reconnect_max_delay = "100ms"
    """


def count_rows(directory: Path) -> int:
    database = directory / "state" / "home.db"
    if not database.exists():
        return 0
    with closing(sqlite3.connect(database)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM state_changes").fetchone()
    return int(count)


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=ENTITIES)) as opened:
        yield opened


@pytest.fixture
async def daemon(simulator: Simulator, tmp_path: Path) -> AsyncGenerator[DaemonProcess]:
    async with running_daemon(tmp_path, configuration(simulator)) as started:
        await started.wait_log("connected to")
        yield started


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_stopping_brings_everything_to_the_database(
    simulator: Simulator, tmp_path: Path, number: signal.Signals
) -> None:
    """On SIGTERM and SIGINT what was heard is stored, Home Assistant hears a goodbye; exit 0."""
    sink = """
        [sink.embedded]
        kind = "sqlite"
        path = "state/home.db"
        batch.linger = "1h"
    """
    pinging = configuration(simulator) + "ping_interval = '20ms'\n" + sink
    async with running_daemon(tmp_path, pinging) as daemon:
        await daemon.wait_log("connected to")
        await simulator.burst(2000)
        await everything_heard(simulator)
        assert count_rows(tmp_path) == 0
        daemon.send(number)

        assert await daemon.wait() == 0
    assert count_rows(tmp_path) == ENTITIES + 2000
    await until(lambda: not simulator.open_connections)
    assert [connection.close_code for connection in simulator.connections] == [NORMAL]
    assert "stopped" in daemon.log()


async def everything_heard(simulator: Simulator) -> None:
    """Wait until the client has read all that was sent: its next ping but one follows a pong."""

    def pings() -> int:
        heard = simulator.connections[-1].commands
        return sum(command.command["type"] == "ping" for command in heard)

    before = pings()
    await until(lambda: pings() >= before + 2)


async def test_a_second_signal_leaves_at_once(simulator: Simulator, tmp_path: Path) -> None:
    """Told twice, the daemon does not wait for anybody."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")  # accepts, and never answers
    port = listeners[0].socket.getsockname()[1]
    sink = f"""
        [sink.influx]
        kind = "influxdb"
        url = "http://127.0.0.1:{port}"
        api = "v1"
        database = "home"
    """
    async with running_daemon(tmp_path, configuration(simulator) + sink) as daemon:
        await daemon.wait_log("connected to")
        await trio.sleep(1.5)  # a batch is being sent, and hangs
        daemon.send(signal.SIGTERM)
        await daemon.wait_log("stopping")
        with trio.fail_after(5):
            daemon.send(signal.SIGTERM)
            assert await daemon.wait() == 1
    for listener in listeners:
        await listener.aclose()


async def test_reload_goes_on_with_the_new_configuration(
    simulator: Simulator, daemon: DaemonProcess, tmp_path: Path
) -> None:
    """SIGHUP begins a new generation; only what has changed is done otherwise from then on."""
    more = "admin.listen = ''\nlogging.format = 'json'"
    (tmp_path / "trio-ingest.toml").write_text(configuration(simulator, more))
    await simulator.burst(500)
    await until(lambda: count_rows(tmp_path) == ENTITIES + 500)
    daemon.send(signal.SIGHUP)
    await daemon.wait_log("generation 2 stands")
    simulator.set_state("light.after", "on")
    await until(lambda: count_rows(tmp_path) == ENTITIES + 501)
    assert len(simulator.connections) == 1

    assert await daemon.stop() == 0
    assert '"level": "info"' in daemon.log()


async def test_reloading_twice_at_once_is_no_harm(
    simulator: Simulator, daemon: DaemonProcess, tmp_path: Path
) -> None:
    """Two quick SIGHUPs about one change lead to one change, and to a daemon that runs."""
    changed = configuration(simulator, "admin.listen = ''") + "ping_interval = '5s'\n"
    (tmp_path / "trio-ingest.toml").write_text(changed)
    daemon.send(signal.SIGHUP)
    daemon.send(signal.SIGHUP)
    await daemon.wait_log("connected to", times=2)
    daemon.send(signal.SIGHUP)
    await daemon.wait_log("stands", times=2)
    assert daemon.log().count("home home changed") == 1
    assert len(simulator.connections) == 2

    assert await daemon.stop() == 0


async def test_a_bad_reload_changes_nothing(
    simulator: Simulator, daemon: DaemonProcess, tmp_path: Path
) -> None:
    """A file that is not valid is refused with the reason, and the session is not even cut."""
    (tmp_path / "trio-ingest.toml").write_text("[home_assistant.home]\nurll = 'x'")
    daemon.send(signal.SIGHUP)
    await daemon.wait_log("the old configuration goes on")
    simulator.set_state("light.after", "on")
    await until(lambda: count_rows(tmp_path) > ENTITIES)

    assert len(simulator.connections) == 1
    assert "urll" in daemon.log()
    assert await daemon.stop() == 0


async def test_the_task_tree_on_demand(daemon: DaemonProcess) -> None:
    """SIGUSR1 writes the running tasks to the log, by the names that people know."""
    daemon.send(signal.SIGUSR1)
    await daemon.wait_log("home connector")

    for name in ("embedded processor", "embedded keeper", "embedded writer", "listen"):
        assert name in daemon.log()
    assert await daemon.stop() == 0


async def test_the_promise_is_said_at_the_start(daemon: DaemonProcess) -> None:
    """The first lines of the log tell what this configuration promises."""
    first_lines = daemon.log().splitlines()[:6]

    assert "starts with" in first_lines[0]
    assert any("disk" in line for line in first_lines)
    assert await daemon.stop() == 0


async def test_two_daemons_do_not_share_a_spool(
    simulator: Simulator, daemon: DaemonProcess, tmp_path: Path
) -> None:
    """A second daemon on the same state directory ends, and says why."""
    config_file = tmp_path / "trio-ingest.toml"
    async with running_daemon(tmp_path, config_file.read_text()) as second:
        assert await second.wait() == 1

    assert "in use by another trio-ingest" in second.log()
    assert await daemon.stop() == 0
