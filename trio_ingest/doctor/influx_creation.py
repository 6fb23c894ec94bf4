"""Makes the database or bucket that a sink writes to."""

import msgspec
import trio

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.doctor.finding import About, Finding
from trio_ingest.doctor.influx_server import InfluxServer
from trio_ingest.doctor.influx_targets import name_of, quoted
from trio_ingest.sinks.influx_bucket import make_bucket
from trio_ingest.sinks.influx_request import read_authorization
from trio_ingest.words import show_duration

CREATE = "create"
OK = 200


async def create(server: InfluxServer, about: About, retention_seconds: int) -> Finding:
    """Make it; 0 seconds: it keeps data for ever. Raises ServerSilent."""
    config = server.config
    trouble = await _make(server, retention_seconds)
    if trouble is not None:
        return about.failed(
            CREATE,
            f"{name_of(config)} could not be made: {trouble}",
            "Make it with a credential that may.",
        )
    kept = f"for {show_duration(retention_seconds)}" if retention_seconds else "for ever"
    return about.ok(CREATE, f"{name_of(config)} was made; it keeps data {kept}")


async def _make(server: InfluxServer, retention_seconds: int) -> str | None:
    """Return what was wrong, or None."""
    config = server.config
    match config.api:
        case InfluxApi.V1:
            for statement in statements(config, retention_seconds):
                reply = await server.post("/query", {"q": statement})
                results = reply.content().get("results") or [{}]
                if reply.status != OK or "error" in results[0]:
                    return str(results[0].get("error") or server.words(reply))
            return None
        case InfluxApi.V2:
            no = await trio.to_thread.run_sync(
                make_bucket, config, read_authorization(config), retention_seconds
            )
            return None if no is None else no.why
        case InfluxApi.V3:
            wish = {"db": config.database}
            if retention_seconds:
                wish["retention_period"] = f"{retention_seconds}s"
            body = msgspec.json.encode(wish)
            reply = await server.post("/api/v3/configure/database", body=body)
            return None if reply.status == OK else server.words(reply)


def statements(config: InfluxSinkConfig, retention_seconds: int) -> list[str]:
    """Return the InfluxQL that makes the database, and the retention policy if one is named.

    What is there already stays as it is.
    """
    database = quoted(config.database or "")
    duration = f"{retention_seconds}s" if retention_seconds else "INF"
    if config.retention_policy is None:
        return [f"CREATE DATABASE {database} WITH DURATION {duration}"]
    policy = quoted(config.retention_policy)
    return [
        f"CREATE DATABASE {database}",
        f"CREATE RETENTION POLICY {policy} ON {database} DURATION {duration} REPLICATION 1",
    ]
