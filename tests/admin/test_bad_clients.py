"""Clients that do not behave: each is bounded, and the river flows on."""

import resource
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path

import pytest
import trio

from tests.admin.attacks import MIB, QUICK, SLOW, connected
from tests.admin.running import wait_written, watched
from tests.admin.snapshots import WELL
from trio_ingest.admin import serving
from trio_ingest.admin.application import make_application
from trio_ingest.admin.recent import Recent
from trio_ingest.cli.demo_screen import count_rows
from trio_ingest.home_assistant.errors import SessionLost

TOKEN = "a-token-for-tests"
Attack = Callable[[int], Awaitable[None]]
FILES = 2048


@pytest.fixture(autouse=True)
def many_files() -> Generator[None]:
    """A thousand connections need a thousand file descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(FILES, hard)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_the_token_is_needed(tmp_path: Path) -> None:
    """Without the token, or with another, all that is told is that the daemon lives."""
    async with watched(tmp_path, f'listen = "127.0.0.1:0"\ntoken = "{TOKEN}"') as admin:
        for shown in ({}, {"Authorization": "Bearer other"}, {"Authorization": f"Basic {TOKEN}"}):
            assert 401 == (await admin.client.get("/stats", headers=shown)).status_code
            assert 200 == (await admin.client.get("/livez", headers=shown)).status_code
        right = {"Authorization": f"Bearer {TOKEN}"}
        answer = await admin.client.get("/stats", headers=right)
        assert 200 == answer.status_code
        assert TOKEN not in answer.text + admin.daemon.log()


async def test_the_river_flows_through_all_of_it(tmp_path: Path) -> None:
    """While clients misbehave in every way, each change is recorded, and little memory is used."""
    async with watched(tmp_path) as admin:
        await wait_written(admin)
        at_first = count_rows(tmp_path / "state/home.db")
        before = await admin.daemon.resident_bytes()
        made = 0

        async def live() -> None:
            nonlocal made
            while True:
                made += 1
                admin.simulator.set_state("light.busy", str(made))
                await trio.sleep(0.01)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(live)
            for attack in QUICK:
                await attack(admin.port)
            nursery.cancel_scope.cancel()

        with trio.fail_after(20):
            while count_rows(tmp_path / "state/home.db") < at_first + made:
                await trio.sleep(0.02)
        assert await admin.daemon.resident_bytes() < before + 24 * MIB
        assert "crashed" not in admin.daemon.log()
        await admin.records("light.still_recorded")
        assert await admin.daemon.stop() == 0


@pytest.mark.parametrize("attack", QUICK + SLOW, ids=lambda attack: attack.__name__)
async def test_everybody_is_gone_in_time(attack: Attack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a client does, his connection ends within the bound, and others are served."""
    monkeypatch.setattr(serving, "IDLE_SECONDS", 0.3 if attack in SLOW else 2.0)
    if attack in SLOW:
        monkeypatch.setattr(serving, "CONNECTION_SECONDS", 2.0)

    async def rediscover() -> None:
        raise SessionLost("not connected")

    server = serving.Serving(make_application(lambda: WELL, Recent(lambda: WELL), rediscover, None))
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(server.run, listeners)
        port = listeners[0].socket.getsockname()[1]

        await attack(port)

        with trio.fail_after(5):
            while server._connections:
                await trio.sleep(0.01)
            async with connected(port) as stream:
                await stream.send_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert (await stream.receive_some()).startswith(b"HTTP/1.1 200")
        nursery.cancel_scope.cancel()
