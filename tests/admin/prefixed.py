"""A proxy that serves what it stands before below a path of its own, as Home Assistant's does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def prefixed(port: int, prefix: str) -> AsyncGenerator[str]:
    """Relay to *port*, without *prefix* in the path; yield the url that the path is added to."""

    asked = f"GET {prefix}".encode()

    async def serve(client: trio.SocketStream) -> None:
        async with (
            client,
            await trio.open_tcp_stream("127.0.0.1", port) as server,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(pump, server, client)
            async for part in client:
                if not part.startswith(asked):
                    break  # nothing of ours is anywhere else
                await server.send_all(part.replace(asked, b"GET /"))
            nursery.cancel_scope.cancel()

    async def pump(source: trio.SocketStream, sink: trio.SocketStream) -> None:
        try:
            async for part in source:
                await sink.send_all(part)
            await sink.send_eof()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the browser has had enough

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, serve, listeners)  # noqa: ASYNC113 - it listens
        yield f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        nursery.cancel_scope.cancel()
