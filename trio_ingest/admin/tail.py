"""`/tail`: the lines as they are written, a JSON object each, for as long as somebody listens.

Every connection is cut off after a minute. A stream ends before, with the word how to go on; until
that is asked for, what comes is kept.
"""

import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from math import inf

import msgspec
import trio
from attrs import define, field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Send

from trio_ingest.admin.events import STREAM_SECONDS, Stream, send_part
from trio_ingest.processing.globs import glob_pattern
from trio_ingest.processing.tap import Listener, Wants

MOST_LISTENERS = 8
SECONDS_BETWEEN_PARTS = 0.2
QUIET_SECONDS = 10.0
"""After that a blank line says that we live."""
PATIENCE_SECONDS = 10.0
"""How long what comes is kept for one who has not gone on yet."""
HEADERS = {"Content-Type": "application/x-ndjson; charset=utf-8", "X-Accel-Buffering": "no"}


@define(eq=False)
class Tail:
    """The listeners there are. *listeners* is where the lanes look for them."""

    listeners: list[Listener] = field(factory=list)
    _left: dict[str, tuple[Listener, float]] = field(factory=dict, init=False)
    """Those whose stream has ended in its time, and until when they are kept."""
    _somebody_left: trio.Event = field(factory=trio.Event, init=False)

    async def tail(self, request: Request) -> Response:
        """Answer with the lines that are wanted, or with 503 when too many listen."""
        if request.method == "HEAD":
            return Response(headers=HEADERS)
        name = request.query_params.get("continue")
        if name is not None:
            listener, _ = self._left.pop(name, (None, 0.0))
            if listener is None:
                return JSONResponse({"detail": "that stream is not kept any more"}, 410)
            return Stream(Telling(self, listener), HEADERS)
        if len(self.listeners) >= MOST_LISTENERS:
            detail = "too many listen"
            return JSONResponse({"detail": detail}, 503, headers={"Retry-After": "10"})
        parameters = request.query_params
        wants = wanted(parameters.getlist("sink"), parameters.getlist("entity"))
        return Stream(Telling(self, Listener(wants)), HEADERS)

    def keep(self, listener: Listener) -> str:
        """Return the name under which one who leaves may go on."""
        name = secrets.token_hex(8)
        self._left[name] = listener, trio.current_time() + PATIENCE_SECONDS
        self._somebody_left.set()
        return name

    async def forget(self) -> None:
        """Give up those who do not go on, until cancelled."""
        try:
            while True:
                await self._somebody_left.wait()  # there is nobody for days, in most homes
                self._somebody_left = trio.Event()
                while self._left:
                    await trio.sleep(1.0)
                    self._forget(trio.current_time())
        finally:
            self._forget(inf)

    def _forget(self, now: float) -> None:
        for name, (listener, until) in list(self._left.items()):
            if until <= now:
                del self._left[name]
                self.listeners.remove(listener)


@define(eq=False)
class Telling:
    """What one stream tells."""

    tail: Tail
    listener: Listener
    _kept_as: str | None = field(default=None, init=False)

    @contextmanager
    def listening(self) -> Generator[None]:
        """Listen within the block, and on if the stream has ended in its time."""
        if self.listener not in self.tail.listeners:
            self.tail.listeners.append(self.listener)
        try:
            yield
        finally:
            if self._kept_as is None and self.listener in self.tail.listeners:
                self.tail.listeners.remove(self.listener)

    async def tell(self, send: Send) -> None:
        """Send what comes, several lines at a time, until it is time to end."""
        ends = trio.current_time() + STREAM_SECONDS
        said = trio.current_time()
        await send_part(send, b"\n")
        while trio.current_time() < ends:
            part = self._part()
            if not part and trio.current_time() - said >= QUIET_SECONDS:
                part = b"\n"
            if part:
                await send_part(send, part)
                said = trio.current_time()
            await trio.sleep(SECONDS_BETWEEN_PARTS)
        self._kept_as = self.tail.keep(self.listener)

    def last_words(self) -> bytes:
        """Return how to go on."""
        return encode({"continue": self._kept_as}) if self._kept_as else b""

    def _part(self) -> bytes:
        lines, missed = self.listener.take()
        told = [encode({"sink": sink, "line": line.decode()}) for sink, line in lines]
        return b"".join(told) + (encode({"missed": missed}) if missed else b"")


def wanted(sinks: list[str], globs: list[str]) -> Wants:
    """Return what is cared for: lines of these sinks, about entities that a glob fits.

    Without either, all; an event that names several entities is about each of them.
    """
    fits = glob_pattern(globs or ["*"]).match

    def wants(sink: str, entities: Sequence[str]) -> bool:
        return (not sinks or sink in sinks) and (not globs or any(map(fits, entities)))

    return wants


def encode(message: dict[str, object]) -> bytes:
    """Return a message as a line."""
    return msgspec.json.encode(message) + b"\n"
