"""A real daemon that records a simulated home and serves at a free port or a socket file."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import trio
from attrs import define
from prometheus_client.parser import text_string_to_metric_families

from tests.support.daemon import DaemonProcess, running_daemon
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.simulator import Simulator

ENTITIES = 20
ADDRESS = re.compile(r"health and metrics at (\S+)")


@define
class Watched:
    """A daemon, the home that it records, and a client of its admin server."""

    daemon: DaemonProcess
    simulator: Simulator
    client: httpx.AsyncClient
    address: str

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    async def json(self, path: str) -> Any:
        answer = await self.client.get(path)
        assert answer.is_success, answer.text
        return answer.json()

    async def samples(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        """Scrape, and return the samples by name and labels."""
        answer = await self.client.get("/metrics")
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    async def value(self, name: str, **labels: str) -> float | None:
        return (await self.samples()).get((name, frozenset(labels.items())))

    async def records(self, entity_id: str) -> None:
        """Prove that the river flows: a change arrives in the database."""
        before = await self.value(
            "trio_ingest_points_total", sink="embedded", fate="written", reason=""
        )
        self.simulator.set_state(entity_id, "on")
        with trio.fail_after(20):
            while True:
                now = await self.value(
                    "trio_ingest_points_total", sink="embedded", fate="written", reason=""
                )
                if now == (before or 0) + 1:
                    return
                await trio.sleep(0.02)


def configuration(simulator: Simulator, admin: str, more: str = "") -> str:
    return f"""
        [admin]
        {admin}
        [home_assistant.home]
        url = "{simulator.url}"
        token = "{simulator.token}"
        reconnect_max_delay = "100ms"
        [sink.embedded]
        kind = "sqlite"
        path = "state/home.db"
        batch.linger = "50ms"
        {more}
    """


@asynccontextmanager
async def watched(
    directory: Path, admin: str = 'listen = "127.0.0.1:0"', more: str = ""
) -> AsyncGenerator[Watched]:
    """Run all of it; everything that the home had at first is written by then."""
    async with (
        open_simulator(Home(number_of_entities=ENTITIES)) as simulator,
        running_daemon(directory, configuration(simulator, admin, more)) as daemon,
    ):
        await daemon.wait_log("connected to")
        address = ADDRESS.findall(daemon.log())[-1]
        async with client_of(address) as client:
            yield Watched(daemon, simulator, client, address)


def client_of(address: str, **options: Any) -> httpx.AsyncClient:
    """Return a client of the server at *address*, as the daemon's log gives it."""
    if address.startswith("unix:"):
        transport = httpx.AsyncHTTPTransport(uds=address.removeprefix("unix:"))
        return httpx.AsyncClient(transport=transport, base_url="http://admin", **options)
    return httpx.AsyncClient(base_url=address, **options)


async def wait_written(watched: Watched, points: int = ENTITIES) -> None:
    """Wait until the database has so many points."""
    with trio.fail_after(20):
        while (await watched.json("/stats"))["sinks"]["embedded"]["account"]["written"] < points:
            await trio.sleep(0.02)
