"""Finds and makes buckets of an InfluxDB 2 through the vendor's own client, for `doctor`.

Nothing on the way of the data comes here: that client knows threads and asyncio, not Trio. All of
this blocks.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import frozen

from trio_ingest.config.influx_model import InfluxSinkConfig
from trio_ingest.sinks.influx_request import secrets_of
from trio_ingest.sinks.influx_words import Wording, read_answer

if TYPE_CHECKING:
    from influxdb_client.client.bucket_api import BucketsApi


@frozen(kw_only=True)
class Bucket:
    """A bucket that is there. 0 seconds: it keeps data for ever."""

    retention_seconds: float


@frozen
class NoBucket:
    """None is there, or none that this credential may see."""


@frozen(kw_only=True)
class BucketUnseen:
    """The server would not say, or do, it; `why` is in its own words, without secrets."""

    why: str


def find_bucket(
    config: InfluxSinkConfig, authorization: str | None
) -> Bucket | NoBucket | BucketUnseen:
    """Look for the bucket of *config*. A credential that may write to it need not see it."""
    try:
        with open_buckets(config, authorization) as api:
            found = api.find_buckets(  # type: ignore[no-untyped-call]
                name=config.bucket, org=config.org
            ).buckets
    except ServerSaysNo as no:
        return BucketUnseen(why=str(no))
    if not found:
        return NoBucket()
    return Bucket(
        retention_seconds=float(sum(rule.every_seconds for rule in found[0].retention_rules))
    )


def make_bucket(
    config: InfluxSinkConfig, authorization: str | None, retention_seconds: int
) -> BucketUnseen | None:
    """Make the bucket of *config*; 0 seconds: it keeps data for ever. None: it is made."""
    from influxdb_client.domain.bucket_retention_rules import (  # noqa: PLC0415 - see below
        BucketRetentionRules,
    )

    rule = BucketRetentionRules(  # type: ignore[no-untyped-call]
        type="expire", every_seconds=retention_seconds
    )
    try:
        with open_buckets(config, authorization) as api:
            api.create_bucket(
                bucket_name=config.bucket,
                org=config.org,
                retention_rules=[rule] if retention_seconds else [],
            )
    except ServerSaysNo as no:
        return BucketUnseen(why=str(no))
    return None


class ServerSaysNo(Exception):  # noqa: N818 - named for what happened
    """The server cannot be asked, or answers with an error."""


@contextmanager
def open_buckets(config: InfluxSinkConfig, authorization: str | None) -> Generator["BucketsApi"]:
    """Open the client. Raises ServerSaysNo for whatever goes wrong meanwhile."""
    # Imported here, because that takes longer than to start the rest of the daemon.
    from influxdb_client.client.exceptions import InfluxDBError  # noqa: PLC0415
    from influxdb_client.client.influxdb_client import InfluxDBClient  # noqa: PLC0415
    from influxdb_client.rest import ApiException  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    wording = Wording(secrets_of(config, authorization))
    try:
        with InfluxDBClient(
            url=config.url,
            token="",
            org=config.org or "",
            timeout=int(config.timeout * 1000),
            verify_ssl=config.verify_tls,
            ssl_ca_cert=str(config.ca_file) if config.ca_file else None,
        ) as client:
            if authorization is not None:
                client.api_client.set_default_header("Authorization", authorization)
            yield client.buckets_api()
    except ApiException as refused:
        body = refused.body or b""
        message = read_answer(body.encode() if isinstance(body, str) else body).message
        raise ServerSaysNo(f"HTTP {refused.status}: {wording.tidy(message)}") from None
    except (OSError, HTTPError, InfluxDBError) as problem:
        raise ServerSaysNo(wording.tidy(str(problem))) from None
