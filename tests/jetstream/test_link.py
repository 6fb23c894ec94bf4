"""Connecting again and again: which server, and that nothing is left behind."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from attrs import define

from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.jetstream.client import open_jetstream
from trio_ingest.jetstream.errors import JetStreamRefused, JetStreamUnreachable

NOBODY = "nats://127.0.0.1:1"


@define
class Server:
    """One that greets, takes the first request, and then is gone."""

    url: str
    greeting: bytes
    connections: int = 0
    closed: int = 0

    async def serve(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        await stream.send_all(b'INFO {"headers":true}\r\n')
        await stream.receive_some()
        await stream.send_all(self.greeting)
        while data := await stream.receive_some():
            if b"PUB" in data:
                break
        else:
            self.closed += 1


@asynccontextmanager
async def serving(greeting: bytes = b"PONG\r\n") -> AsyncGenerator[Server]:
    async with trio.open_nursery() as nursery:
        server = Server("", greeting)
        serve = partial(trio.serve_tcp, server.serve, 0, host="127.0.0.1")
        [listener] = await nursery.start(serve)
        server.url = f"nats://127.0.0.1:{listener.socket.getsockname()[1]}"
        yield server
        nursery.cancel_scope.cancel()


async def test_sessions_are_closed() -> None:
    """After 200 lost connections there are as many files open as after the first."""
    async with (
        serving() as server,
        open_jetstream(NatsConfig(servers=(server.url,)), "test") as jetstream,
    ):
        counts = []
        for _ in range(200):
            with pytest.raises(JetStreamUnreachable):
                await jetstream.stream_info()
            counts.append(len(os.listdir("/proc/self/fd")))  # noqa: PTH208

        assert 200 == server.connections
        assert max(counts[50:]) <= max(counts[:50])


async def test_leaving_closes_the_connection() -> None:
    """The server sees the end of the stream, also when the client was cancelled."""
    async with serving() as server:
        for cancelled in (False, True):
            with trio.CancelScope() as scope:
                config = NatsConfig(servers=(server.url,), timeout=0.05)
                async with open_jetstream(config, "test") as jetstream:
                    await jetstream.server()
                    if cancelled:
                        scope.cancel()
                        await trio.sleep_forever()
        with trio.fail_after(5):
            while server.closed < 2:
                await trio.sleep(0.001)


async def test_the_next_server_is_tried() -> None:
    """One that is away costs nothing; after a loss the others come first."""
    async with (
        serving() as one,
        serving() as other,
        open_jetstream(NatsConfig(servers=(NOBODY, one.url, other.url)), "test") as jetstream,
    ):
        for _ in range(4):
            with pytest.raises(JetStreamUnreachable):
                await jetstream.stream_info()

        assert (2, 2) == (one.connections, other.connections)


async def test_a_refusal_weighs_more_than_a_server_that_is_away() -> None:
    """Somebody has to look, and is told so, wherever in the list the one is that knows us not."""
    async with serving(b"-ERR 'Authorization Violation'\r\n") as server:
        for servers in ((server.url, NOBODY), (NOBODY, server.url)):
            async with open_jetstream(NatsConfig(servers=servers), "test") as jetstream:
                with pytest.raises(JetStreamRefused, match="Authorization Violation"):
                    await jetstream.stream_info()
