"""What we rely on in Hypercorn beyond its public API (docs/adr/0013), with the real one."""

import inspect
from typing import Any

import pytest
import trio
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext

from trio_ingest.admin import serving
from trio_ingest.admin.serving import Serving

SEE = "Hypercorn has changed: read docs/adr/0013 and trio_ingest/admin/serving.py"
GET = b"GET / HTTP/1.1\r\nHost: admin\r\n\r\n"


def test_the_signatures_are_those_we_call() -> None:
    """TCPServer takes what we give it, by place, and has a `run`."""
    parameters = list(inspect.signature(TCPServer.__init__).parameters)

    assert ["self", "app", "config", "context", "state", "stream"] == parameters, SEE
    assert inspect.iscoroutinefunction(TCPServer.run), SEE
    assert ["self", "max_requests"] == list(inspect.signature(WorkerContext.__init__).parameters), (
        SEE
    )


async def test_a_plain_stream_will_do() -> None:
    """A stream without TLS is served, and its end ends `run` without an exception."""
    client, server = await pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Serving(hello).serve, server)
        async with client:
            await client.send_all(GET)
            with trio.fail_after(5):
                heard = await client.receive_some()
    assert heard.startswith(b"HTTP/1.1 200"), SEE


async def test_silence_ends_by_the_idle_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """`keep_alive_timeout` counts from the first moment, not only after the first answer."""
    monkeypatch.setattr(serving, "IDLE_SECONDS", 0.1)
    client, server = await pair()
    async with client:
        with trio.fail_after(5):
            await Serving(hello).serve(server)
            assert b"" == await client.receive_some(), SEE


async def test_the_headers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """`h11_max_incomplete_size` bounds what is kept of a request that has not ended."""
    monkeypatch.setattr(serving, "IDLE_SECONDS", 1.0)
    client, server = await pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Serving(hello).serve, server)
        async with client:
            await client.send_all(GET[:-2] + b"A: " + b"a" * 2 * serving.LONGEST_HEADERS)
            with trio.fail_after(5):
                heard = await client.receive_some()
    assert heard.startswith(b"HTTP/1.1 431"), SEE


async def test_a_closed_socket_wakes_a_shielded_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that reads nothing holds `send_all` in a shield; closing the socket ends it."""
    monkeypatch.setattr(serving, "CONNECTION_SECONDS", 0.3)
    client, server = await pair()
    async with client:
        await client.send_all(GET)
        with trio.fail_after(5):
            await Serving(endless).serve(server)


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


async def endless(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": b"a" * 10**6, "more_body": True})


async def pair() -> tuple[trio.SocketStream, trio.SocketStream]:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        client = await trio.open_tcp_stream("127.0.0.1", listener.socket.getsockname()[1])
        return client, await listener.accept()
