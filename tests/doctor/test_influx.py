"""What is found of the server of an InfluxDB sink: of doubles, and of real ones."""

import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
import trustme
from attrs import evolve

from tests.doctor.findings import not_ok, statuses, the
from tests.sinks.influx_targets import V1, V2, V3
from tests.support.influx_double import WEB_PAGE, InfluxDouble, open_influx_double
from tests.support.servers import (
    ADMIN,
    NGINX_TOKEN,
    READER,
    InfluxDB1,
    Server,
    VictoriaMetrics,
    free_port,
)
from trio_ingest.config.common import Secret
from trio_ingest.config.influx_model import InfluxAuth, InfluxSinkConfig
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.doctor.influx import Orders, check_influx
from trio_ingest.sinks.influx_request import read_authorization

DAY = 86_400
CONFIGS = {InfluxApi.V1: V1, InfluxApi.V2: V2, InfluxApi.V3: V3}
ALL_CHECKS = ["reachable", "tls", "api", "credentials", "database", "write", "clock"]
Fixture = Callable[[str], Any]


@asynccontextmanager
async def doubled(api: InfluxApi) -> AsyncGenerator[tuple[InfluxDouble, InfluxSinkConfig]]:
    """Open a double that knows the credential of the configuration."""
    config = CONFIGS[api]
    server = InfluxDouble(api=api, authorization=read_authorization(config))
    async with open_influx_double(server):
        yield server, evolve(config, url=server.url)


def written(server: InfluxDouble) -> list[bytes]:
    """Return the lines that were sent."""
    return [each.body for each in server.requests if "write" in each.path and each.body]


@pytest.mark.parametrize("api", InfluxApi)
async def test_nothing_is_written(api: InfluxApi) -> None:
    """Each version is known, and found to be well, without a point."""
    async with doubled(api) as (server, config):
        found = await check_influx(config, 10 * DAY)

    assert not [each for each in found if each.status == "failed"]
    assert ALL_CHECKS == list(statuses(found))
    assert f"InfluxDB {str(api)[1]}." in the("api", found).what
    assert [] == written(server)
    assert {} == server.points


@pytest.mark.parametrize("api", InfluxApi)
async def test_a_point_when_asked(api: InfluxApi) -> None:
    """`--write-test` writes one point, the way the daemon does."""
    async with doubled(api) as (server, config):
        found = await check_influx(config, DAY, Orders(writes=True))

    assert "ok" == the("write_test", found).status
    assert 1 == len(server.rows("trio_ingest_doctor"))


@pytest.mark.parametrize(
    ("api", "server_api", "right"),
    [
        (InfluxApi.V2, InfluxApi.V1, "v1"),
        (InfluxApi.V3, InfluxApi.V1, "v1"),
        (InfluxApi.V3, InfluxApi.V2, "v2"),
    ],
)
async def test_wrong_api(api: InfluxApi, server_api: InfluxApi, right: str) -> None:
    """An `api` that the server does not speak is named, with the one that it does."""
    async with doubled(server_api) as (server, _):
        found = await check_influx(evolve(CONFIGS[api], url=server.url), DAY)

    assert "failed" == the("api", found).status
    assert f'Say api = "{right}".' == the("api", found).advice
    assert ["reachable", "tls", "api"] == list(statuses(found))


@pytest.mark.parametrize("api", InfluxApi)
async def test_wrong_credential(api: InfluxApi) -> None:
    """A credential that is not accepted is named and never repeated."""
    async with doubled(api) as (server, config):
        server.authorization = "Bearer another"
        found = await check_influx(config, DAY)

    assert config.secret is not None
    assert "failed" == the("credentials", found).status
    assert "write" not in statuses(found)
    assert str(config.secret.value) not in repr(found)


async def test_secrets_that_a_server_repeats() -> None:
    """Not even a server can make us print the token."""
    async with doubled(InfluxApi.V2) as (server, config):
        echo = b'{"code":"unauthorized","message":"not with the-token"}'
        server.faults += [WEB_PAGE, WEB_PAGE, evolve(WEB_PAGE, status=401, body=echo)]
        found = await check_influx(config, DAY)

    assert "not with ***" in the("credentials", found).what
    assert "the-token" not in repr(found)


async def test_missing_token_file(tmp_path: Path) -> None:
    """A credential that cannot be read is the one finding."""
    config = evolve(V2, url="http://127.0.0.1:9", secret=Secret(file=tmp_path / "none"))

    [found] = await check_influx(config, DAY)

    assert ("credentials", "failed") == (found.check, found.status)


async def test_nobody_there() -> None:
    """A port that nobody listens on is the one finding."""
    [found] = await check_influx(evolve(V1, url=f"http://127.0.0.1:{free_port()}"), DAY)

    assert ("reachable", "failed") == (found.check, found.status)
    assert "correct the port" in found.advice


async def test_a_server_that_hangs() -> None:
    """A server that does not answer is not waited for longer than `timeout`."""
    async with doubled(InfluxApi.V2) as (server, config):
        server.faults.append("hang")
        [found] = await check_influx(evolve(config, timeout=0.05), DAY)

    assert "no answer within 0.05 s" in found.what


async def test_short_retention() -> None:
    """A bucket that keeps data for less than is fetched of the past is warned of."""
    async with doubled(InfluxApi.V2) as (_, config):
        enough = await check_influx(config, 30.0 * DAY)
        short = await check_influx(config, 31.0 * DAY)

    assert {} == not_ok(enough)
    assert "keeps data for 30 days" in the("database", enough).what
    assert {"database": "warning"} == not_ok(short)


async def test_a_bucket_is_made() -> None:
    """`--create` makes a missing bucket with its retention, and changes none that is there."""
    async with doubled(InfluxApi.V2) as (server, config):
        new = evolve(config, bucket="new")
        missing = await check_influx(new, DAY)
        made = await check_influx(new, DAY, Orders(creates=True, retention_seconds=365 * DAY))
        again = await check_influx(new, DAY, Orders(creates=True, retention_seconds=DAY))

    assert "failed" == the("database", missing).status
    assert "--create" in the("database", missing).advice
    assert {} == not_ok(made)
    assert "keeps data for 365 days" in the("create", made).what
    assert "create" not in statuses(again)
    [bucket] = server.made
    assert "new" == bucket["name"]
    assert [{"everySeconds": 365 * DAY, "type": "expire"}] == bucket["retentionRules"]
    assert "0123456789abcdef" == bucket["orgID"]


async def test_a_database_of_version_3_is_made() -> None:
    """InfluxDB 3 makes databases when they are written to, so we do not; or when it is told to."""
    async with doubled(InfluxApi.V3) as (server, config):
        new = evolve(config, database="new")
        missing = await check_influx(new, DAY)
        before = set(server.databases)
        made = await check_influx(new, DAY, Orders(creates=True, retention_seconds=DAY))

    assert {"write": "skipped"} == not_ok(missing)
    assert "made by the first write" in the("database", missing).what
    assert {"home"} == before
    assert {} == not_ok(made)
    assert [{"db": "new", "retention_period": "86400s"}] == server.made


async def test_tls(tmp_path: Path) -> None:
    """A certificate of an unknown authority is told as such; with its `ca_file` all is well."""
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = InfluxDouble(api=InfluxApi.V1)

    async with trio.open_nursery() as nursery:
        serve = partial(
            trio.serve_ssl_over_tcp, server.serve, 0, context, host="127.0.0.1",
            https_compatible=True,
        )  # fmt: skip
        [listener] = await nursery.start(serve)
        port = listener.transport_listener.socket.getsockname()[1]
        config = evolve(V1, url=f"https://127.0.0.1:{port}")
        [unknown] = await check_influx(config, DAY)
        known = await check_influx(evolve(config, ca_file=ca_file), DAY)
        nursery.cancel_scope.cancel()

    assert ("tls", "failed") == (unknown.check, unknown.status)
    assert "ca_file" in unknown.advice
    assert "its certificate is valid" == the("tls", known).what


def strict(fixture: Fixture, **changes: Any) -> InfluxSinkConfig:
    """Return a configuration for InfluxDB 1.6.7 with authentication."""
    return evolve(V1, **{"url": fixture("strict_influxdb").url, "database": "strict", **changes})


@pytest.mark.servers
async def test_influxdb_1(request: pytest.FixtureRequest) -> None:
    """A real InfluxDB 1.6.7: good, wrong password, no right to write, no such database."""
    config = strict(request.getfixturevalue)
    reader = {"username": READER[0], "secret": Secret(value=READER[1])}

    good = await check_influx(config, DAY)
    wrong = await check_influx(evolve(config, secret=Secret(value="wrong")), DAY)
    anonymous = await check_influx(evolve(config, auth=InfluxAuth.NONE, secret=None), DAY)
    read_only = await check_influx(evolve(config, **reader), DAY)
    nowhere = await check_influx(evolve(config, database="nowhere"), DAY)
    other_api = await check_influx(evolve(V2, url=config.url), DAY)

    assert {"database": "skipped"} == not_ok(good)  # a writer may not see how long it keeps
    assert "InfluxDB 1.6.7" in the("api", good).what
    assert "failed" == the("credentials", wrong).status
    assert "failed" == the("credentials", anonymous).status
    assert "may not write" in the("credentials", read_only).what
    assert {"database": "failed"} == not_ok(nowhere)
    assert 'Say api = "v1".' == the("api", other_api).advice


@pytest.mark.servers
async def test_influxdb_1_makes_databases(strict_influxdb: InfluxDB1) -> None:
    """On a real InfluxDB 1.6.7 the database and the retention policy are made as told."""
    admin = evolve(V1, url=strict_influxdb.url, username=ADMIN[0], secret=Secret(value=ADMIN[1]))
    plain = evolve(admin, database='made "here"')
    policy = evolve(admin, database="made there", retention_policy="one year")

    made = [
        await check_influx(plain, 0, Orders(creates=True, retention_seconds=30 * DAY)),
        await check_influx(policy, 0, Orders(creates=True, retention_seconds=365 * DAY)),
    ]
    missing = await check_influx(evolve(policy, retention_policy="two years"), 0)

    assert [{}, {}] == [not_ok(found) for found in made]
    assert "keeps data for 30 days" in the("database", made[0]).what
    assert "keeps data for 365 days" in the("database", made[1]).what
    assert "no retention policy two years" in the("database", missing).what
    assert [] == strict_influxdb.query("SHOW MEASUREMENTS", "made there")


@pytest.mark.servers
async def test_behind_a_proxy(nginx_v2: Server, influxdb: InfluxDB1) -> None:
    """A proxy that hides what is behind it is a warning, and the write counts."""
    influxdb.create_database("home")
    config = evolve(V2, url=nginx_v2.url, secret=Secret(value=NGINX_TOKEN))

    good = await check_influx(config, DAY)
    wrong = await check_influx(evolve(config, secret=Secret(value="wrong")), DAY)
    other_product = await check_influx(evolve(V1, url=nginx_v2.url), DAY)

    assert {"api": "warning", "database": "skipped"} == not_ok(good)
    assert "failed" == the("credentials", wrong).status
    assert "failed" == the("write", other_product).status
    assert (
        "a web page" in the("write", other_product).what
        or "204" in the("write", other_product).what
    )


@pytest.mark.servers
async def test_victoria_metrics(victoria_metrics: VictoriaMetrics) -> None:
    """VictoriaMetrics is called by its name, whatever version of InfluxDB it claims to be."""
    config = evolve(V1, url=victoria_metrics.url)

    good = await check_influx(config, DAY)
    wrong = await check_influx(evolve(config, secret=Secret(value="wrong")), DAY)
    other_api = await check_influx(evolve(V3, url=config.url), DAY)

    assert {"database": "skipped"} == not_ok(good)
    assert "VictoriaMetrics" in the("api", good).what
    assert "failed" == the("credentials", wrong).status
    assert 'Say api = "v1".' == the("api", other_api).advice
