"""The processor alone: from state changes to compressed batches, in each schema, against Point."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import trio
from influxdb_client import Point, WritePrecision

from benchmarks.figures import Figure
from benchmarks.home import make_home
from benchmarks.rivals.points import point_of
from tests.support import influx_lines
from trio_ingest.config.influx_model import InfluxAuth, InfluxSinkConfig
from trio_ingest.config.line_protocol_model import InfluxApi, Schema
from trio_ingest.config.sink_model import BatchConfig, SqliteSinkConfig
from trio_ingest.home_assistant.messages import Event, decode_frame, to_state_change
from trio_ingest.lane_settings import make_encoder, make_event_encoder
from trio_ingest.model.batch import Batch
from trio_ingest.model.notice import Told
from trio_ingest.model.progress import Progress
from trio_ingest.model.state_change import Burst, StateChange
from trio_ingest.processing.processor import Processor
from trio_ingest.processing.selection import Selection
from trio_ingest.simulator import wire

PER_BURST = 250


def measure(*, quick: bool) -> Sequence[Figure]:
    events = 5_000 if quick else 50_000
    bodies = make_home(200, events).events
    frames = [wire.event(1, body) for body in bodies]
    dicts = [msgspec.json.decode(body) for body in bodies]
    points = best_of(lambda: [point_of(each).to_line_protocol() for each in dicts])
    found = [
        Figure(name="Point of influxdb-client: events/CPU s", value=events / points, unit="/s")
    ]
    for name, config in sinks().items():
        # As they come from the wire each time: nobody has looked into the attributes yet.
        seconds = best_of(
            lambda bursts, config=config: trio.run(process, config, bursts),
            lambda: (bursts_of(frames),),
        )
        found.append(Figure(name=f"{name}: events/CPU s", value=events / seconds, unit="/s"))
        ratio = points / seconds
        found.append(Figure(name=f"{name}: times Point", value=ratio, goal=10.0, is_ratio=True))
        if isinstance(config, InfluxSinkConfig):
            ratio = seconds_of_same_lines(config, frames) / seconds
            found.append(
                Figure(name=f"{name}: times Point of the same lines", value=ratio, is_ratio=True)
            )
    return found


def changes_of(frames: Sequence[str]) -> list[StateChange]:
    decoded = [message for frame in frames for message in decode_frame(frame)]
    return [to_state_change(each.event) for each in decoded if isinstance(each, Event)]


def bursts_of(frames: Sequence[str]) -> list[Burst]:
    changes = changes_of(frames)
    starts = range(0, len(changes), PER_BURST)
    return [Burst(home="home", changes=changes[start : start + PER_BURST]) for start in starts]


def seconds_of_same_lines(config: InfluxSinkConfig, frames: Sequence[str]) -> float:
    """Return what it takes to have Point write the very lines that the schema does."""
    encode = make_encoder(config, {}).encode
    lines = [encode("home", change) for change in changes_of(frames)]
    parsed = [influx_lines.parse_line(line) for line in lines if line is not None]
    return best_of(lambda: [point_like(each).to_line_protocol() for each in parsed])


def point_like(line: influx_lines.Point) -> Point:
    """Return a line as a point of influxdb-client."""
    point = Point(line.measurement)
    for name, value in line.tags.items():
        point.tag(name, value)
    for name, content in line.fields.items():
        point.field(name, content)
    return point.time(line.time, WritePrecision.US)


def sinks() -> dict[str, Any]:
    influx = {
        f"schema {schema.value}": InfluxSinkConfig(
            name="s",
            url="http://x",
            api=InfluxApi.V1,
            database="d",
            auth=InfluxAuth.NONE,
            schema=schema,
        )
        for schema in Schema
    }
    return {**influx, "sqlite": SqliteSinkConfig(name="s", path=Path("s"))}


async def process(config: Any, bursts: Sequence[Burst]) -> None:
    processor = Processor(
        selection=Selection(config.include, config.exclude),
        encoder=make_encoder(config, {}),
        event_encoder=make_event_encoder(config, {}),
        limits=BatchConfig(),
    )
    send_changes, changes = trio.open_memory_channel[Told](16)
    send_batches, batches = trio.open_memory_channel[Batch | Progress](2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(processor.run, changes, send_batches)
        nursery.start_soon(throw_away, batches)
        with send_changes:
            for burst in bursts:
                await send_changes.send(burst)


async def throw_away(batches: trio.MemoryReceiveChannel[Batch | Progress]) -> None:
    async for _ in batches:
        pass


def best_of(
    work: Callable[..., object],
    prepare: Callable[[], tuple[Any, ...]] = tuple,
    rounds: int = 3,
) -> float:
    """Return the CPU seconds of *work* with what *prepare* returns, which is not counted."""
    best = float("inf")
    for _ in range(rounds):
        prepared = prepare()
        began = time.process_time()
        work(*prepared)
        best = min(best, time.process_time() - began)
    return best
