"""`/events`: news for whoever looks at the status page, as server-sent events."""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import msgspec
import trio
from attrs import define, field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from trio_ingest.admin.news import news
from trio_ingest.admin.recent import Recent
from trio_ingest.admin.snapshot import Snapshot
from trio_ingest.telemetry.last_warnings import LAST_WARNINGS

MOST_LISTENERS = 16
NEWS_SECONDS = 2.0
# Every connection is cut off after a minute. A stream ends before, politely, and is asked for anew.
STREAM_SECONDS = 45.0
GOODBYE_SECONDS = 0.5
GOODBYE = b"event: goodbye\ndata: {}\n\n"
HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}


@define
class Events:
    """The listeners there are. Nothing is made while nobody listens."""

    look: Callable[[], Snapshot]
    recent: Recent
    _listeners: int = field(default=0, init=False)
    _is_ending: trio.Event = field(factory=trio.Event, init=False)
    _are_gone: trio.Event = field(factory=trio.Event, init=False)

    async def events(self, request: Request) -> Response:
        """Answer with a stream of news, or with 503 when too many listen."""
        if request.method == "HEAD":
            return Response(headers=HEADERS)
        if self._listeners >= MOST_LISTENERS:
            detail = "too many status pages are open"
            return JSONResponse({"detail": detail}, 503, headers={"Retry-After": "10"})
        return Stream(self)

    async def end(self) -> None:
        """Say goodbye to all who listen, and wait a moment until they have heard it."""
        self._are_gone = trio.Event()
        self._is_ending.set()
        if self._listeners:
            with trio.move_on_after(GOODBYE_SECONDS):
                await self._are_gone.wait()

    @contextmanager
    def listening(self) -> Generator[None]:
        """Count a listener within the block."""
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1
            if not self._listeners:
                self._are_gone.set()

    async def tell(self, send: Send) -> None:
        """Send news to one listener until it is time to end."""
        with trio.move_on_after(STREAM_SECONDS):
            while not self._is_ending.is_set():
                await send_part(send, self._news())
                with trio.move_on_after(NEWS_SECONDS):
                    await self._is_ending.wait()

    def last_words(self) -> bytes:
        """Return what is said at the end of a stream: nothing when another may follow."""
        return GOODBYE if self._is_ending.is_set() else b""

    def _news(self) -> bytes:
        told = news(self.look(), self.recent, LAST_WARNINGS.newest_first())
        return b"data: " + msgspec.json.encode(told) + b"\n\n"


class Source(Protocol):
    """What a stream tells."""

    def listening(self) -> AbstractContextManager[None]:
        """Count a listener within the block."""

    async def tell(self, send: Send) -> None:
        """Send what there is until it is time to end."""

    def last_words(self) -> bytes:
        """Return what is said at the end."""


class Stream(Response):
    """An answer that goes on; Starlette's own wants an async generator."""

    def __init__(self, source: Source, headers: Mapping[str, str] = HEADERS) -> None:
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self.source = source

    async def __call__(
        self,
        scope: Scope,  # noqa: ARG002 - what was asked is known by now
        receive: Receive,
        send: Send,
    ) -> None:
        """Tell news until it is time to end, or the client has left."""

        async def leave() -> None:
            await receive()
            nursery.cancel_scope.cancel(reason="the listener has left")

        with self.source.listening():
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async with trio.open_nursery() as nursery:
                nursery.start_soon(leave, name="listener")
                await self.source.tell(send)
                nursery.cancel_scope.cancel(reason="all is told")
            await send_part(send, self.source.last_words(), is_last=True)


async def send_part(send: Send, body: bytes, *, is_last: bool = False) -> None:
    """Send a part of the answer."""
    await send({"type": "http.response.body", "body": body, "more_body": not is_last})
