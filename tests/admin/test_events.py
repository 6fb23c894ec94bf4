"""`/events`: news while somebody listens, bounded, and with a goodbye at the end."""

import json
from pathlib import Path
from typing import Any

import trio
from starlette.requests import Request

from tests.admin.running import wait_written, watched
from tests.admin.snapshots import WELL
from trio_ingest.admin import events
from trio_ingest.admin.events import Events
from trio_ingest.admin.recent import Recent

ASKED = {"type": "http", "method": "GET", "path": "/events", "headers": []}


def made() -> Events:
    return Events(lambda: WELL, Recent(lambda: WELL))


async def listen(source: Events, sent: list[Any], *, leaves_after: float = 1e9) -> None:
    """Ask for events, and leave after a while."""

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await trio.sleep(leaves_after)
        return {"type": "http.disconnect"}

    response = await source.events(Request(ASKED))
    await response(ASKED, receive, send)


def bodies(sent: list[Any]) -> list[bytes]:
    return [message["body"] for message in sent if message["type"] == "http.response.body"]


async def test_news_come_every_other_second(autojump_clock) -> None:
    """The first news come at once; the stream ends politely before the connection is cut off."""
    source, sent = made(), []

    await listen(source, sent)

    assert trio.current_time() == events.STREAM_SECONDS
    *told, last = bodies(sent)
    assert 1 + events.STREAM_SECONDS // events.NEWS_SECONDS == len(told)
    assert b"" == last
    assert sent[-1]["more_body"] is False
    assert "Recording." == json.loads(told[0].removeprefix(b"data: "))["verdict"]["title"]


async def test_whoever_leaves_is_told_nothing_more(autojump_clock) -> None:
    """A listener that is gone costs nothing."""
    source, sent = made(), []

    await listen(source, sent, leaves_after=3.0)

    assert trio.current_time() == 3.0
    assert 2 == len([body for body in bodies(sent) if body])
    assert 0 == source._listeners


async def test_listeners_are_bounded(autojump_clock) -> None:
    """One too many is turned away, and gets in when another has left."""
    source = made()
    too_many: list[Any] = []
    later: list[Any] = []
    async with trio.open_nursery() as nursery:
        for _ in range(events.MOST_LISTENERS):
            nursery.start_soon(listen, source, [])
        await trio.sleep(1)
        await listen(source, too_many)
    await listen(source, later, leaves_after=1)

    assert 503 == too_many[0]["status"]
    assert 200 == later[0]["status"]


async def test_the_end_is_said(autojump_clock) -> None:
    """At the end all who listen hear a goodbye at once; with nobody there it takes no time."""
    source, sent = made(), []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen, source, sent)
        await trio.sleep(1)
        await source.end()
        assert trio.current_time() == 1
    await source.end()

    assert trio.current_time() == 1
    assert events.GOODBYE == bodies(sent)[-1]


async def test_news_of_a_daemon(tmp_path: Path) -> None:
    """They are what /stats has, with the busiest entities; a stop says goodbye to who listens."""
    async with watched(tmp_path) as admin:
        await wait_written(admin)
        admin.simulator.set_state("light.busy", "on")
        await wait_written(admin, 21)
        stats = await admin.json("/stats")
        async with admin.client.stream("GET", "/events") as answer:
            lines = answer.aiter_lines()
            news = json.loads((await anext(lines)).removeprefix("data: "))
            assert stats.keys() < news.keys()
            assert ["light.busy"] == list(news["busiest"]["home"])
            assert "light.busy" not in json.dumps(stats)
            assert "text/event-stream; charset=utf-8" == answer.headers["content-type"]
            assert await admin.daemon.stop() == 0
            assert "event: goodbye" in [line async for line in lines]
