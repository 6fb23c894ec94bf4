"""A real Prometheus from Debian's package, that scrapes one daemon often."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from attrs import define

from tests.support.servers import Server, free_port, running

JOB = "trio-ingest"
SCRAPE_INTERVAL = "250ms"


@define(kw_only=True)
class Prometheus(Server):
    """Prometheus 2.42 or newer."""

    async def ask(self, query: str) -> list[dict[str, Any]]:
        """Return the series that an expression has now: `metric` and `value`."""
        return (await self.get("query", query=query))["result"]

    async def get(self, what: str, **parameters: str) -> Any:
        """Return the data of an answer of its API."""
        async with httpx.AsyncClient(base_url=f"{self.url}/api/v1/") as client:
            answer = (await client.get(what, params=parameters)).json()
        assert "success" == answer["status"], answer
        return answer["data"]


@contextmanager
def running_prometheus(directory: Path, target: str, rules: Path) -> Generator[Prometheus]:
    """Run one that scrapes *target* (`host:port`), whether somebody is there or not."""
    port = free_port()
    configuration = directory / "prometheus.yml"
    configuration.write_text(
        f"""
global: {{scrape_interval: {SCRAPE_INTERVAL}, evaluation_interval: {SCRAPE_INTERVAL}}}
rule_files: ["{rules}"]
scrape_configs: [{{job_name: {JOB}, static_configs: [{{targets: ["{target}"]}}]}}]
"""
    )
    server = Prometheus(
        command=[
            "prometheus",
            f"--config.file={configuration}",
            f"--storage.tsdb.path={directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        url=f"http://127.0.0.1:{port}",
        ready_path="/-/ready",
        log=directory / "prometheus.log",
    )
    with running(server):
        yield server
