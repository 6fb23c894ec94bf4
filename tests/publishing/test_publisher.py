"""When data-api is told, and what happens when it does not listen. Time is virtual."""

import logging
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
from attrs import define, field
from trio.testing import MockClock

from trio_ingest.backoff import Backoff
from trio_ingest.home_assistant.catalogue import Catalogue
from trio_ingest.home_assistant.errors import AccessRefused, SessionLost
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.publishing.data_api import NotTaken
from trio_ingest.publishing.payloads import Post
from trio_ingest.publishing.publisher import (
    LOOK_SECONDS,
    REFUSED_SECONDS,
    SETTLE_SECONDS,
    Publisher,
)

CATALOGUE = Catalogue(
    devices=[{"id": "d"}], entities=[{"entity_id": "a.b"}], services={"a": {"b": {}}}
)
ALL = ["device", "entity", "service"]


def registry(area: str = "Kitchen") -> Registry:
    return Registry(entries={"light.a": Entry(area=area)})


@define
class Scene:
    """A home, a taker, and what happened at which time."""

    latest: Latest[Registry] = field(factory=lambda: Latest(Registry()))
    troubles: deque[Exception | None] = field(factory=deque)
    """Of the next posts; None: that one is taken."""
    home_troubles: deque[Exception] = field(factory=deque)
    asked: list[float] = field(factory=list)
    taken: list[tuple[float, str]] = field(factory=list)

    async def ask(self) -> Catalogue:
        self.asked.append(trio.current_time())
        if self.home_troubles:
            raise ExceptionGroup("session", [self.home_troubles.popleft()])
        return CATALOGUE

    @asynccontextmanager
    async def open_taker(self) -> AsyncGenerator["Scene"]:
        yield self

    async def send(self, post: Post) -> None:
        trouble = self.troubles.popleft() if self.troubles else None
        if trouble is not None:
            raise trouble
        self.taken.append((trio.current_time(), post.noun))

    def nouns(self) -> list[str]:
        return [noun for _, noun in self.taken]


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def publisher(scene: Scene) -> Publisher:
    return Publisher(
        home="home",
        where="data-api",
        interval_seconds=1800.0,
        registry=scene.latest,
        ask=scene.ask,
        open_taker=scene.open_taker,
        backoff=Backoff(longest_seconds=300.0, draw=lambda _, bound: bound),
    )


async def test_once_the_registries_were_read(
    scene: Scene, publisher: Publisher, autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """Nothing is told before; then all is told once, in order, when things have settled."""
    nursery.start_soon(publisher.run)
    await trio.sleep(100)
    before = list(scene.taken)

    scene.latest.value = registry()
    await trio.sleep(100)

    assert [] == before
    assert ALL == scene.nouns()
    [asked] = scene.asked
    assert 100 + SETTLE_SECONDS <= asked <= 100 + SETTLE_SECONDS + LOOK_SECONDS
    statistics = publisher.statistics()
    assert ("waiting", 1, 3) == (statistics.state, statistics.rounds, statistics.requests)
    assert {"device": 1, "entity": 1, "service": 1} == statistics.told
    assert asked == statistics.last_success


async def test_again_after_changes(
    scene: Scene, publisher: Publisher, autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """Many changes one after the other are told once, when they are over."""
    scene.latest.value = registry()
    nursery.start_soon(publisher.run)
    await trio.sleep(100)

    for number in range(10):
        scene.latest.value = registry(f"Room {number}")
        await trio.sleep(2)
    await trio.sleep(100)

    assert ALL * 2 == scene.nouns()
    assert 120 < scene.asked[1] < 130


async def test_changes_without_end(
    scene: Scene, publisher: Publisher, autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """Registries that never come to rest are told all the same."""

    async def change() -> None:
        while True:
            scene.latest.value = registry(f"{trio.current_time()}")
            await trio.sleep(2)

    nursery.start_soon(change)
    nursery.start_soon(publisher.run)
    await trio.sleep(70)
    nursery.cancel_scope.cancel()

    assert ALL == scene.nouns()[:3]


async def test_now_and_then_without_a_change(
    scene: Scene, publisher: Publisher, autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """After the interval all is told again."""
    scene.latest.value = registry()
    nursery.start_soon(publisher.run)

    await trio.sleep(2 * 1800)

    assert ALL * 2 == scene.nouns()


async def test_tries_again(
    scene: Scene,
    publisher: Publisher,
    autojump_clock: MockClock,
    nursery: trio.Nursery,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What was not taken is sent again, later and later, and what was taken is not."""
    caplog.set_level(logging.INFO)
    scene.latest.value = registry()
    scene.troubles += [NotTaken("HTTP 500")] * 3
    nursery.start_soon(publisher.run)
    await trio.sleep(SETTLE_SECONDS + 0.5)
    in_trouble = publisher.statistics()
    await trio.sleep(100)

    assert ("in trouble", 1, "HTTP 500") == (
        in_trouble.state,
        in_trouble.failures,
        in_trouble.last_trouble,
    )
    assert [(SETTLE_SECONDS + 1 + 2 + 4, noun) for noun in ALL] == scene.taken
    assert 1 == len(scene.asked)
    assert 0 == publisher.statistics().failures
    warning, told = [record.getMessage() for record in caplog.records]
    assert "HTTP 500; trying again in 1.0 s" in warning
    assert "home: data-api was told of 1 device, 1 entity, 1 service" == told


@pytest.mark.parametrize("changes", [False, True])
async def test_goes_on_where_it_was(
    scene: Scene,
    publisher: Publisher,
    autojump_clock: MockClock,
    nursery: trio.Nursery,
    *,
    changes: bool,
) -> None:
    """Requests that were taken are not repeated, unless the registries have changed meanwhile."""
    scene.latest.value = registry()
    scene.troubles += [None, NotTaken("HTTP 500", at_least_seconds=10.0)]
    nursery.start_soon(publisher.run)
    await trio.sleep(SETTLE_SECONDS + 5)
    before = scene.nouns()
    if changes:
        scene.latest.value = registry("Cellar")
    await trio.sleep(100)

    assert ["device"] == before
    assert (["device", *ALL] if changes else ALL) == scene.nouns()
    assert (2 if changes else 1) == len(scene.asked)


@pytest.mark.parametrize(
    ("trouble", "least"),
    [
        (NotTaken("429", at_least_seconds=77.0), 77.0),
        (NotTaken("401", needs_operator=True), 30.0),
    ],
)
async def test_waits_as_long_as_it_takes(
    scene: Scene,
    publisher: Publisher,
    autojump_clock: MockClock,
    nursery: trio.Nursery,
    *,
    trouble: NotTaken,
    least: float,
) -> None:
    """It does not come back sooner than it was asked to, or than somebody can act."""
    scene.latest.value = registry()
    scene.troubles.append(trouble)
    nursery.start_soon(publisher.run)

    await trio.sleep(200)

    assert SETTLE_SECONDS + least == scene.taken[0][0]


@pytest.mark.parametrize(
    ("trouble", "least"), [(SessionLost("away"), 1.0), (AccessRefused("no"), REFUSED_SECONDS)]
)
async def test_home_assistant_does_not_answer(
    scene: Scene,
    publisher: Publisher,
    autojump_clock: MockClock,
    nursery: trio.Nursery,
    *,
    trouble: Exception,
    least: float,
) -> None:
    """That it is away is weather, and a token that it refuses is not shown again soon."""
    scene.latest.value = registry()
    scene.home_troubles.append(trouble)
    nursery.start_soon(publisher.run)

    await trio.sleep(1000)

    assert least == scene.asked[1] - scene.asked[0] - SETTLE_SECONDS
    assert ALL == scene.nouns()
