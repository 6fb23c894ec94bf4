"""Clients that do not behave, one function each; it returns when the server has had enough."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import trio

MIB = 2**20
MANY = 1000
PATIENCE_SECONDS = 30.0
GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /api/v1/discovery/trigger HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"


async def wrong_method(port: int) -> None:
    assert (await told(port, b"BREW /stats HTTP/1.1\r\nHost: localhost\r\n\r\n")).startswith(b"405")


async def huge_headers(port: int) -> None:
    sent = b"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + b"a" * (10 * MIB)
    assert (await told(port, sent))[:3] in (b"431", b"400", b"")  # or cut off while he talks


async def huge_body(port: int) -> None:
    sent = POST % (10 * MIB) + b"a" * (10 * MIB)
    assert (await told(port, sent))[:3] in (b"200", b"503", b"")


async def garbage(port: int) -> None:
    assert (await told(port, b"\x00\xff garbage\r\n\r\n")).startswith(b"400")


async def tls_hello(port: int) -> None:
    hello = ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), hello, server_hostname="admin")
    with suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    assert (await told(port, hello.read()))[:3] in (b"400", b"")


async def half_closed(port: int) -> None:
    async with connected(port) as stream:
        await stream.send_all(GET + b"\r\n")
        await stream.send_eof()
        assert (await heard(stream))[:3] in (b"200", b"")


async def pipelined(port: int) -> None:
    async with connected(port) as stream:
        await stream.send_all((GET + b"\r\n") * (MANY - 1) + GET + b"Connection: close\r\n\r\n")
        assert MANY == (await all_heard(stream)).count(b"HTTP/1.1 200")


async def a_thousand_at_once(port: int) -> None:
    """All are turned away, or asked to leave, and nobody waits for ever."""

    async def one() -> None:
        async with connected(port) as stream:
            assert (await heard(stream))[:3] in (b"503", b"408", b"")

    async with trio.open_nursery() as nursery:
        for _ in range(MANY):
            nursery.start_soon(one)


async def dribbled_headers(port: int) -> None:
    await dribble(port, b"GET /livez HTTP/1.1\r\nA: ", b"a")


async def dribbled_body(port: int) -> None:
    await dribble(port, POST % MIB, b"a")


async def unread_answers(port: int) -> None:
    """Ask for more than the buffers of both sockets hold, and read none of it."""
    asked = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * MANY
    async with connected(port) as stream:
        with suppress(trio.BrokenResourceError):
            while True:
                await stream.send_all(asked)


async def dribble(port: int, begun: bytes, drop: bytes) -> None:
    """Say a little now and then, so that one always might say more."""
    async with connected(port) as stream:
        with suppress(trio.BrokenResourceError):
            await stream.send_all(begun)
            while True:
                await stream.send_all(drop)
                await trio.sleep(0.02)


QUICK = (
    wrong_method,
    huge_headers,
    huge_body,
    garbage,
    tls_hello,
    half_closed,
    pipelined,
    a_thousand_at_once,
)
SLOW = (dribbled_headers, dribbled_body, unread_answers)


@asynccontextmanager
async def connected(port: int) -> AsyncGenerator[trio.SocketStream]:
    with trio.fail_after(PATIENCE_SECONDS):
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            yield stream


async def told(port: int, sent: bytes) -> bytes:
    """Send it, as far as it is taken, and return the answer from its status on."""
    async with connected(port) as stream:
        with suppress(trio.BrokenResourceError):
            await stream.send_all(sent)
        return await heard(stream)


async def heard(stream: trio.SocketStream) -> bytes:
    """Return the first answer from its status on; nothing when the connection was cut off."""
    try:
        return (await stream.receive_some()).removeprefix(b"HTTP/1.1 ")
    except trio.BrokenResourceError:
        return b""


async def all_heard(stream: trio.SocketStream) -> bytes:
    return b"".join([part async for part in stream])
