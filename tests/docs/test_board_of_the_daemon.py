"""docs/grafana/daemon.json and docs/prometheus/alerts.yml in a Prometheus that scrapes a daemon."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import trio
from attrs import frozen

from tests.admin.running import Watched, wait_written, watched
from tests.docs.alerts import ALERTS, RULES
from tests.docs.boards import filled_in, queries_of, variables
from tests.support.prometheus import JOB, Prometheus, running_prometheus
from tests.support.servers import free_port

BOARD = "daemon.json"
QUERIES = list(queries_of(BOARD))
VALUES = {
    "job": JOB,
    "instance": ".*",
    "home": ".*",
    "sink": ".*",
    "__rate_interval": "5s",
    "__range": "1m",
}
EMPTY_WHEN_ALL_IS_WELL = {
    "Open gaps",
    "Time that the open gaps span",
    "Points dropped, by reason",
}

pytestmark = pytest.mark.servers


PATIENCE_SECONDS = 20.0


@frozen
class Scraped:
    """A daemon that records, and a Prometheus that watches it."""

    watched: Watched
    prometheus: Prometheus

    async def wait_for(self, expression: str, *, is_there: bool = True) -> None:
        """Wait until an expression has an answer, or none any more."""
        with trio.move_on_after(PATIENCE_SECONDS):
            while is_there != bool(await self.prometheus.ask(expression)):
                await trio.sleep(0.1)
            return
        raise AssertionError(f"{expression}: {await self.prometheus.ask(expression)}")

    async def wait_value(self, panel: str, value: float) -> None:
        """Wait until the one figure of a panel is *value*."""
        [text] = [query.text for query in QUERIES if query.panel == panel]
        await self.wait_for(f"({filled_in(text, VALUES)}) == {value}")

    async def offered(self, variable: str) -> set[str]:
        """Return what can be chosen."""
        query = filled_in(variables(BOARD)[variable]["query"]["query"], VALUES)
        metric, _, label = query.removeprefix("label_values(").removesuffix(")").rpartition(", ")
        return {series["metric"][label] for series in await self.prometheus.ask(metric)}


@pytest.fixture
async def scraped(tmp_path: Path) -> AsyncGenerator[Scraped]:
    port = free_port()
    with running_prometheus(tmp_path, f"127.0.0.1:{port}", RULES) as prometheus:
        async with watched(tmp_path, f'listen = "127.0.0.1:{port}"') as daemon:
            await wait_written(daemon)
            yield Scraped(daemon, prometheus)


async def test_every_panel_shows_something(scraped: Scraped) -> None:
    """Each query has an answer while all is well, but those that are about what is not well."""
    expected_empty = [query for query in QUERIES if query.panel in EMPTY_WHEN_ALL_IS_WELL]

    scraped.watched.simulator.step()
    for query in QUERIES:
        if query not in expected_empty:
            await scraped.wait_for(filled_in(query.text, VALUES))

    assert EMPTY_WHEN_ALL_IS_WELL == {query.panel for query in expected_empty}
    for query in expected_empty:
        assert not await scraped.prometheus.ask(filled_in(query.text, VALUES))


async def test_figures_and_alerts(scraped: Scraped) -> None:
    """The variables offer what is there, the first row says yes and no alert stirs; with the token
    revoked the row says no and an alert stirs."""
    ours = f'ALERTS{{job="{JOB}"}}'
    await scraped.wait_value("Recording", 1)
    await scraped.wait_value("Homes", 1)
    await scraped.wait_value("Databases", 1)
    await scraped.wait_value("Lost gaps", 0)
    groups = (await scraped.prometheus.get("rules"))["groups"]
    await scraped.wait_for("ALERTS", is_there=False)
    assert {
        "job": {JOB},
        "instance": {f"127.0.0.1:{scraped.watched.port}"},
        "home": {"home"},
        "sink": {"embedded"},
    } == {name: await scraped.offered(name) for name in ("job", "instance", "home", "sink")}

    scraped.watched.simulator.revoke_token()
    scraped.watched.simulator.kick_all()

    await scraped.wait_value("Recording", 0)
    await scraped.wait_value("Homes", 0)
    await scraped.wait_for(f'{ours[:-1]},alertname="TrioIngestHomeAway"}}')
    assert list(ALERTS) == [rule["name"] for group in groups for rule in group["rules"]]
    assert {"ok"} == {rule["health"] for group in groups for rule in group["rules"]}
