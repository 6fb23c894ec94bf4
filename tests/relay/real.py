"""A real stream, and relays as processes of their own."""

import itertools
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from attrs import frozen

from tests.reliability.bench import FAST
from tests.support.daemon import DaemonProcess, running_daemon, toml
from tests.support.nats import NatsServer
from tests.support.servers import InfluxDB1
from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.jetstream.api import (
    NANOSECONDS,
    AckPolicy,
    ConsumerConfig,
    ConsumerInfo,
    Discard,
    Retention,
    StreamConfig,
)
from trio_ingest.jetstream.client import JetStream, open_jetstream
from trio_ingest.jetstream.envelope import headers_of
from trio_ingest.model.batch import Batch, Encoding

CONSUMER = "writers"
PATIENCE_SECONDS = 30.0
numbers = itertools.count()


@frozen(kw_only=True)
class RealStream:
    """A stream of its own with one consumer, and a client of it."""

    jetstream: JetStream
    server: NatsServer
    ack_wait_seconds: float

    @property
    def name(self) -> str:
        return self.jetstream.config.stream

    async def publish(self, batches: Iterable[Batch]) -> None:
        """Publish them, several at a time."""
        waiting = iter(batches)

        async def publish_some() -> None:
            for batch in waiting:
                await self.jetstream.publish(
                    f"{self.name}.north", batch.body, headers_of(batch, "tidy")
                )

        async with trio.open_nursery() as nursery:
            for _ in range(8):
                nursery.start_soon(publish_some)

    async def consumer(self) -> ConsumerInfo:
        info = await self.jetstream.consumer_info(CONSUMER)
        assert info is not None
        return info

    async def wait_in_hand(self, least: int) -> None:
        """Wait until relays have so many messages in hand."""
        with trio.fail_after(PATIENCE_SECONDS):
            while (await self.consumer()).num_ack_pending < least:
                await trio.sleep(0.02)

    async def wait_empty(self) -> None:
        """Wait until every message was acknowledged."""
        with trio.fail_after(PATIENCE_SECONDS):
            while (info := await self.jetstream.stream_info()) and info.state.messages:
                await trio.sleep(0.02)


@asynccontextmanager
async def open_stream(
    server: NatsServer, ack_wait_seconds: float = 30.0
) -> AsyncGenerator[RealStream]:
    """Create a stream, and a consumer that waits that long."""
    name = f"R{next(numbers)}"
    config = NatsConfig(servers=(server.url,), stream=name)
    async with open_jetstream(config, "test") as jetstream:
        await jetstream.create_stream(
            StreamConfig(
                name=name,
                subjects=(f"{name}.>",),
                retention=Retention.WORK_QUEUE,
                discard=Discard.NEW,
                duplicate_window=60 * NANOSECONDS,
            )
        )
        await jetstream.create_consumer(
            ConsumerConfig(
                durable_name=CONSUMER,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=int(ack_wait_seconds * NANOSECONDS),
                max_ack_pending=10_000,
            )
        )
        yield RealStream(jetstream=jetstream, server=server, ack_wait_seconds=ack_wait_seconds)


@asynccontextmanager
async def running_relay(
    directory: Path, stream: RealStream, influxdb: InfluxDB1, database: str, more: str = ""
) -> AsyncGenerator[DaemonProcess]:
    """Run `trio-ingest relay` between the two. *more* is of its `[relay]`."""
    configuration = f"""
        admin.listen = "127.0.0.1:0"
        [relay]
        servers = [{toml(stream.server.url)}]
        stream = {toml(stream.name)}
        ack_wait = "{stream.ack_wait_seconds:g}s"
        {more}
        [sink.influx]
        kind = "influxdb"
        url = {toml(influxdb.url)}
        api = "v1"
        database = {toml(database)}
        timeout = "{stream.ack_wait_seconds / 2:g}s"
    """
    async with running_daemon(directory, configuration, options=FAST, command="relay") as relay:
        await relay.wait_log("health and metrics at")
        yield relay


def numbered_batches(count: int, points: int = 10) -> list[Batch]:
    """Return batches in which each point has a time of its own, from 1 on."""
    return [
        batch_of_lines(
            *(
                f"m,entity_id=sensor.n value={time}i {time}".encode()
                for time in range(number * points + 1, (number + 1) * points + 1)
            )
        )
        for number in range(count)
    ]


def batch_of_lines(*lines: bytes) -> Batch:
    return Batch.of_lines(
        lines, encoding=Encoding.LINE_PROTOCOL_US, first=1, last=2, homes=("north",)
    )


def times_in(influxdb: InfluxDB1, database: str, measurement: str = "m") -> set[int]:
    """Return the times of all points, in microseconds."""
    rows = influxdb.query(f'SELECT * FROM "{measurement}"', database)
    return {row["time"] // 1000 for row in rows}
