"""What a running simulator can be told to do to its clients, and what it remembers of them."""

import json
import ssl

import pytest
import trio
import trustme
from trio_websocket import ConnectionRejected, open_websocket_url, wrap_client_stream

from tests.simulator.subject import Client, connect, log_in
from trio_ingest.simulator import Home, Simulator, Stall, open_simulator
from trio_ingest.simulator.connection import Connection

ADDRESS = "/api/websocket"


async def ended(simulator: Simulator) -> Connection:
    """Return the oldest connection when it has ended."""
    connection = simulator.connections[0]
    with trio.fail_after(15):
        await connection.ended.wait()
    return connection


async def test_a_goodbye_is_remembered_with_its_code(simulator: Simulator):
    """The code is the one in the client's CLOSE frame."""
    async with log_in(simulator) as client:
        await client.websocket.aclose(4321)

    assert (await ended(simulator)).close_code == 4321


async def test_a_client_that_just_goes_is_remembered_without_a_code(simulator: Simulator):
    """A TCP connection that ends with no CLOSE frame has none."""
    host, port = "127.0.0.1", int(simulator.url.rpartition(":")[2])
    stream = await trio.open_tcp_stream(host, port)
    async with trio.open_nursery() as nursery:
        client = Client(await wrap_client_stream(nursery, stream, host, ADDRESS))
        await client.log_in(simulator.token)
        stream.socket.close()
        connection = await ended(simulator)
        nursery.cancel_scope.cancel()

    assert connection.is_authenticated
    assert connection.close_code is None


async def test_commands_are_remembered_with_their_time(simulator: Simulator):
    """Each frame of commands as it came; never the token."""
    before = trio.current_time()

    async with log_in(simulator) as client:
        await client.ask("ping")

    heard = simulator.connections[0].commands
    assert [command.command for command in heard] == [{"id": 1, "type": "ping"}]
    assert before <= heard[0].at <= trio.current_time()
    assert simulator.connections[0].path == ADDRESS


async def test_a_restart_closes_at_once_and_keeps_the_tcp_connection(simulator: Simulator):
    """A client that waits for the end of TCP waits for the whole linger; the port comes back."""
    async with trio.open_nursery() as nursery, log_in(simulator) as client:
        start = trio.current_time()
        nursery.start_soon(lambda: simulator.restart(linger_seconds=0.5))
        code = await client.closed()
        told = trio.current_time() - start
        with trio.fail_after(5):
            with pytest.raises(OSError, match="connect"):  # noqa: PT012 - until it is refused
                while True:
                    await (await open_stream(simulator)).aclose()
        await ended(simulator)
        waited = trio.current_time() - start

    assert code == 1000
    assert told < 0.3
    assert 0.5 <= waited < 5
    assert simulator.connections[0].close_code == 1000
    async with log_in(simulator) as client:
        assert await client.ask("ping") == '{"id":1,"type":"pong"}'


async def open_stream(simulator: Simulator) -> trio.SocketStream:
    return await trio.open_tcp_stream("127.0.0.1", int(simulator.url.rpartition(":")[2]))


async def test_a_restart_goes_on_when_the_client_has_gone(simulator: Simulator):
    """Who drops TCP at the CLOSE frame does not delay the restart; the history is still there."""
    simulator.set_state("sensor.kept", "1")

    async with trio.open_nursery() as nursery:
        start = trio.current_time()
        async with log_in(simulator) as client:
            restarted = trio.Event()

            async def restart() -> None:
                await simulator.restart(linger_seconds=30)
                restarted.set()

            nursery.start_soon(restart)
            await client.closed()
        with trio.fail_after(5):
            await restarted.wait()

    assert trio.current_time() - start < 5
    async with log_in(simulator) as client:
        states = await client.result("get_states")
    assert "sensor.kept" in [state["entity_id"] for state in states]


async def test_killed_connections_end_without_a_close(simulator: Simulator):
    """The client sees an abnormal end, 1006."""
    async with log_in(simulator) as client:
        simulator.kill()

        assert await client.closed() == 1006
    assert (await ended(simulator)).close_code is None


async def test_a_deaf_server_answers_no_ping_and_still_sends(simulator: Simulator):
    """Pings stay unanswered while events go out; its end is not a goodbye that was heard."""
    async with log_in(simulator) as client:
        await client.ask("subscribe_events", event_type="state_changed")
        with trio.fail_after(5):
            await client.websocket.ping()
        simulator.go_deaf()
        with trio.move_on_after(0.2) as patience:
            await client.websocket.ping()
        simulator.set_state("sensor.still", "here")

        assert patience.cancelled_caught
        assert "sensor.still" in await client.receive()
        await client.websocket._stream.aclose()
    assert (await ended(simulator)).close_code is None


@pytest.mark.parametrize(
    ("stall", "frames"),
    [(Stall.BEFORE_AUTH_REQUIRED, 0), (Stall.BEFORE_AUTH_OK, 1)],
)
async def test_a_stalled_client_hears_nothing_more(simulator: Simulator, stall: Stall, frames: int):
    """It is left hanging there, until it goes; the next one is served again."""
    simulator.stall(stall)
    heard = []

    async with connect(simulator.url) as client:
        await client.send(json.dumps({"type": "auth", "access_token": simulator.token}))
        with trio.move_on_after(0.2):
            while True:
                heard.append(await client.receive())

    assert len(heard) == frames
    assert (await ended(simulator)).close_code == 1000
    simulator.stall(None)
    async with log_in(simulator):
        pass


async def test_a_client_stalled_before_the_upgrade_gets_no_answer_to_it(simulator: Simulator):
    """TCP is open, HTTP is silent; leaving is noticed, and so is a restart."""
    simulator.stall(Stall.BEFORE_UPGRADE)

    with trio.move_on_after(0.2) as patience:
        async with connect(simulator.url):
            pass

    assert patience.cancelled_caught
    await ended(simulator)
    stream = await open_stream(simulator)
    with trio.fail_after(5):
        await simulator.restart()
        assert await stream.receive_some() == b""
    await stream.aclose()


async def test_everybody_can_be_kicked(simulator: Simulator):
    """All get CLOSE 1000, and may come again."""
    async with log_in(simulator) as one, log_in(simulator) as other:
        simulator.kick_all()

        assert await one.closed() == 1000
        assert await other.closed() == 1000
    async with log_in(simulator):
        pass


async def test_a_revoked_token_closes_and_does_not_come_back(simulator: Simulator):
    """Who is connected gets CLOSE 1000, the next try auth_invalid; a new token lets in."""
    old = simulator.token

    async with log_in(simulator) as client:
        simulator.revoke_token()
        assert await client.closed() == 1000
    async with connect(simulator.url) as client:
        await client.receive()
        await client.send(json.dumps({"type": "auth", "access_token": old}))
        assert "auth_invalid" in await client.receive()
        assert await client.closed() == 1000

    simulator.replace_token("another")
    async with log_in(simulator):
        pass


async def test_the_state_of_a_start_can_be_told(simulator: Simulator):
    """`get_config` says NOT_RUNNING when it is told to."""
    simulator.set_run_state("NOT_RUNNING")

    async with log_in(simulator) as client:
        assert (await client.result("get_config"))["state"] == "NOT_RUNNING"


async def test_the_path_of_the_supervisor_works_and_others_do_not(simulator: Simulator):
    """/core/websocket is served like /api/websocket; anything else is 404."""
    async with connect(simulator.url, "/core/websocket") as client:
        await client.log_in(simulator.token)
    with pytest.RaisesGroup(pytest.RaisesExc(ConnectionRejected), flatten_subgroups=True):
        async with connect(simulator.url, "/elsewhere"):
            pass


async def test_over_tls_it_is_the_same():
    """With an ssl_context the url is https, and faults reach the TCP connection below."""
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    async with open_simulator(Home(number_of_entities=5), ssl_context=server) as simulator:
        address = simulator.url.replace("http", "ws", 1) + ADDRESS
        async with open_websocket_url(address, ssl_context=trusting) as websocket:
            client = Client(websocket)
            await client.log_in(simulator.token)
            simulator.kill()

            assert await client.closed() == 1006
            await websocket._stream.aclose()

    assert simulator.url.startswith("https://127.0.0.1:")


async def test_what_was_emitted_is_the_oracle(simulator: Simulator):
    """Every state_changed is counted and noted in order, the removal without a state."""
    async with log_in(simulator) as client:
        await client.ask("subscribe_events", event_type="state_changed")
        simulator.set_state("sensor.oracle", "1")
        simulator.set_state("sensor.oracle", "1")
        simulator.remove("sensor.oracle")
        heard = [json.loads(await client.receive())["event"]["time_fired"] for _ in range(2)]

    assert simulator.emitted == 2
    assert [(e.entity_id, e.state) for e in simulator.emissions] == [
        ("sensor.oracle", "1"),
        ("sensor.oracle", None),
    ]
    assert len(set(heard)) == 2


async def test_a_burst_reaches_a_client_that_reads(simulator: Simulator):
    """All events of a burst in small ticks arrive, coalesced."""
    async with log_in(simulator) as client, trio.open_nursery() as nursery:
        await client.ask("supported_features", features={"coalesce_messages": 1})
        await client.ask("subscribe_events", event_type="state_changed")
        nursery.start_soon(lambda: simulator.burst(2000, per_tick=50))
        events = 0
        while events < 2000:
            decoded = json.loads(await client.receive())
            events += len(decoded) if isinstance(decoded, list) else 1

    assert events == simulator.emitted == 2000
