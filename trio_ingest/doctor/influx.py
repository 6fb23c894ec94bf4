"""Checks an InfluxDB sink: which server it is, and whether a batch would be taken now."""

import time
from collections.abc import Iterator, Sequence

from attrs import frozen

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.doctor.clocks import judge_clock
from trio_ingest.doctor.finding import About, Finding, Status
from trio_ingest.doctor.influx_creation import create
from trio_ingest.doctor.influx_judgement import (
    CREDENTIALS,
    DATABASE,
    FORBIDDEN,
    NOT_FOUND,
    UNAUTHORIZED,
    WRITE,
    judge_credentials,
    judge_product,
    judge_target,
    judge_tls,
    judge_write,
)
from trio_ingest.doctor.influx_products import VICTORIA_METRICS, Product, Reply, recognise
from trio_ingest.doctor.influx_server import InfluxServer, ServerSilent, open_influx_server
from trio_ingest.doctor.influx_targets import Missing, Target, Unseen, find_target
from trio_ingest.doctor.troubles import REACHABLE, judge_unreachable
from trio_ingest.model.batch import Batch
from trio_ingest.model.outcome import Accepted
from trio_ingest.sinks.influx_request import ENCODINGS, address
from trio_ingest.sinks.influx_verdict import verdict
from trio_ingest.sinks.influxdb import open_influxdb_sink

CLOCKS = "Queries that end at its now miss the newest points, or show them late."
TEST_LINE = b"trio_ingest_doctor value=1"
PER_MICROSECOND = {"ns": 1000.0, "us": 1.0, "ms": 0.001, "s": 0.000001}


@frozen(kw_only=True)
class Orders:
    """What may be changed: whether to make what is missing, and to write a point."""

    creates: bool = False
    retention_seconds: int = 0
    """Of what is made; 0: it keeps data for ever."""
    writes: bool = False


NO_ORDERS = Orders()


async def check_influx(
    config: InfluxSinkConfig, backfill_seconds: float, orders: Orders = NO_ORDERS
) -> Sequence[Finding]:
    """Ask the server, and judge. *backfill_seconds* is how old the points may be that are sent."""
    about = About(f"sink.{config.name}")
    found: list[Finding] = []
    try:
        async with open_influx_server(config) as server:
            await examine(server, about, backfill_seconds, orders, found)
    except ServerSilent as silent:
        cause = silent.__cause__ or silent
        found.append(judge_unreachable(about, cause, f"{address(config)}: {silent}"))
    except (OSError, ValueError) as problem:
        found.append(
            about.failed(CREDENTIALS, str(problem), "Put the credential there, for the daemon.")
        )
    return found


async def examine(
    server: InfluxServer,
    about: About,
    backfill_seconds: float,
    orders: Orders,
    found: list[Finding],
) -> None:
    """Go on for as long as it makes sense; what is found is added to *found*."""
    config = server.config
    product = recognise(await server.get("/ping"), await server.get("/health"))
    found += [
        about.ok(REACHABLE, f"{address(config)} answers"),
        judge_tls(about, config),
        judge_product(about, config, product),
    ]
    if product is not None and config.api not in product.apis:
        return
    target, reply = await try_target(server, product)
    if isinstance(target, Missing) and orders.creates:
        found.append(await create(server, about, orders.retention_seconds))
        target, reply = await try_target(server, product)
    if reply is None:
        found += judge_untried(about, target)
    else:
        found += judge_tried(server, about, target, reply, backfill_seconds)
    if orders.writes and Status.FAILED not in {each.status for each in found}:
        found.append(await write_point(about, config))
    found.append(judge_clock(about, server.clock, CLOCKS))


async def try_target(server: InfluxServer, product: Product | None) -> tuple[Target, Reply | None]:
    """Look for the target, and write nothing to it. None: that might have made it."""
    target = await look_for_target(server, product)
    if isinstance(target, Missing) and product is not None and product.creates_databases:
        return target, None
    reply = await server.write_nothing()
    if reply.status == NOT_FOUND and not isinstance(target, Missing):
        target = Missing(server.words(reply))
    return target, reply


async def look_for_target(server: InfluxServer, product: Product | None) -> Target:
    """Return what the server itself tells of the target."""
    if product is None:
        return Unseen("it is not known how to ask for it")
    if product.name == VICTORIA_METRICS:
        return Unseen("it has none, and how long it keeps data is an option of its own")
    if server.config.api is not product.apis[0]:
        return Unseen(f"{product.name} is used by the API of an older version")
    return await find_target(server)


def judge_untried(about: About, target: Target) -> Sequence[Finding]:
    """Judge a target that comes to be with its first points."""
    assert isinstance(target, Missing)
    return [
        about.ok(CREDENTIALS, "is accepted"),
        about.ok(DATABASE, target.what),
        about.skipped(WRITE, "was not tried, because it might have made the database"),
    ]


def judge_tried(
    server: InfluxServer, about: About, target: Target, reply: Reply, backfill_seconds: float
) -> Iterator[Finding]:
    """Judge what was answered to a write without lines."""
    config = server.config
    yield judge_credentials(about, config, reply.status, server.words(reply))
    yield judge_target(about, config, target, backfill_seconds)
    if reply.status not in {UNAUTHORIZED, FORBIDDEN, NOT_FOUND}:  # or it has been said
        outcome = verdict(reply.status, reply.headers, reply.body, list, server.wording)
        yield judge_write(about, config, outcome)


async def write_point(about: About, config: InfluxSinkConfig) -> Finding:
    """Write one point the way the daemon does. It stays."""
    now = time.time_ns() // 1000
    stamp = int(now * PER_MICROSECOND[config.precision])
    batch = Batch.of_lines(
        [TEST_LINE + b" %d" % stamp], encoding=ENCODINGS[config.precision], first=now, last=now
    )
    async with open_influxdb_sink(config) as sink:
        outcome = await sink.write(batch)
    if isinstance(outcome, Accepted):
        what = "a point was written, and stays: measurement trio_ingest_doctor"
        return about.ok("write_test", what)
    return about.failed("write_test", outcome.reason, "The daemon would be answered the same.")
