"""What happened in the simulated home, written into databases and asked for again."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.docs.simulated_days import FROM, TO
from tests.support.influx_series import ask
from tests.support.servers import InfluxDB1
from trio_ingest.config.sink_model import SinkConfig
from trio_ingest.lane import open_sink
from trio_ingest.lane_settings import make_encoder
from trio_ingest.model.batch import Batch
from trio_ingest.model.outcome import Accepted
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.state_change import StateChange
from trio_ingest.processing.values import number_of

DATABASE = "story"

Row = Mapping[str, Any]


@frozen
class Story:
    """What happened, by entity, as far as the queries care."""

    changes: Sequence[StateChange]
    registry: Registry

    def of_class(self, device_class: str, *, since: int = FROM) -> Iterator[StateChange]:
        """Yield what entities of a class said in the range; without its attributes it has none."""
        for change in self.changes:
            attributes = change.state.attributes.by_name if change.state else {}
            if attributes.get("device_class") == device_class and since <= change.time <= TO:
                yield change

    def readings(
        self, device_class: str, *, since: int = FROM
    ) -> Iterator[tuple[StateChange, float]]:
        """Yield those that are numbers."""
        for change in self.of_class(device_class, since=since):
            number = number_of(change.state.value) if change.state else None
            if number is not None:
                yield change, number


def lines_of(config: SinkConfig, story: Story) -> list[str]:
    """Return what the daemon sends to that sink."""
    encoder = make_encoder(config, {"home": Latest(story.registry)})
    lines = [encoder.encode("home", change) for change in story.changes]
    return [line for line in lines if line is not None]


async def write(config: SinkConfig, story: Story) -> None:
    """Send the story to a sink."""
    batch = Batch.of_lines(
        [line.encode() for line in lines_of(config, story)],
        encoding=make_encoder(config, {}).encoding,
        first=story.changes[0].time,
        last=story.changes[-1].time,
    )
    async with open_sink(config) as sink:
        assert Accepted() == await sink.write(batch)


def ask_influxdb(server: InfluxDB1, query: str) -> list[Row]:
    """Return rows with the tags of their series; times are in microseconds."""
    return [
        {**point.tags, "time": point.time, **point.fields} for point in ask(server, DATABASE, query)
    ]


def ask_sqlite(path: Path, query: str) -> list[Row]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]
