"""Looks at the bucket of an InfluxDB 2 through the vendor's own client, for `check-config`.

Nothing on the way of the data comes here: that client knows threads and asyncio, not Trio.
"""

from typing import TYPE_CHECKING

import trio

from trio_ingest.config.model import InfluxSinkConfig
from trio_ingest.sinks.influx_request import address, read_authorization, secrets_of
from trio_ingest.sinks.influx_words import Wording, read_answer

if TYPE_CHECKING:
    from influxdb_client.domain.bucket import Bucket

SECONDS_PER_HOUR = 3600


async def describe_bucket(config: InfluxSinkConfig) -> str:
    """Return a sentence about the bucket of *config*, also when it cannot be seen.

    A credential that may write to a bucket need not be allowed to see it.
    """
    subject = f"bucket {config.bucket!r} at {address(config)}"
    try:
        authorization = read_authorization(config)
    except (OSError, ValueError) as problem:
        return f"{subject} cannot be looked at: {problem}"
    finding = await trio.to_thread.run_sync(look_at_bucket, config, authorization)
    return f"{subject} {finding}"


def look_at_bucket(config: InfluxSinkConfig, authorization: str | None) -> str:
    """Return what the server says of the bucket, as the rest of a sentence. Blocks."""
    # Imported here, because that takes longer than to start the rest of the daemon.
    from influxdb_client.client.influxdb_client import InfluxDBClient  # noqa: PLC0415
    from influxdb_client.rest import ApiException  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    wording = Wording(secrets_of(config, authorization))
    try:
        with InfluxDBClient(
            url=config.url,
            token="",
            timeout=int(config.timeout * 1000),
            verify_ssl=config.verify_tls,
            ssl_ca_cert=str(config.ca_file) if config.ca_file else None,
        ) as client:
            if authorization is not None:
                client.api_client.set_default_header("Authorization", authorization)
            found = client.buckets_api().find_buckets(name=config.bucket, org=config.org).buckets
    except ApiException as refused:
        body = refused.body or b""
        message = read_answer(body.encode() if isinstance(body, str) else body).message
        return f"is not visible to this credential: HTTP {refused.status}: {wording.tidy(message)}"
    except (OSError, HTTPError) as problem:
        return f"cannot be looked at: {wording.tidy(str(problem))}"
    if not found:
        return "is not there, or not visible to this credential"
    return f"is there and keeps data {retention_of(found[0])}"


def retention_of(bucket: "Bucket") -> str:
    """Return how long *bucket* keeps data."""
    seconds = sum(rule.every_seconds for rule in bucket.retention_rules)
    return f"for {seconds / SECONDS_PER_HOUR:g} h" if seconds else "for ever"
