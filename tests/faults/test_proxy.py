"""The proxy over real sockets: what only a kernel can show."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
from attrs import define, field

from tests.faults.proxy import Proxy, open_proxy
from tests.faults.toxics import Bandwidth, Down, LimitData, ResetPeer, Slicer, Timeout


@define
class Echo:
    """A server that sends back what it gets, and remembers how its connections ended."""

    port: int = 0
    ends: list[str] = field(factory=list)

    async def serve(self, stream: trio.SocketStream) -> None:
        try:
            async for chunk in stream:
                await stream.send_all(chunk)
            self.ends.append("end of stream")
        except trio.BrokenResourceError as error:
            self.ends.append(str(error.__cause__))


@pytest.fixture
async def echo() -> AsyncGenerator[Echo]:
    server = Echo()
    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(partial(trio.serve_tcp, server.serve, 0, host="127.0.0.1"))
        server.port = listener.socket.getsockname()[1]
        with trio.fail_after(10):
            yield server
        nursery.cancel_scope.cancel(reason="the test is over")


@asynccontextmanager
async def client_of(proxy: Proxy) -> AsyncGenerator[trio.SocketStream]:
    stream = await trio.open_tcp_stream("127.0.0.1", proxy.port)
    try:
        yield stream
    finally:
        stream.socket.close()


async def echoed(stream: trio.SocketStream, content: bytes) -> bytes:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream.send_all, content)
        back = b""
        while len(back) < len(content):
            back += await stream.receive_some()
    return back


async def until(condition: object) -> None:
    while not condition():
        await trio.sleep(0.002)


async def test_a_megabyte_there_and_back(echo: Echo) -> None:
    """Everything passes unharmed, also in slices, and the ends as they are."""
    async with open_proxy("127.0.0.1", echo.port) as proxy, client_of(proxy) as client:
        content = bytes(range(256)) * 4096
        assert await echoed(client, content) == content
        with proxy.toxic(Slicer(average_size=100, variation=50)):
            assert await echoed(client, content[:50_000]) == content[:50_000]
        await client.send_eof()
        assert await client.receive_some() == b""
        await until(lambda: proxy.connections.open == 0)

    assert proxy.traffic.upstream == proxy.traffic.downstream == len(content) + 50_000
    assert echo.ends == ["end of stream"]


async def test_a_reset_is_a_reset_for_both(echo: Echo) -> None:
    """Both peers see ECONNRESET and no orderly end."""
    async with open_proxy("127.0.0.1", echo.port) as proxy, client_of(proxy) as client:
        await echoed(client, b"x")
        with proxy.toxic(ResetPeer()):
            with pytest.raises(trio.BrokenResourceError) as broken:
                await client.receive_some()
            await until(lambda: echo.ends)

    assert "Connection reset" in str(broken.value.__cause__)
    assert "Connection reset" in echo.ends[0]


async def test_down_and_up_again(echo: Echo) -> None:
    """Down ends what there is and refuses what comes; up again, the port is the same."""
    async with open_proxy("127.0.0.1", echo.port) as proxy:
        port = proxy.port
        async with client_of(proxy) as client:
            await echoed(client, b"x")
            with proxy.toxic(Down()):
                with pytest.raises(OSError, match="connect"):
                    await trio.open_tcp_stream("127.0.0.1", port)
                assert await client.receive_some() == b""
        async with client_of(proxy) as client:
            assert await echoed(client, b"again") == b"again"
        assert proxy.port == port

    assert (proxy.connections.accepted, proxy.connections.refused) == (2, 0)


async def test_a_server_that_is_away(echo: Echo) -> None:
    """Nobody behind the proxy is a reset in front of it, and counted."""
    async with open_proxy("127.0.0.1", 1) as proxy, client_of(proxy) as client:
        with pytest.raises(trio.BrokenResourceError):
            await client.receive_some()

    assert proxy.connections.refused == 1


async def test_pressure_goes_through(echo: Echo) -> None:
    """A server that does not read stops a client from sending: the proxy holds a few megabytes."""
    async with open_proxy("127.0.0.1", echo.port) as proxy, client_of(proxy) as client:
        with proxy.toxic(Bandwidth(bytes_per_second=1)):
            sent = 0
            with trio.move_on_after(0.5):
                while sent < 1 << 30:
                    await client.send_all(bytes(1 << 20))
                    sent += 1 << 20

    assert sent < 64 << 20


async def test_nothing_is_left_over(echo: Echo) -> None:
    """After connections that ended in every way, and at the end of the proxy, no socket is left."""
    before = open_descriptors()
    async with open_proxy("127.0.0.1", echo.port) as proxy:
        for toxic in (ResetPeer(), LimitData(number_of_bytes=0), Timeout(seconds=0.01), Down()):
            async with client_of(proxy) as client:
                await echoed(client, b"x")
                with proxy.toxic(toxic):
                    await client.send_all(b"y")
                    await until(lambda: proxy.connections.open == 0)
        async with client_of(proxy) as client:
            await echoed(client, b"x")
            assert proxy.connections.open == 1

    await until(lambda: open_descriptors() == before)
    assert proxy.connections.open == 0


def open_descriptors() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())
