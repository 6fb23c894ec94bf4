"""What comes within a moment is read together, and nobody who waits for it waits longer."""

import socket
import struct
from collections.abc import AsyncGenerator
from functools import partial

import pytest
import trio
from attrs import define
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from tests.home_assistant.following import PlainLedger, config_for, connector_to
from trio_ingest.config.common import Secret
from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.connector import longest_unread
from trio_ingest.home_assistant.outlet import Outlet
from trio_ingest.home_assistant.patience import ENOUGH_BYTES, Patience, PatientStream
from trio_ingest.home_assistant.session_opening import open_session
from trio_ingest.model.notice import Told
from trio_ingest.model.state_change import Burst
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator

A_MINUTE = 60.0
A_MOMENT = 0.2


@define
class Wire:
    """A patient reader, and whoever speaks at the other end."""

    ours: PatientStream
    source: trio.socket.SocketType
    patience: Patience
    theirs: trio.SocketStream
    longest: float = 0.0

    async def say(self, words: bytes) -> None:
        await self.theirs.send_all(words)


@pytest.fixture
async def wire() -> AsyncGenerator[Wire]:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        port = listener.socket.getsockname()[1]
        ours = await trio.open_tcp_stream("127.0.0.1", port)
        theirs = await listener.accept()
    patience = Patience(lambda: wire.longest)
    wire = Wire(PatientStream(ours, patience), ours.socket, patience, theirs)
    async with wire.ours, theirs:
        await wire.say(b"hello ")
        assert await wire.ours.receive_some() == b"hello "  # from here on patience counts
        with trio.fail_after(10):
            yield wire


async def test_what_comes_within_a_moment_is_read_together(wire: Wire) -> None:
    """Not earlier than so long after the last read, and then all of it."""
    wire.longest = A_MOMENT
    began = trio.current_time()

    async def speak() -> None:
        await wire.say(b"one ")
        await trio.sleep(A_MOMENT / 4)
        await wire.say(b"two")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(speak)
        received = await wire.ours.receive_some()

    assert received == b"one two"
    assert trio.current_time() - began > A_MOMENT / 2


async def test_after_a_while_the_first_word_is_read_at_once(wire: Wire) -> None:
    """The moment begins with the last read, not with the word."""
    wire.longest = A_MINUTE

    await wire.patience.wait(wire.source, last_read=trio.current_time() - A_MINUTE)


async def test_after_the_patience_a_lone_word_is_enough(wire: Wire) -> None:
    """Who has waited in vain goes on to wait for anything."""
    wire.longest = A_MOMENT / 10

    async def speak() -> None:
        await trio.sleep(A_MOMENT)
        await wire.say(b"a")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(speak)

        assert await wire.ours.receive_some() == b"a"


async def test_much_is_read_at_once(wire: Wire) -> None:
    """Nobody is kept waiting by a reader who is only patient."""
    wire.longest = A_MINUTE

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wire.say, bytes(ENOUGH_BYTES * 2))
        received = await wire.ours.receive_some()

    assert len(received) >= ENOUGH_BYTES


async def test_behind_much_nothing_waits(wire: Wire) -> None:
    """Who has just said much goes on, and what comes then is read at once."""
    wire.longest = A_MINUTE
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wire.say, bytes(ENOUGH_BYTES))
        received = await wire.ours.receive_some()
    await wire.say(b"and more")

    assert ENOUGH_BYTES == len(received)
    assert b"and more" == await wire.ours.receive_some()


async def test_a_hurry_ends_the_patience(wire: Wire) -> None:
    """What is there, and what comes as long as somebody waits for it, is read at once."""
    wire.longest = A_MINUTE
    heard: list[bytes] = []

    async def listen() -> None:
        while len(b"".join(heard)) < 4:
            heard.append(await wire.ours.receive_some())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        await wire.say(b"ab")
        await trio.testing.wait_all_tasks_blocked(0.01)
        before = list(heard)
        with wire.patience.hurried():
            await trio.testing.wait_all_tasks_blocked(0.01)
            await wire.say(b"cd")
            while len(b"".join(heard)) < 4:
                await trio.sleep(0.001)

    assert not before
    assert b"".join(heard) == b"abcd"


async def test_the_end_is_noticed_at_once(wire: Wire) -> None:
    """A peer that leaves ends the patience, with what it said last."""
    wire.longest = A_MINUTE
    await wire.say(b"bye")
    await wire.theirs.aclose()

    assert await wire.ours.receive_some() == b"bye"
    wire.longest = 0.0
    assert await wire.ours.receive_some() == b""


async def test_what_lies_unread_outlives_its_sender(wire: Wire) -> None:
    """What came before a reset, as after a kill, is read, though nobody had read it by then."""
    wire.longest = A_MINUTE
    await wire.say(b"last words")
    at_once = struct.pack("ii", 1, 0)
    wire.theirs.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    await wire.theirs.aclose()

    assert b"last words" == await wire.ours.receive_some()
    wire.longest = 0.0
    with pytest.raises(trio.BrokenResourceError):
        await wire.ours.receive_some()


async def test_to_close_it_ends_the_patience(wire: Wire) -> None:
    """As it ends any other read."""
    wire.longest = A_MINUTE

    with pytest.RaisesGroup(trio.ClosedResourceError):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wire.ours.receive_some)
            await trio.testing.wait_all_tasks_blocked(0.01)
            await wire.ours.aclose()


async def test_answers_are_not_delayed() -> None:
    """A session with all the patience there is begins, asks and is answered at once."""
    sender, changes = trio.open_memory_channel[Told](100)
    outlet = Outlet("lane", sender, PlainLedger(unread_seconds=A_MINUTE))
    async with open_simulator(Home(number_of_entities=5)) as simulator:
        connector = connector_to([outlet], config_for(simulator))
        with sender, changes, trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(connector.run)
                while connector.statistics().state != "connected":
                    await trio.sleep(0.01)
                for _ in range(3):
                    await trio.sleep(0.05)  # as long as nobody asks it is patient
                    await connector.read_registries()
                nursery.cancel_scope.cancel(reason="all is answered")


async def let_in_and_linger(stream: trio.SocketStream) -> None:
    """Let in whoever comes, and answer a goodbye without closing the stream."""
    protocol = ServerProtocol()
    while data := await stream.receive_some():
        protocol.receive_data(data)
        for event in protocol.events_received():
            if isinstance(event, Request):
                protocol.send_response(protocol.accept(event))
                protocol.send_text(b'{"type": "auth_required"}')
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                protocol.send_text(b'{"type": "auth_ok", "ha_version": "2026.11.0"}')
        await stream.send_all(b"".join(protocol.data_to_send()))


async def test_the_goodbye_is_not_delayed() -> None:
    """A session that is over hears the answer to its goodbye at once, however patient it was."""
    patience = Patience()
    ring, updated = trio.open_memory_channel[None](1)

    async def deliver(_: Burst) -> None:
        pytest.fail("nothing has happened")

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(
            partial(trio.serve_tcp, let_in_and_linger, 0, host="127.0.0.1")
        )
        url = f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        config = HomeAssistantConfig(
            name="home", url=url, token=Secret(value="t"), goodbye_timeout=A_MINUTE
        )
        with ring, updated:
            async with open_session(config, None, deliver, ring, patience):
                patience.longest = lambda: A_MINUTE
                began = trio.current_time()
            took = trio.current_time() - began
        nursery.cancel_scope.cancel(reason="that was all")

    assert took < A_MINUTE / 2


def test_who_lets_wait_least_decides() -> None:
    """A change goes to all lanes in the same breath; without any there is nothing to wait for."""
    outlet = partial(Outlet, "lane", None)
    lanes = [outlet(PlainLedger(unread_seconds=seconds)) for seconds in (0.4, 0.1, 0.3)]

    assert longest_unread(lanes) == 0.1
    assert longest_unread([]) == 0.0
