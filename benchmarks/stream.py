"""What a home is in a stream, and what a stream of three copies takes and gives on this machine."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import trio

from benchmarks.figures import Figure
from benchmarks.processes import cpu_seconds, open_sink, running
from benchmarks.relay import PUBLISHERS, make_batch
from tests.support.nats import NatsCluster, running_cluster
from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.jetstream.api import StreamState
from trio_ingest.jetstream.client import open_jetstream
from trio_ingest.jetstream.envelope import headers_of
from trio_ingest.jetstream.setting_up import set_up
from trio_ingest.jetstream.setup import Wanted
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.server import open_simulator
from trio_ingest.simulator.story import run_home

EVENTS_A_SECOND = 11
ENTITIES = 300
LINGERS = (1, 10)
SETTLE_SECONDS = 15

EDGE = """
admin.listen = ""
[home_assistant.home]
url = "{home}"
token = "{token}"
[sink.measured]
kind = "nats"
servers = ["{server}"]
stream = "LINGER{linger}"
subject = "linger{linger}"
batch.linger = "{linger}s"
"""
RELAY = """
admin.listen = ""
[relay]
servers = ["{server}"]
stream = "BENCH{points}"
[sink.measured]
kind = "influxdb"
url = "http://127.0.0.1:{sink}"
api = "v1"
database = "home"
"""


def measure(*, quick: bool) -> Sequence[Figure]:
    with tempfile.TemporaryDirectory() as name, running_cluster(Path(name)) as cluster:
        return [
            *trio.run(homes, cluster, Path(name), 30.0 if quick else 120.0),
            *(
                figure
                for linger in LINGERS
                for figure in trio.run(
                    messages,
                    cluster,
                    Path(name),
                    EVENTS_A_SECOND * linger,
                    (5_000 if quick else 20_000) // (1 if linger == 1 else 4),
                )
            ),
        ]


async def homes(cluster: NatsCluster, directory: Path, seconds: float) -> Sequence[Figure]:
    """Record a home into a stream for each linger, and weigh what its events have added."""
    home = Home(number_of_entities=ENTITIES)
    async with open_simulator(home, records_emissions=True) as simulator:
        with ExitStack() as edges:
            for linger in LINGERS:
                await state_of(cluster, f"LINGER{linger}", f"linger{linger}")
                text = EDGE.format(
                    home=simulator.url,
                    token=simulator.token,
                    server=cluster.urls[0],
                    linger=linger,
                )
                edges.enter_context(process("run", text, directory / f"edge{linger}"))
            await trio.sleep(SETTLE_SECONDS)  # what there is when they begin is no event
            before = await states_of(cluster)
            with trio.move_on_after(seconds):
                await run_home(simulator, float(EVENTS_A_SECOND))
            await trio.sleep(max(LINGERS) + 2)
            after = await states_of(cluster)
        events = len(simulator.emissions)
    return [
        figure
        for linger in LINGERS
        for figure in weighed(linger, before[linger], after[linger], events)
    ]


def weighed(linger: int, before: StreamState, after: StreamState, events: int) -> Sequence[Figure]:
    count, size = after.messages - before.messages, after.bytes - before.bytes
    what = f"linger {linger} s:"
    return [
        Figure(name=f"{what} an event", value=size / events, unit="B", less_is_better=True),
        Figure(name=f"{what} events a message", value=events / count),
    ]


async def messages(
    cluster: NatsCluster, directory: Path, points: int, count: int
) -> Sequence[Figure]:
    """Fill a stream as fast as it takes messages of so many *points*, and have a relay empty it."""
    stream, subject = f"BENCH{points}", f"bench{points}"
    await state_of(cluster, stream, subject)
    batches = iter([make_batch(number, points) for number in range(count)])
    began, before = time.monotonic(), cpu_of(cluster)
    async with open_jetstream(config_of(cluster, stream), "bench") as jetstream:

        async def publish_some() -> None:
            for batch in batches:
                await jetstream.publish(subject, batch.body, headers_of(batch, "tidy"))

        async with trio.open_nursery() as nursery:
            for _ in range(PUBLISHERS):
                nursery.start_soon(publish_some)
    filled, cpu_in = time.monotonic() - began, cpu_of(cluster) - before
    with open_sink() as sink:
        text = RELAY.format(server=cluster.urls[0], points=points, sink=sink.port)
        with process("relay", text, directory / f"relay{points}") as relay:
            while (state := await state_of(cluster, stream, subject)).messages == count:
                await trio.sleep(0.02)
            began, before, first = time.monotonic(), cpu_of(cluster), state.messages
            of_relay = cpu_seconds(relay.pid)
            while (await state_of(cluster, stream, subject)).messages:
                await trio.sleep(0.02)
            emptied, cpu_out = time.monotonic() - began, cpu_of(cluster) - before
            of_relay = cpu_seconds(relay.pid) - of_relay
    thousands, rest = count / 1000, first / 1000
    of = f"of {points} lines:"
    return [
        Figure(name=f"{of} messages taken", value=count / filled, unit="/s"),
        Figure(name=f"{of} CPU of all three for 1,000 taken", value=cpu_in / thousands, unit="s"),
        Figure(name=f"{of} messages given to a relay", value=first / emptied, unit="/s"),
        Figure(name=f"{of} CPU of all three for 1,000 given", value=cpu_out / rest, unit="s"),
        Figure(name=f"{of} CPU of the relay for 1,000", value=of_relay / rest, unit="s"),
    ]


def process(command: str, text: str, directory: Path):  # noqa: ANN201 - as `running` gives it
    directory.mkdir()
    file = directory / "config.toml"
    file.write_text(text)
    file.chmod(0o600)
    return running(
        *("-m", "trio_ingest", command, "--config", str(file)),
        environment={"STATE_DIRECTORY": str(directory / "state")},
        log=directory / "log",
    )


async def states_of(cluster: NatsCluster) -> Mapping[int, StreamState]:
    return {each: await state_of(cluster, f"LINGER{each}", f"linger{each}") for each in LINGERS}


async def state_of(cluster: NatsCluster, stream: str, subject: str) -> StreamState:
    """Return what is in a stream, which is made when there is none."""
    async with open_jetstream(config_of(cluster, stream), "bench") as jetstream:
        info = await jetstream.stream_info()
        if info is None:
            wanted = Wanted(stream=stream, subject=subject, max_bytes=48 * 1024**2)
            await set_up(jetstream, wanted, lambda _: None, only_checks=False)
            info = await jetstream.stream_info()
    assert info is not None
    return info.state


def config_of(cluster: NatsCluster, stream: str) -> NatsConfig:
    return NatsConfig(servers=cluster.urls, stream=stream, timeout=30.0)


def cpu_of(cluster: NatsCluster) -> float:
    return sum(cpu_seconds(each.pid) for each in cluster.servers)
