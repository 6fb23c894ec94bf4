"""A stand-in for HomeIQ's data-api: takes what is posted to it, asks for its key, has bad days."""

import json
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import h11
import trio
from attrs import define, field

from tests.support.influx_double import Answer, Request, receive, reply

PATHS = tuple(f"/internal/{each}/bulk_upsert" for each in ("devices", "entities", "services"))


@define(kw_only=True)
class DataApiDouble:
    """One server. `faults` are its next answers instead of the good one; None: it hangs up."""

    key: str | None = None
    url: str = ""
    faults: deque[Answer | None] = field(factory=deque)
    requests: list[Request] = field(factory=list)
    taken: list[tuple[str, Any]] = field(factory=list)
    """The paths and contents that were taken."""

    def answer(self, request: Request) -> Answer | None:
        """Do what data-api does."""
        if self.faults:
            return self.faults.popleft()
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return Answer(401, b'{"detail":"Invalid API key"}')
        if request.method != "POST" or request.path not in PATHS:
            return Answer(404, b'{"detail":"Not Found"}')
        content = json.loads(request.body)
        if isinstance(content, list) is request.path.startswith("/internal/services"):
            return Answer(422, b'{"detail":"of another type"}')
        self.taken.append((request.path, content))
        body = {"success": True, "upserted": len(content), "timestamp": "2026-11-25T00:00:00"}
        return Answer(200, json.dumps(body).encode(), [("Content-Type", "application/json")])

    async def serve(self, stream: trio.abc.Stream) -> None:
        """Serve one connection until the peer closes or breaks it, or a fault does."""
        connection = h11.Connection(h11.SERVER)
        with suppress(h11.RemoteProtocolError, trio.BrokenResourceError):
            async with stream:
                while request := await receive(connection, stream):
                    self.requests.append(request)
                    answer = self.answer(request)
                    if answer is None:
                        return
                    await reply(connection, stream, answer)
                    connection.start_next_cycle()


@asynccontextmanager
async def open_data_api_double(double: DataApiDouble) -> AsyncGenerator[DataApiDouble]:
    """Serve *double* on a port of loopback and tell it its `url`."""
    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_tcp, double.serve, 0, host="127.0.0.1")
        [listener] = await nursery.start(serve)
        double.url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}"
        yield double
        nursery.cancel_scope.cancel(reason="the test is over")
