"""What the contract suite of the InfluxDB sink runs against, doubles and real servers alike."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from attrs import evolve, frozen

from tests.support.influx_double import InfluxDouble, open_influx_double
from tests.support.servers import (
    NGINX_TOKEN,
    WRITER,
    InfluxDB1,
    Server,
    VictoriaMetrics,
)
from trio_ingest.config.common import Secret
from trio_ingest.config.influx_model import InfluxAuth, InfluxSinkConfig
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.sinks.influx_request import read_authorization

Rows = Mapping[int, Mapping[str, Any]]


@frozen(kw_only=True)
class Target:
    """A server to write to. `rows` returns what it has stored of a measurement, by nanosecond."""

    config: InfluxSinkConfig
    rows: Callable[[str], Rows]
    creates_databases: bool = False
    limits_bodies: bool = True


OpenTarget = Callable[[], AbstractAsyncContextManager[Target]]

V1 = InfluxSinkConfig(
    name="influx",
    url="",
    api=InfluxApi.V1,
    auth=InfluxAuth.BASIC,
    username=WRITER[0],
    secret=Secret(value=WRITER[1]),
    database="home",
)
V2 = InfluxSinkConfig(
    name="influx",
    url="",
    api=InfluxApi.V2,
    auth=InfluxAuth.TOKEN,
    secret=Secret(value="the-token"),
    org="my org",
    bucket="home",
)
V3 = InfluxSinkConfig(
    name="influx",
    url="",
    api=InfluxApi.V3,
    auth=InfluxAuth.BEARER,
    secret=Secret(value="the-token"),
    database="home",
)


def double(config: InfluxSinkConfig) -> OpenTarget:
    """Return what opens a double for *config*, which says the version and the credential."""

    @asynccontextmanager
    async def open_target() -> AsyncGenerator[Target]:
        server = InfluxDouble(api=config.api, authorization=read_authorization(config))
        async with open_influx_double(server):
            yield Target(
                config=evolve(config, url=server.url),
                rows=server.rows,
                creates_databases=config.api is InfluxApi.V3,
            )

    return open_target


def real(target: Target) -> OpenTarget:
    """Return what opens a server that runs already."""

    @asynccontextmanager
    async def open_target() -> AsyncGenerator[Target]:
        yield target

    return open_target


def real_v1(server: InfluxDB1) -> Target:
    """InfluxDB 1.6.7 with authentication."""
    config = evolve(V1, url=server.url, database="strict")
    return Target(config=config, rows=influxql_rows(server, "strict"))


def real_v2(nginx: Server, behind: InfluxDB1) -> Target:
    """InfluxDB 1.6.7 behind an nginx that speaks version 2."""
    behind.create_database("home")
    config = evolve(V2, url=nginx.url, secret=Secret(value=NGINX_TOKEN))
    return Target(config=config, rows=influxql_rows(behind, "home"))


def victoria(server: VictoriaMetrics) -> Target:
    """VictoriaMetrics: numbers only, milliseconds only, and bad lines are dropped in silence."""

    def rows(measurement: str) -> Rows:
        found: dict[int, dict[str, Any]] = {}
        for series in server.export(f"{measurement}_.*"):
            labels = dict(series["metric"])
            name = labels.pop("__name__").removeprefix(f"{measurement}_")
            labels.pop("db")
            for time, value in zip(series["timestamps"], series["values"], strict=True):
                found.setdefault(time * 10**6, {}).update({name: value, **labels})
        return found

    config = evolve(V1, url=server.url)
    return Target(config=config, rows=rows, creates_databases=True, limits_bodies=False)


def influxql_rows(server: InfluxDB1, database: str) -> Callable[[str], Rows]:
    """Return what asks *server* for all fields and tags of a measurement."""

    def rows(measurement: str) -> Rows:
        return {
            row["time"]: {
                name: value for name, value in row.items() if name != "time" and value is not None
            }
            for row in server.query(f'SELECT * FROM "{measurement}"', database)
        }

    return rows


SERVERS = pytest.mark.servers
STRICT_TARGETS = [
    pytest.param(lambda _: double(V1), id="double-v1"),
    pytest.param(lambda _: double(V2), id="double-v2"),
    pytest.param(lambda _: double(V3), id="double-v3"),
    pytest.param(
        lambda fixture: real(real_v1(fixture("strict_influxdb"))),
        id="influxdb-1.6.7",
        marks=SERVERS,
    ),
    pytest.param(
        lambda fixture: real(real_v2(fixture("nginx_v2"), fixture("influxdb"))),
        id="nginx-v2",
        marks=SERVERS,
    ),
]
ALL_TARGETS = [
    *STRICT_TARGETS,
    pytest.param(
        lambda fixture: real(victoria(fixture("victoria_metrics"))),
        id="victoria-metrics",
        marks=SERVERS,
    ),
]
