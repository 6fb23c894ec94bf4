"""`/tail`, with time that is virtual: what is told, and what becomes of those who do not listen."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
import trio
from starlette.requests import Request
from starlette.responses import JSONResponse
from trio.testing import MockClock

from trio_ingest.admin.events import STREAM_SECONDS
from trio_ingest.admin.tail import MOST_LISTENERS, PATIENCE_SECONDS, QUIET_SECONDS, Tail, wanted
from trio_ingest.processing.tap import Listener


def request(query: str = "", method: str = "GET") -> Request:
    return Request(
        {"type": "http", "method": method, "query_string": query.encode(), "headers": []}
    )


class Client:
    """One who reads what is sent, until told to leave."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.leaves = trio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await trio.lowlevel.checkpoint()
        if message["type"] == "http.response.body":
            self.parts.append(message["body"])

    async def listen(self, tail: Tail, query: str = "") -> None:
        response = await tail.tail(request(query))
        await response({"type": "http"}, self.receive, self.send)

    def messages(self) -> list[Any]:
        return [json.loads(line) for line in b"".join(self.parts).splitlines() if line]


def hear(
    tail: Tail, *lines: str, sink: str = "influx", entities: Sequence[str] = ("lock.a",)
) -> None:
    for line in lines:
        for each in tail.listeners:
            each.hear(sink, tuple(entities), line.encode())


async def test_lines_come_as_they_are_written(autojump_clock: MockClock) -> None:
    """A line is told within a moment, with its sink; when nothing comes there is a sign of life."""
    tail, client = Tail(), Client()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.listen, tail)
        await trio.sleep(1)
        hear(tail, "a", "b")
        await trio.sleep(0.3)
        told = client.messages()
        await trio.sleep(QUIET_SECONDS + 1)
        client.leaves.set()

    assert [{"sink": "influx", "line": "a"}, {"sink": "influx", "line": "b"}] == told
    assert b"\n" == client.parts[-2]
    assert [] == tail.listeners


async def test_a_slow_reader(autojump_clock: MockClock) -> None:
    """Who does not keep up is told how much he missed; nobody waits for him."""
    tail, client = Tail(), Client()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.listen, tail)
        await trio.sleep(0.1)
        tail.listeners[0].most_bytes = 250
        hear(tail, "a", "b", "c", "d")
        await trio.sleep(1)
        client.leaves.set()

    assert ["a", "b", {"missed": 2}] == [each.get("line", each) for each in client.messages()]


async def test_going_on(autojump_clock: MockClock) -> None:
    """A stream ends in its time; who goes on as he is told to has missed nothing between."""
    tail, first, second = Tail(), Client(), Client()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tail.forget)
        began = trio.current_time()
        await first.listen(tail, "entity=lock.*")
        assert STREAM_SECONDS <= trio.current_time() - began < STREAM_SECONDS + 1
        [end] = first.messages()
        hear(tail, "between")
        hear(tail, "not wanted", entities=("light.a",))
        await trio.sleep(PATIENCE_SECONDS / 2)

        nursery.start_soon(second.listen, tail, f"continue={end['continue']}")
        await trio.sleep(PATIENCE_SECONDS)
        second.leaves.set()
        await trio.sleep(1)
        nursery.cancel_scope.cancel()

    assert [{"sink": "influx", "line": "between"}] == second.messages()
    assert [] == tail.listeners


async def test_who_does_not_go_on_is_forgotten(autojump_clock: MockClock) -> None:
    """One who does not come back in time is given up, and told so when he comes after all."""
    tail, client = Tail(), Client()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tail.forget)
        await client.listen(tail)
        kept = list(tail.listeners)
        await trio.sleep(PATIENCE_SECONDS + 2)
        nursery.cancel_scope.cancel()

    answer = await tail.tail(request(f"continue={client.messages()[-1]['continue']}"))
    assert (1, []) == (len(kept), tail.listeners)
    assert isinstance(answer, JSONResponse)
    assert 410 == answer.status_code


async def test_the_end_of_the_server_forgets_all(autojump_clock: MockClock) -> None:
    """When the server ends, nobody is kept for whom there would be no more streams."""
    listeners: list[Listener] = []
    tail = Tail(listeners)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tail.forget)
        await Client().listen(tail)
        nursery.cancel_scope.cancel()

    assert [] == listeners


async def test_too_many(autojump_clock: MockClock) -> None:
    """So many may listen at once, those included who are waited for."""
    tail = Tail([Listener() for _ in range(MOST_LISTENERS)])

    assert 503 == (await tail.tail(request())).status_code


@pytest.mark.parametrize(
    ("sinks", "globs", "sink", "entities", "is_wanted"),
    [
        ([], [], "influx", (), True),
        (["influx"], [], "influx", (), True),
        (["other"], [], "influx", (), False),
        ([], ["lock.*"], "influx", ("light.a", "lock.a"), True),
        ([], ["lock.*", "sun.sun"], "influx", ("light.a",), False),
        ([], ["*"], "influx", (), False),
    ],
)
def test_wanted(
    sinks: list[str], globs: list[str], sink: str, entities: tuple[str, ...], is_wanted: bool
) -> None:
    """A line is wanted for its sink, and for one of the entities that it is about."""
    assert is_wanted is wanted(sinks, globs)(sink, entities)
