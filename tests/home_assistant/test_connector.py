"""The connector against the simulated Home Assistant, over real sockets, and every way to end."""

import logging
import ssl
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path

import pytest
import trio
import trustme

from tests.home_assistant.following import Follower, config_for, following, until
from trio_ingest.config.common import Secret
from trio_ingest.config.model import Feed
from trio_ingest.home_assistant import connector as connector_module
from trio_ingest.simulator.entrance import Stall
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

ENTITIES = 20
NORMAL = 1000


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=ENTITIES), records_emissions=True) as opened:
        yield opened


def emitted(simulator: Simulator) -> set[tuple[str, int, str | None]]:
    return {(e.entity_id, e.time, e.state) for e in simulator.emissions}


async def connected(follower: Follower, sessions: int = 1) -> None:
    await until(lambda: follower.connector.statistics().sessions >= sessions)
    await until(lambda: len(follower.heard) >= ENTITIES)


@pytest.mark.parametrize("feed", Feed)
async def test_everything_is_heard(simulator: Simulator, feed: Feed) -> None:
    """The home as it stands, and then every change, each at Home Assistant's own time."""
    async with following(config_for(simulator, feed=feed)) as follower:
        await connected(follower)
        await simulator.burst(5000)
        await until(lambda: len(follower.heard) >= ENTITIES + 5000)

    assert emitted(simulator) <= follower.points()
    assert len(follower.heard) == ENTITIES + 5000
    statistics = follower.connector.statistics()
    assert (statistics.received, statistics.unreadable) == (ENTITIES + 5000, 0)


async def test_the_registries_come_before_the_first_change(simulator: Simulator) -> None:
    """When the first change is heard it is known where its entity belongs."""
    async with following(config_for(simulator)) as follower:
        await until(lambda: follower.heard)
        places = follower.connector.registry.value.entries

    assert any(place.area and place.device and place.floor for place in places.values())


async def test_only_event_types_that_everybody_may_have(simulator: Simulator) -> None:
    """A read-only user's token is enough: nothing is subscribed to without naming its type."""
    async with following(config_for(simulator)) as follower:
        await connected(follower)

    commands = [heard.command for heard in simulator.connections[0].commands]
    subscriptions = [c for c in commands if c["type"] == "subscribe_events"]
    assert subscriptions
    assert all(c.get("event_type") for c in subscriptions)


def has_heard(follower: Follower, point: tuple[str, int, str | None]) -> bool:
    return point in follower.points()


async def test_what_was_unreadable_is_counted(simulator: Simulator) -> None:
    """A message that is not the API's is counted, over all sessions, and costs no change."""
    async with following(config_for(simulator)) as follower:
        await connected(follower)
        for session in (1, 2):
            simulator.open_connections[0].outbox.put(b'{"type":"???"}')
            simulator.set_state("sensor.after", str(session))
            now = ("sensor.after", simulator.emissions[-1].time, str(session))
            await until(partial(has_heard, follower, now))
            simulator.kick_all()
            await connected(follower, sessions=session + 1)

    assert follower.connector.statistics().unreadable == 2


@pytest.mark.parametrize("feed", Feed)
@pytest.mark.parametrize("end", ["kick_all", "kill"])
async def test_a_lost_session_is_weather(
    simulator: Simulator, end: str, feed: Feed, caplog: pytest.LogCaptureFixture
) -> None:
    """However Home Assistant drops us, we are back and know how every entity is now."""
    caplog.set_level(logging.INFO)
    async with following(config_for(simulator, feed=feed)) as follower:
        await connected(follower)
        getattr(simulator, end)()
        simulator.set_state("sensor.while_away", "7")
        await connected(follower, sessions=2)
        await until(lambda: any(c.entity_id == "sensor.while_away" for c in follower.heard))

    messages = [record.getMessage() for record in caplog.records]
    assert any("home: not connected: Home Assistant" in message for message in messages)
    *_, back = [message for message in messages if "connected to" in message]
    assert "again" in back


@pytest.mark.parametrize("feed", Feed)
async def test_too_slow_for_a_burst_is_weather(simulator: Simulator, feed: Feed) -> None:
    """A burst that no reader could have kept up with costs a session, not the recording."""
    async with following(config_for(simulator, feed=feed)) as follower:
        await connected(follower)
        await simulator.burst(6000, per_tick=6000)
        await connected(follower, sessions=2)
        final = {(state.entity_id, state.value) for state in simulator.core.states.all()}
        await until(
            lambda: final <= {(c.entity_id, c.state.value) for c in follower.heard if c.state}
        )


async def test_a_restart_is_not_delayed_by_us(simulator: Simulator) -> None:
    """When Home Assistant says goodbye the TCP connection is dropped at once, not after 10 s."""
    async with following(config_for(simulator)) as follower:
        await connected(follower)
        with trio.fail_after(2):
            await simulator.restart(linger_seconds=10)
        await connected(follower, sessions=2)


async def test_home_assistant_may_be_away_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    """That nobody listens yet is said once, and then waited out."""
    async with open_simulator(Home(number_of_entities=ENTITIES)) as gone:
        config = config_for(gone)
    port = int(config.url.rpartition(":")[2])
    async with following(config) as follower:
        await until(lambda: follower.connector.statistics().failures >= 5)
        async with open_simulator(Home(number_of_entities=ENTITIES), port=port):
            await connected(follower)

    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) <= 2  # the second when the simulator ends before we do
    assert "cannot connect" in warnings[0]


@pytest.mark.parametrize("stall", Stall)
async def test_a_stall_is_a_lost_session(simulator: Simulator, stall: Stall) -> None:
    """A Home Assistant that hangs at any step before it lets us in costs a deadline."""
    simulator.stall(stall)
    config = config_for(simulator, connect_timeout=0.1, auth_timeout=0.1, goodbye_timeout=0.1)
    async with following(config) as follower:
        await until(lambda: follower.connector.statistics().failures >= 2)
        simulator.stall(None)
        await connected(follower)


async def test_no_pong_ends_the_session(simulator: Simulator) -> None:
    """A Home Assistant that no longer answers pings is left, and found again."""
    config = config_for(
        simulator, ping_interval=0.05, ping_timeout=0.1, command_timeout=5, goodbye_timeout=0.1
    )
    async with following(config) as follower:
        await connected(follower)
        simulator.go_deaf()
        await connected(follower, sessions=2)


async def test_a_wrong_token_is_tried_slowly(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A token that is refused is an error that says so, and there is no second try for 30 s."""
    async with following(config_for(simulator, token=Secret(value="not-the-token"))) as follower:
        await until(lambda: follower.connector.statistics().failures)
        await trio.sleep(0.2)  # ten times the longest ordinary delay

    assert len(simulator.connections) == 1
    (error,) = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert "does not accept the token" in error
    assert "trying again in 30" in error
    assert "not-the-token" not in caplog.text


async def test_a_token_file_is_read_for_every_session(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that was rotated in its file is used at the next try, without a restart."""
    monkeypatch.setattr(connector_module, "REFUSED_LEAST_SECONDS", 0.05)
    token_file = tmp_path / "ha.token"
    token_file.write_text("the old one\n")
    async with following(config_for(simulator, token=Secret(file=token_file))) as follower:
        await until(lambda: follower.connector.statistics().failures)
        token_file.write_text(simulator.token)
        await connected(follower)


async def test_a_missing_token_file_is_said(
    simulator: Simulator, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A token file that cannot be read is an error with its name; Home Assistant is not asked."""
    config = config_for(simulator, token=Secret(file=tmp_path / "gone.token"))
    async with following(config) as follower:
        await until(lambda: follower.connector.statistics().failures)

    assert simulator.connections == []
    assert "gone.token" in caplog.text


async def test_cancelling_says_goodbye(simulator: Simulator) -> None:
    """When the daemon stops, Home Assistant sees a normal closure."""
    async with following(config_for(simulator)) as follower:
        await connected(follower)
    await until(lambda: not simulator.open_connections)

    assert [c.close_code for c in simulator.connections] == [NORMAL]


@pytest.mark.parametrize("trust", ["ca_file", "verification off"])
async def test_tls(tmp_path: Path, trust: str) -> None:
    """https works with a CA of one's own, and with verification off."""
    authority = trustme.CA()
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(server_context)
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    home = Home(number_of_entities=ENTITIES)
    async with open_simulator(home, ssl_context=server_context) as simulator:
        config = config_for(
            simulator, **({"ca_file": ca_file} if trust == "ca_file" else {"verify_tls": False})
        )
        async with following(config) as follower:
            await connected(follower)


async def test_an_untrusted_certificate_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """Without the CA there is no connection, and the log says why."""
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(server_context)
    home = Home(number_of_entities=ENTITIES)
    async with (
        open_simulator(home, ssl_context=server_context) as simulator,
        following(config_for(simulator)) as follower,
    ):
        await until(lambda: follower.connector.statistics().failures)

    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text


@pytest.mark.parametrize("path", ["", "/core/websocket"])
async def test_ipv6_and_the_supervisors_path(path: str) -> None:
    """IPv6 literals and the path of the Supervisor's proxy lead to the socket."""
    async with open_simulator(Home(number_of_entities=ENTITIES), host="::1") as simulator:
        port = simulator.url.rpartition(":")[2]
        config = config_for(simulator, url=f"ws://[::1]:{port}{path}")
        async with following(config) as follower:
            await connected(follower)

    assert simulator.connections[0].path == (path or "/api/websocket")


def open_descriptors() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


async def test_sessions_closed(simulator: Simulator) -> None:
    """Over 1,000 reconnects descriptors stay flat, and the peer sees every session closed."""
    config = config_for(simulator, reconnect_max_delay=0.0001)
    async with following(config) as follower:
        await connected(follower)
        before = open_descriptors()
        for session in range(2, 1002):
            end = (simulator.kick_all, simulator.kill)[session % 2]
            end()
            await until(partial(session_stands, follower, session))
        assert open_descriptors() <= before + 2
    await until(lambda: not simulator.open_connections)

    *lost, last = [connection.close_code for connection in simulator.connections]
    assert lost == [NORMAL, None] * 500  # kicked, and answered politely; killed
    assert last == NORMAL  # ended by us


def session_stands(follower: Follower, session: int) -> bool:
    statistics = follower.connector.statistics()
    return statistics.sessions >= session and statistics.state == "connected"
