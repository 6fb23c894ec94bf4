"""The long way: edges that record homes into a stream of three servers, and relays behind it.

Homes are in this process, who knows what happens in them too; edges, relays, NATS servers and the
database are processes, which may be killed.
"""

import json
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import trio
from attrs import field, frozen

from tests.reliability.bench import (
    FAST,
    LOOK_SECONDS,
    PATIENCE_SECONDS,
    Bench,
    configuration,
    open_bench,
    under_load,
)
from tests.reliability.stored import Stored, in_influxdb
from tests.support.daemon import DaemonProcess, running_daemon
from tests.support.nats import NatsCluster, running_cluster
from tests.support.servers import InfluxDB1, running_influxdb
from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.jetstream.api import StreamState
from trio_ingest.jetstream.client import JetStream, open_jetstream
from trio_ingest.jetstream.errors import JetStreamUnreachable
from trio_ingest.jetstream.setting_up import set_up
from trio_ingest.jetstream.setup import Wanted
from trio_ingest.spool.inspection import SpoolReport, inspect_spool

STREAM, CONSUMER = "HA_LP", "writers"
RATE = 10.0
ACK_WAIT_SECONDS = 3.0


@frozen(kw_only=True)
class Edge:
    """A home, and the daemon that records it."""

    bench: Bench
    directory: Path
    daemon: DaemonProcess

    @property
    def site(self) -> str:
        return self.directory.name

    def spool(self) -> SpoolReport:
        return inspect_spool(self.directory / "state" / "spool" / "data.db")


@frozen(kw_only=True)
class LongWay:
    """All of it. Relays are run by the test, since they come and go."""

    directory: Path
    cluster: NatsCluster
    jetstream: JetStream
    database: InfluxDB1
    edges: list[Edge] = field(factory=list)

    def read(self, site: str) -> Sequence[Stored]:
        return in_influxdb(self.database, "home", site=site)

    def running_relay(self, name: str) -> AsyncGenerator[DaemonProcess]:
        """Run a relay with a state of its own."""
        text = f"""
            admin.listen = "127.0.0.1:0"
            [relay]
            servers = {json.dumps(self.cluster.urls)}
            timeout = "1s"
            ack_wait = "{ACK_WAIT_SECONDS:g}s"
            [sink.influx]
            kind = "influxdb"
            url = "{self.database.url}"
            api = "v1"
            database = "home"
            timeout = "2s"
        """
        return running_daemon(self.directory / name, text, options=FAST, command="relay")

    async def settle(self) -> None:
        """Let something fresh happen in each home, and wait until all is stored of all of them."""
        async with trio.open_nursery() as nursery:
            for each in self.edges:
                nursery.start_soon(each.bench.settle, each.daemon, partial(self.read, each.site))

    async def finish(self, *relays: DaemonProcess) -> None:
        """Wait until all is stored, stop everybody in peace, and have the oracles judge."""
        for each in self.edges:
            await each.bench.finish(each.daemon, partial(self.read, each.site))
        for relay in relays:
            assert await relay.stop() == 0, relay.log()
            assert "Traceback" not in relay.log(), relay.log()
        for daemon in (*(each.daemon for each in self.edges), *relays):
            assert "someone has to look" not in daemon.log(), daemon.log()

    async def state(self) -> StreamState:
        """Return what lies in the stream. Not to be asked while it has no leader."""
        info = await self.jetstream.stream_info()
        assert info is not None
        return info.state

    async def wait_leader(self) -> int:
        """Wait until the stream has a leader that runs, and return its number."""
        with trio.fail_after(PATIENCE_SECONDS):
            while (leader := await trio.to_thread.run_sync(self.cluster.leader, STREAM)) is None:
                await trio.sleep(LOOK_SECONDS)
        return leader

    async def wait_three_copies(self) -> None:
        """Wait until each server has all that the stream and the consumer have."""
        with trio.fail_after(PATIENCE_SECONDS):
            while not await self._has_three_copies():
                await trio.sleep(LOOK_SECONDS)

    async def _has_three_copies(self) -> bool:
        try:
            found = await self.jetstream.stream_info(), await self.jetstream.consumer_info(CONSUMER)
        except JetStreamUnreachable:
            return False
        groups = [info.cluster for info in found if info is not None and info.cluster is not None]
        peers = [peer for group in groups for peer in group.replicas]
        return len(peers) == 4 and all(peer.current and not peer.offline for peer in peers)


async def redelivered_to(relay: DaemonProcess) -> float:
    """Return how many messages it got that somebody had had before."""
    async with httpx.AsyncClient(base_url=relay.admin_address()) as client:
        text = (await client.get("/metrics")).text
    [count] = re.findall(
        r"^trio_ingest_relay_redelivered_messages_total\S* (\S+)$", text, re.MULTILINE
    )
    return float(count)


@asynccontextmanager
async def open_long_way(directory: Path, sites: Sequence[str]) -> AsyncGenerator[LongWay]:
    """Run a home and an edge for each site, whose promise counts once a relay has furnished it."""
    with running_cluster(directory) as cluster, running_influxdb(directory) as database:
        database.create_database("home")
        config = NatsConfig(servers=cluster.urls, stream=STREAM, timeout=2.0)
        async with open_jetstream(config, "test") as jetstream, AsyncExitStack() as stack:
            wanted = Wanted(
                stream=STREAM,
                consumer=CONSUMER,
                ack_wait_seconds=ACK_WAIT_SECONDS,
                max_bytes=64 * 1024**2,
            )
            done = await set_up(jetstream, wanted, print, only_checks=False)
            assert done.stream is not None
            assert 3 == done.stream.num_replicas
            long_way = LongWay(
                directory=directory, cluster=cluster, jetstream=jetstream, database=database
            )
            for site in sites:
                bench = await stack.enter_async_context(open_bench())
                own = directory / site
                text = edge_configuration(bench, site, cluster)
                daemon = await stack.enter_async_context(running_daemon(own, text, options=FAST))
                long_way.edges.append(Edge(bench=bench, directory=own, daemon=daemon))
            for each in long_way.edges:
                await each.daemon.wait_log("connected to ws")
            yield long_way


def edge_configuration(bench: Bench, site: str, cluster: NatsCluster) -> str:
    sink = f"""
        kind = "nats"
        servers = {json.dumps(cluster.urls)}
        subject = "ha.lp.{site}"
        tags = {{ site = "{site}" }}
        timeout = "1s"
    """
    return configuration(bench.simulator.url, bench.simulator.token, sink)


@asynccontextmanager
async def something_happens(long_way: LongWay) -> AsyncGenerator[None]:
    """Have things happen in all homes for as long as the block runs."""
    async with AsyncExitStack() as stack:
        for each in long_way.edges:
            await stack.enter_async_context(under_load(each.bench.simulator, RATE))
        yield
