"""Finds the database or bucket that a sink writes to, and how long it keeps data."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import trio
from attrs import frozen

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.doctor.influx_products import Reply
from trio_ingest.doctor.influx_server import InfluxServer
from trio_ingest.sinks import influx_bucket
from trio_ingest.sinks.influx_request import read_authorization

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


@frozen(kw_only=True)
class There:
    """It is there. `retention_seconds` 0: it keeps data for ever; None: it does not say."""

    retention_seconds: float | None


@frozen
class Missing:
    """It is not there; `what` says what is missing."""

    what: str


@frozen
class Unseen:
    """This credential may not see it, which it need not to write."""

    why: str


Target = There | Missing | Unseen


def name_of(config: InfluxSinkConfig) -> str:
    """Return the target of *config*, for people."""
    if config.api is InfluxApi.V2:
        return f"bucket {config.bucket!r}"
    policy = f", retention policy {config.retention_policy!r}" if config.retention_policy else ""
    return f"database {config.database!r}{policy}"


async def find_target(server: InfluxServer) -> Target:
    """Look for the target where servers of the configured version keep it. Raises ServerSilent."""
    config = server.config
    match config.api:
        case InfluxApi.V1:
            query = f"SHOW RETENTION POLICIES ON {quoted(config.database or '')}"
            reply = await server.post("/query", {"q": query})
            return read_policies(reply, config.retention_policy, server.words(reply))
        case InfluxApi.V2:
            return await find_bucket(config)
        case InfluxApi.V3:
            reply = await server.get("/api/v3/configure/database", {"format": "json"})
            return read_databases(reply, config.database or "", server.words(reply))


async def find_bucket(config: InfluxSinkConfig) -> Target:
    """Look for the bucket of an InfluxDB 2."""
    found = await trio.to_thread.run_sync(
        influx_bucket.find_bucket, config, read_authorization(config)
    )
    match found:
        case influx_bucket.BucketUnseen(why=why):
            return Unseen(why)
        case influx_bucket.NoBucket():
            return Unseen("it is not there, or this credential may not see it")
        case influx_bucket.Bucket(retention_seconds=seconds):
            return There(retention_seconds=seconds)


def read_policies(reply: Reply, wanted: str | None, words: str) -> Target:
    """Read the answer of an InfluxDB 1 to SHOW RETENTION POLICIES; *words* are what it says."""
    content = reply.content()
    if reply.status != 200 or "results" not in content:  # noqa: PLR2004 - HTTP's OK
        return Unseen(words)
    result = content["results"][0]
    if "error" in result:
        return Missing(str(result["error"]))
    policies = [policy for series in result.get("series", ()) for policy in rows_of(series)]
    if not policies:
        return Unseen("it tells of no retention policies")
    for policy in policies:
        if policy["name"] == wanted if wanted else policy.get("default"):
            return There(retention_seconds=seconds_of(str(policy["duration"])))
    return Missing(f"there is no retention policy {wanted or 'that is the default'}")


def rows_of(series: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the rows of a series of InfluxQL's answers."""
    columns = series["columns"]
    return [dict(zip(columns, row, strict=True)) for row in series.get("values", ())]


def seconds_of(duration: str) -> float | None:
    """Return the seconds of a duration such as 8760h0m0s; None: it is written otherwise."""
    match = _DURATION.fullmatch(duration)
    if match is None or not duration:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600.0 + minutes * 60 + seconds


def read_databases(reply: Reply, wanted: str, words: str) -> Target:
    """Read the list of databases of an InfluxDB 3, which does not say how long they keep data."""
    if reply.status != 200:  # noqa: PLR2004 - HTTP's OK
        return Unseen(words)
    if f'"{wanted}"'.encode() in reply.body:
        return There(retention_seconds=None)
    return Missing(f"there is no database {wanted!r} yet; it is made by the first write")


def quoted(name: str) -> str:
    """Return *name* as InfluxQL writes it."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
