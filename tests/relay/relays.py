"""A relay between two doubles, for tests in virtual time."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from tests.delivery.scripted import ScriptedSink, batch_of
from tests.relay.stream_double import StreamDouble
from trio_ingest.backoff import Backoff
from trio_ingest.config.influx_model import InfluxAuth, InfluxSinkConfig
from trio_ingest.config.line_protocol_model import InfluxApi
from trio_ingest.config.relay_model import RelayConfig
from trio_ingest.config.wanted import WantedRelay
from trio_ingest.relay.relay import Relay, Sinks
from trio_ingest.relay.topology import make_relay, run_stages
from trio_ingest.spool.memory import MemorySpool

SINK = InfluxSinkConfig(
    name="influx",
    url="http://127.0.0.1:1",
    api=InfluxApi.V1,
    auth=InfluxAuth.NONE,
    database="home",
)


def wanted_relay(**options: Any) -> WantedRelay:
    return WantedRelay(
        config=RelayConfig(servers=("nats://127.0.0.1:1",), **options),
        secrets=(),
        sink=SINK,
        sink_secret="",
        state_directory=Path("state"),
    )


def relay_between(
    stream: StreamDouble, sink: ScriptedSink, spool: MemorySpool | None = None, **options: Any
) -> Relay:
    """Return a relay that always waits as long as it may."""
    sinks = Sinks(of_stream=sink, of_quarantine=sink)
    relay = make_relay(wanted_relay(**options), stream, spool or MemorySpool(), sinks)

    def longest(_shortest: float, longest: float) -> float:
        return longest

    relay.writer.weather = Backoff(draw=longest)
    relay.fetcher.backoff = Backoff(draw=longest)
    return relay


@asynccontextmanager
async def relaying(relay: Relay) -> AsyncGenerator[trio.Event]:
    """Run *relay* until the end of the block, or until what is given is set; it leaves politely."""
    leave = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_stages, relay, leave)
        yield leave
        leave.set()


async def wait_until(is_so: Callable[[], bool], seconds: float = 3600) -> None:
    """Wait in virtual time, or for real."""
    with trio.fail_after(seconds):
        while not is_so():
            await trio.sleep(0.1)


def publish(stream: StreamDouble, *lines: bytes) -> None:
    """Publish a batch of one line for each."""
    for line in lines:
        stream.publish_batch(batch_of(line))
