"""Every endpoint of a real daemon, over TCP and over a socket file."""

import stat
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.admin.running import ENTITIES, Watched, configuration, wait_written, watched
from tests.support.daemon import running_daemon
from trio_ingest import __version__
from trio_ingest.admin.families.sinks import FATES

GET = [
    "/",
    "/livez",
    "/readyz",
    "/metrics",
    "/stats",
    "/health",
    "/health/detailed",
    "/api/v1/event-rate",
    "/api/v1/filter/stats",
]


@pytest.fixture(params=["tcp", "unix"])
async def admin(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Watched]:
    listen = "127.0.0.1:0" if request.param == "tcp" else f"unix:{tmp_path}/admin.sock"
    async with watched(tmp_path, f'listen = "{listen}"') as running:
        yield running


async def test_every_endpoint_answers(admin: Watched) -> None:
    """Every path answers GET and HEAD with 200, and with headers that allow a browser nothing."""
    await wait_written(admin)

    for path in GET:
        answer = await admin.client.get(path)
        head = await admin.client.head(path)
        assert 200 == answer.status_code == head.status_code, (path, answer.text)
        assert answer.content
        assert not head.content
        assert "no-store" == answer.headers["cache-control"]
        assert "nosniff" == answer.headers["x-content-type-options"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers
        assert "server" not in answer.headers


async def test_the_law_holds_at_rest(admin: Watched) -> None:
    """What came in is what it became, in the metrics of a daemon that has come to rest."""
    await wait_written(admin)
    await admin.simulator.burst(200)
    await wait_written(admin, ENTITIES + 200)

    samples = await admin.samples()

    def value(name: str, **labels: str) -> float:
        key = (f"trio_ingest_{name}", frozenset({"sink": "embedded", **labels}.items()))
        return samples[key]

    came = value("received_points_total") + value("carried_over_points_total")
    became = sum(value("points_total", fate=fate, reason="") for fate in FATES)
    assert ENTITIES + 200 == value("points_total", fate="written", reason="")
    assert came == became + value("in_flight_points")
    assert 0 == value("unaccounted_points")
    assert 0 == value("spool_size_bytes")
    assert 1 == samples["trio_ingest_home_connected", frozenset({("home", "home")})]
    assert 1 == samples["trio_ingest_ready", frozenset()]


async def test_metrics_tell_what_there_is_and_no_entity(admin: Watched) -> None:
    """Labels are names of the configuration and reasons: no entity, no token, in no answer."""
    admin.simulator.set_state("light.secret_room", "on")
    await wait_written(admin, ENTITIES + 1)

    texts = {path: (await admin.client.get(path)).text for path in GET}

    assert f'version="{__version__}"' in texts["/metrics"]
    assert "process_start_time_seconds" in texts["/metrics"]
    for text in texts.values():
        assert admin.simulator.token not in text
        assert "secret_room" not in text


async def test_open_metrics(admin: Watched) -> None:
    """A Prometheus that asks for OpenMetrics gets it."""
    answer = await admin.client.get("/metrics", headers={"Accept": "application/openmetrics-text"})

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


async def test_discovery_reads_the_registries(admin: Watched) -> None:
    """POST reads the registries anew and says how much they list; GET is not allowed."""
    asked = len(admin.simulator.connections[-1].commands)

    answer = await admin.client.post("/api/v1/discovery/trigger")

    commands = admin.simulator.connections[-1].commands[asked:]
    assert "config/entity_registry/list" in [each.command["type"] for each in commands]
    found = answer.json()
    assert found["success"] is True
    assert found["error"] is None
    assert found["entities_discovered"] > 0
    assert found["devices_discovered"] > 0
    assert 405 == (await admin.client.get("/api/v1/discovery/trigger")).status_code


async def test_the_socket_file_is_private_and_goes(tmp_path: Path) -> None:
    """Owner and group may use the socket file, nobody else; a stop removes it."""
    path = tmp_path / "admin.sock"
    async with watched(tmp_path, f'listen = "unix:{path}"') as admin:
        assert 0o660 == stat.S_IMODE(path.stat().st_mode)
        assert await admin.daemon.stop() == 0
    assert not path.exists()


async def test_a_socket_file_left_behind_is_replaced(tmp_path: Path) -> None:
    """What a killed daemon left behind does not keep the next one from listening."""
    path = tmp_path / "admin.sock"
    async with watched(tmp_path / "first", f'listen = "unix:{path}"') as admin:
        admin.daemon.process.kill()
        await admin.daemon.wait()
    assert path.exists()

    async with watched(tmp_path / "second", f'listen = "unix:{path}"') as admin:
        assert 200 == (await admin.client.get("/livez")).status_code


async def test_a_port_in_use_stops_nothing(tmp_path: Path) -> None:
    """The second daemon at one port says so once, and records; it has the port when it is free."""
    async with watched(tmp_path / "first") as first:
        listen = f'listen = "127.0.0.1:{first.port}"'
        second_home = configuration(first.simulator, listen)
        async with running_daemon(tmp_path / "second", second_home) as second:
            await second.wait_log("cannot listen at")
            await second.wait_log("connected to")
            assert await first.daemon.stop() == 0
            await second.wait_log(f"health and metrics at {first.address}")
            assert 1 == second.log().count("cannot listen at")
            assert await second.stop() == 0
