"""Telling a double of data-api, over HTTP, of a simulated home."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
import trio
from attrs import evolve
from trio.testing import MockClock

from tests.home_assistant.following import config_for, until
from tests.support.data_api_double import PATHS, DataApiDouble, open_data_api_double
from tests.support.influx_double import Answer
from tests.support.servers import free_port
from trio_ingest.config.common import Secret
from trio_ingest.config.model import AdminConfig, Config, DataApiConfig, PublishConfig
from trio_ingest.config.sink_model import SqliteSinkConfig
from trio_ingest.order import Order
from trio_ingest.publishing.data_api import NotTaken, open_data_api
from trio_ingest.publishing.payloads import Post
from trio_ingest.river import River
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator
from trio_ingest.topology import run_river

KEY = "the-key-of-data-api"
POST = Post(path=PATHS[0], noun="device", amount=1, body=b'[{"id":"d"}]')


@pytest.fixture
async def double() -> AsyncGenerator[DataApiDouble]:
    async with open_data_api_double(DataApiDouble(key=KEY)) as opened:
        yield opened


@pytest.fixture
def config(double: DataApiDouble) -> DataApiConfig:
    return DataApiConfig(url=double.url, token=Secret(value=KEY), home="home")


async def send(config: DataApiConfig) -> None:
    """Send one request."""
    async with open_data_api(config) as data_api:
        await data_api.send(POST)


async def test_taken(double: DataApiDouble, config: DataApiConfig) -> None:
    """The key is shown, and the body is JSON; a path in the URL is kept."""
    await send(config)
    with pytest.raises(NotTaken, match="HTTP 404"):
        await send(evolve(config, url=f"{double.url}/prefix/"))

    good, prefixed = double.requests
    assert [(PATHS[0], [{"id": "d"}])] == double.taken
    assert f"Bearer {KEY}" == good.headers["authorization"]
    assert "application/json" == good.headers["content-type"]
    assert "/prefix/internal/devices/bulk_upsert" == prefixed.path


@pytest.mark.parametrize(
    ("answer", "words", "least", "needs_operator"),
    [
        (Answer(500, b"oh"), "HTTP 500: oh", 0.0, False),
        (Answer(429, b"slow", [("Retry-After", "9")]), "HTTP 429: slow", 9.0, False),
        (Answer(401, KEY.encode()), r"HTTP 401: \*\*\*", 30.0, True),
        (Answer(302, b"", [("Location", "/login")]), "HTTP 302", 0.0, False),
        (None, "disconnected", 0.0, False),
    ],
)
async def test_not_taken(
    double: DataApiDouble,
    config: DataApiConfig,
    *,
    answer: Answer | None,
    words: str,
    least: float,
    needs_operator: bool,
) -> None:
    """Whatever is not a 200 is said in its words, without the key."""
    double.faults.append(answer)

    with pytest.raises(NotTaken, match=words) as raised:
        await send(config)

    assert (least, needs_operator) == (raised.value.at_least_seconds, raised.value.needs_operator)


async def test_nobody_there(tmp_path: Path, config: DataApiConfig) -> None:
    """A port that nobody listens on, and a key that cannot be read, are told apart."""
    with pytest.raises(NotTaken, match="refused"):
        await send(evolve(config, url=f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(NotTaken, match="No such file") as raised:
        await send(evolve(config, token=Secret(file=tmp_path / "none")))

    assert raised.value.needs_operator


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with open_simulator(Home(number_of_entities=12)) as opened:
        yield opened


@pytest.fixture
def fast_clock() -> MockClock:
    """Trio's clock, twenty times as fast; sockets do not mind."""
    return MockClock(rate=20)


def whole(simulator: Simulator, directory: Path, data_api: DataApiConfig | None) -> Config:
    """Return a configuration that records the home, and tells data-api of it or not."""
    return Config(
        source=None,
        state_directory=directory,
        home_assistants=(config_for(simulator),),
        sinks=(SqliteSinkConfig(name="embedded", path=directory / "home.db"),),
        admin=AdminConfig(listen=""),
        publish=PublishConfig(data_api=data_api),
    )


def running(orders: Order[Config]) -> Callable[[], Awaitable[None]]:
    """Return what runs the river as it is ordered."""
    return partial(run_river, River(), orders, begin=lambda _: None, stand=lambda: None)


async def test_a_home_is_told(
    simulator: Simulator,
    double: DataApiDouble,
    config: DataApiConfig,
    *,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    fast_clock: MockClock,
) -> None:
    """Beside the recording a home is told as Home Assistant lists it, and again after a change."""
    caplog.set_level(logging.DEBUG)
    double.faults.append(Answer(500, b"not yet"))
    orders = Order(whole(simulator, tmp_path, config))
    registries = simulator.core.registries

    async with trio.open_nursery() as nursery:
        nursery.start_soon(running(orders))
        await until(lambda: len(double.taken) == 3)
        simulator.rename_area(next(iter(registries.areas)), "Elsewhere")
        await until(lambda: len(double.taken) == 6)
        orders.give(None)

    paths = [path for path, _ in double.taken]
    (_, devices), (_, entities), (_, services) = double.taken[:3]
    assert [*PATHS, *PATHS] == paths
    assert list(registries.entities.values()) == entities
    assert [{**each, "integration": "simulator"} for each in registries.devices.values()] == devices
    assert {"homeassistant", "light"} == set(services)
    assert "was told of" in caplog.text
    assert KEY not in caplog.text
    assert 2 == sum(each.is_authenticated for each in simulator.connections) - 1


async def test_nobody_is_told(
    simulator: Simulator, double: DataApiDouble, tmp_path: Path, fast_clock: MockClock
) -> None:
    """Without its table nothing is sent, and Home Assistant sees one session only."""
    orders = Order(whole(simulator, tmp_path, None))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(running(orders))
        await until(lambda: any(each.is_authenticated for each in simulator.connections))
        await trio.sleep(30)
        orders.give(None)

    assert [] == double.requests
    assert 1 == len(simulator.connections)
