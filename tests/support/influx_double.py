"""A stand-in for InfluxDB 1, 2 and 3: their write paths, bodies and codes, and their bad days.

The contract suite of the sink runs against this and against the real servers, so that it stays
true to them. It parses what tests write, not all of line protocol.
"""

import gzip
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from email.utils import formatdate
from functools import partial
from urllib.parse import parse_qsl, urlsplit

import h11
import trio
from attrs import define, field, frozen

from tests.support.influx_lines import BadLine, Point, Value, parse_line
from trio_ingest.config.line_protocol_model import InfluxApi

NANOSECONDS = {
    InfluxApi.V1: {"n": 1, "ns": 1, "u": 10**3, "ms": 10**6, "s": 10**9},
    InfluxApi.V2: {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9},
    InfluxApi.V3: {"nanosecond": 1, "microsecond": 10**3, "millisecond": 10**6, "second": 10**9},
}
PATHS = {
    InfluxApi.V1: "/write",
    InfluxApi.V2: "/api/v2/write",
    InfluxApi.V3: "/api/v3/write_lp",
}


@frozen
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = ()


TYPE_NAMES = {str: "string", float: "float", int: "integer", bool: "boolean"}

HANG = "hang"
RESET = "reset"
GARBLED = "garbled"
"""The line is repeated in a header, with the NUL in it, as InfluxDB 1.6.7 does."""
Fault = Answer | str
WEB_PAGE = Answer(200, b"<!doctype html><title>InfluxDB</title>")


@frozen(kw_only=True)
class Request:
    """What the double was sent."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@define(kw_only=True)
class InfluxDouble:
    """One server. `faults` are what it does to the next requests instead of its work."""

    api: InfluxApi
    authorization: str | None = None
    databases: set[str] = field(factory=lambda: {"home"})
    max_body: int = 64 * 1024
    url: str = ""
    faults: deque[Fault] = field(factory=deque)
    requests: list[Request] = field(factory=list)
    made: list[dict[str, object]] = field(factory=list)
    """The databases and buckets that were asked for, as they were."""
    points: dict[tuple[str, int], dict[str, Value]] = field(factory=dict)
    _types: dict[tuple[str, str], type] = field(factory=dict)

    def rows(self, measurement: str) -> dict[int, dict[str, Value]]:
        """Return what is stored of a measurement by time in nanoseconds; one series a time."""
        return {
            time: fields
            for (series, time), fields in self.points.items()
            if series.partition(",")[0] == measurement
        }

    def answer(self, request: Request) -> Fault:
        """Do what an InfluxDB of this version does."""
        is_open = self.api is not InfluxApi.V3 and request.path in ("/ping", "/health")
        if not is_open and self.authorization not in (None, request.headers.get("authorization")):
            return self._error(401, "unauthorized", "unauthorized access")
        if (answer := self._tell(request)) is not None:
            return answer
        if request.path != PATHS[self.api]:
            return WEB_PAGE if self.api is InfluxApi.V2 else Answer(404, b"404 page not found\n")
        return self._write(request)

    def _tell(self, request: Request) -> Answer | None:
        """Answer what is no write, as the documentation has it; None: it is none of these."""
        v1, v2, v3 = InfluxApi
        health = {"name": "influxdb", "status": "pass", "version": "v2.7.12"}
        org = {"id": "0123456789abcdef", "name": request.query.get("org")}
        databases = [{"iox::database": name} for name in sorted(self.databases)]
        answers: dict[tuple[InfluxApi, str, str], Callable[[], Answer]] = {
            (v1, "GET", "/ping"): lambda: Answer(204, b"", [("X-Influxdb-Version", "1.8.10")]),
            (v2, "GET", "/health"): lambda: told(health),
            (v2, "GET", "/api/v2/orgs"): lambda: told({"orgs": [org]}),
            (v2, "GET", "/api/v2/buckets"): lambda: self._buckets(request.query.get("name", "")),
            (v2, "POST", "/api/v2/buckets"): lambda: self._make("name", request, 201),
            (v3, "GET", "/ping"): lambda: told({"version": "3.4.2", "revision": "abc"}),
            (v3, "GET", "/api/v3/configure/database"): lambda: told(databases),
            (v3, "POST", "/api/v3/configure/database"): lambda: self._make("db", request, 200),
        }
        answer = answers.get((self.api, request.method, request.path))
        return None if answer is None else answer()

    def _make(self, key: str, request: Request, status: int) -> Answer:
        wish = json.loads(request.body)
        self.databases.add(wish[key])
        self.made.append(wish)
        return told(wish, status)

    def _write(self, request: Request) -> Answer:
        if len(request.body) > self.max_body:
            return self._error(413, "request too large", "Request Entity Too Large")
        database = request.query.get("bucket" if self.api is InfluxApi.V2 else "db", "")
        if self.api is InfluxApi.V3:
            self.databases.add(database)
        if database not in self.databases:
            what = "bucket" if self.api is InfluxApi.V2 else "database"
            return self._error(404, "not found", f'{what} not found: "{database}"')
        scale = NANOSECONDS[self.api].get(request.query["precision"])
        if scale is None and self.api is not InfluxApi.V1:
            return self._error(400, "invalid", "invalid precision")
        body = request.body
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        if not body:
            empty = "writing requires points"
            no_points = self._error(400, "invalid", empty)
            return Answer(204) if self.api is InfluxApi.V1 else no_points
        return self._store(body.decode().splitlines(), scale or 1)

    def _store(self, lines: Sequence[str], scale: int) -> Answer:
        """Take the lines, each version in its own way of refusing some."""
        good: list[Point] = []
        bad: dict[int, str] = {}
        for number, line in enumerate(lines):
            try:
                good.append(parse_line(line))
            except BadLine as why:
                bad[number] = str(why)
        if bad and self.api is InfluxApi.V2:
            return self._error(400, "invalid", self._quoted(lines, bad))
        conflicts = {
            point.line: words for point in good if (words := self._keep(point, scale)) is not None
        }
        if self.api is InfluxApi.V3:
            bad |= {lines.index(line): words for line, words in conflicts.items()}
            return self._partial(lines, bad)
        if conflicts:
            words = next(iter(conflicts.values()))
            words = f"partial write: {words} dropped={len(conflicts)}"
            if self.api is InfluxApi.V1:
                return self._error(400, "", words)
            words = f"failure writing points to database: {words}"
            return self._error(422, "unprocessable entity", words)
        if bad:
            words = self._quoted(lines, bad)
            return self._error(400, "", f"partial write: {words} dropped=0" if good else words)
        return Answer(204)

    def _keep(self, point: Point, scale: int) -> str | None:
        """Store *point*, or return why not: the first of its fields that has another type."""
        for name, value in point.fields.items():
            known = self._types.setdefault((point.measurement, name), type(value))
            if known is not type(value):
                return self._conflict(point.measurement, name, type(value), known)
        row = self.points.setdefault((point.series, point.time * scale), {})
        row |= point.tags | point.fields
        return None

    def _conflict(self, measurement: str, name: str, told: type, known: type) -> str:
        is_type, exists_as = TYPE_NAMES[told], TYPE_NAMES[known]
        if self.api is InfluxApi.V3:
            kind = "iox::column_type::field::"
            return (
                f"invalid column type for column '{name}', expected {kind}{exists_as}, "
                f"got {kind}{is_type}"
            )
        return (
            f'field type conflict: input field "{name}" on measurement "{measurement}" '
            f"is type {is_type}, already exists as type {exists_as}"
        )

    def _quoted(self, lines: Sequence[str], bad: Mapping[int, str]) -> str:
        return "\n".join(f"unable to parse '{lines[n]}': {why}" for n, why in bad.items())

    def _partial(self, lines: Sequence[str], bad: Mapping[int, str]) -> Answer:
        if not bad:
            return Answer(204)
        data = [
            {"original_line": lines[n][:20], "line_number": n + 1, "error_message": why}
            for n, why in sorted(bad.items())
        ]
        content = {"error": "partial write of line protocol occurred", "data": data}
        return Answer(400, json.dumps(content).encode())

    def _error(self, status: int, code: str, message: str) -> Answer:
        match self.api:
            case InfluxApi.V1:
                content: object = {"error": message}
            case InfluxApi.V2:
                content = {"code": code, "message": message}
            case InfluxApi.V3 if status == 401:
                return Answer(401)
            case InfluxApi.V3:
                return Answer(status, message.encode())
        return Answer(status, json.dumps(content).encode())

    def _buckets(self, name: str) -> Answer:
        rules = [{"type": "expire", "everySeconds": 720 * 3600}]
        found = [{"name": name, "retentionRules": rules}] if name in self.databases else []
        return told({"buckets": found})

    async def serve(self, stream: trio.abc.Stream) -> None:
        """Serve one connection until the peer closes or breaks it, or a fault does."""
        with suppress(h11.RemoteProtocolError, trio.BrokenResourceError):
            await self._converse(stream)

    async def _converse(self, stream: trio.abc.Stream) -> None:
        connection = h11.Connection(h11.SERVER)
        async with stream:
            while connection.our_state is h11.IDLE:
                request = await receive(connection, stream)
                if request is None:
                    return
                self.requests.append(request)
                answer = self.faults.popleft() if self.faults else self.answer(request)
                if answer == HANG:
                    await trio.sleep_forever()
                if answer == GARBLED:
                    await stream.send_all(
                        b"HTTP/1.1 400 Bad Request\r\nX-Influxdb-Error: \0\r\n\r\n"
                    )
                if isinstance(answer, str):
                    return
                await reply(connection, stream, answer)
                if connection.our_state is h11.DONE:
                    connection.start_next_cycle()


async def receive(connection: h11.Connection, stream: trio.abc.Stream) -> Request | None:
    """Return the next request; None when the peer is gone."""
    head: h11.Request | None = None
    body = b""
    while True:  # noqa: ASYNC913 - h11 wants data before long
        match connection.next_event():
            case h11.NEED_DATA:
                connection.receive_data(await stream.receive_some())
            case h11.Request() as event:
                head = event
            case h11.Data() as event:
                body += event.data
            case h11.EndOfMessage() if head is not None:
                target = urlsplit(head.target.decode())
                return Request(
                    method=head.method.decode(),
                    path=target.path,
                    query=dict(parse_qsl(target.query)),
                    headers={name.decode(): value.decode() for name, value in head.headers},
                    body=body,
                )
            case _:
                return None


async def reply(connection: h11.Connection, stream: trio.abc.Stream, answer: Answer) -> None:
    """Send *answer*."""
    headers = list(answer.headers)
    if "date" not in [name.lower() for name, _ in headers]:
        headers.append(("Date", formatdate(usegmt=True)))
    if answer.status != 204:
        headers.append(("Content-Length", str(len(answer.body))))
    for event in (
        h11.Response(status_code=answer.status, headers=headers),
        h11.Data(data=answer.body),
        h11.EndOfMessage(),
    ):
        await stream.send_all(connection.send(event) or b"")


def told(content: object, status: int = 200) -> Answer:
    """Return an answer of JSON."""
    headers = [("Content-Type", "application/json")]
    return Answer(status, json.dumps(content).encode(), headers)


@asynccontextmanager
async def open_influx_double(double: InfluxDouble, port: int = 0) -> AsyncGenerator[InfluxDouble]:
    """Serve *double* on a port of loopback (0: any) and tell it its `url`; at the end it is gone."""
    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_tcp, double.serve, port, host="127.0.0.1")
        [listener] = await nursery.start(serve)
        double.url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}"
        yield double
        nursery.cancel_scope.cancel(reason="the test is over")
