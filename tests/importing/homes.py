"""Simulated homes with a past, and what is recorded of it, for the tests of the import."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import define, evolve, field

from tests.home_assistant.following import config_for
from trio_ingest.config.model import Config
from trio_ingest.config.sink_model import SinkConfig, SqliteSinkConfig
from trio_ingest.home_assistant.errors import leaves
from trio_ingest.importing.order import ImportResult, Order, Progress
from trio_ingest.importing.run import run_import
from trio_ingest.model.instant import to_datetime
from trio_ingest.simulator.simulator import Simulator

Point = tuple[str, int, str]


class Killed(Exception):  # noqa: N818
    """The test ends the import here, as `kill -9` would: nothing is tidied up on disk."""


@define
class Clock:
    """The time of day, and how far the home is ahead of it."""

    hours_ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + 3600 * self.hours_ahead


def hours_pass(simulator: Simulator, hours: float) -> None:
    clock = simulator.core.ticker.clock
    assert isinstance(clock, Clock)
    clock.hours_ahead += hours


async def live_for_hours(simulator: Simulator, hours: int = 3) -> None:
    """Let a lot happen, and the clock go on meanwhile."""
    for _ in range(12 * hours):
        await simulator.burst(50)
        hours_pass(simulator, 1 / 12)


@define(kw_only=True)
class Scene:
    """A simulated home, a directory for what is recorded, and what an import has said."""

    simulator: Simulator
    directory: Path
    sinks: tuple[SinkConfig, ...] = ()
    told: list[Progress] = field(factory=list)
    listen: Callable[[Progress], object] = lambda _: None
    """Called with all that is told: what it raises ends the import."""

    def config(self, **settings: Any) -> Config:
        home = config_for(self.simulator, **settings)
        file = SqliteSinkConfig(name="file", path=self.directory / "home.db")
        return Config(
            source=None,
            state_directory=self.directory / "state",
            home_assistants=(home,),
            sinks=self.sinks or (file,),
        )

    async def do(self, *, home: dict[str, Any] | None = None, **wanted: Any) -> ImportResult:
        """Import all that ever was, or what is *wanted*."""
        config = self.config(**(home or {}))
        order = Order(
            start=to_datetime(self.first),
            end=None,
            homes=config.home_assistants,
            sinks=config.sinks,
        )
        return await run_import(evolve(order, **wanted), config, self._tell)

    @property
    def first(self) -> int:
        return self.simulator.emissions[0].time

    def happened(self) -> list[Point]:
        """Return what has happened in the home, to the microsecond."""
        return sorted(
            (each.entity_id, each.time, each.state or "removed")
            for each in self.simulator.emissions
        )

    def recorded(self) -> list[Point]:
        """Return what the embedded database has."""
        rows = self.query("SELECT entity_id, time_us, state FROM state_changes")
        return sorted(rows)

    def query(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.directory / "home.db")) as connection, connection:
            return connection.execute(sql).fetchall()

    def questions(self) -> list[dict[str, Any]]:
        """Return the questions about history that the home was asked, the oldest first."""
        commands = [each.command for seen in self.simulator.connections for each in seen.commands]
        kinds = ("history/", "recorder/statistics_during_period")
        return [each for each in commands if each["type"].startswith(kinds)]

    def slices(self) -> list[tuple[datetime, datetime]]:
        """Return from when to when was asked, without the look whether the newest is there."""
        return [
            (datetime.fromisoformat(each["start_time"]), datetime.fromisoformat(each["end_time"]))
            for each in self.questions()
            if "end_time" in each
        ]

    def _tell(self, progress: Progress) -> None:
        self.told.append(progress)
        self.listen(progress)


async def killed(scene: Scene, **wanted: Any) -> None:
    """Import until the test kills it."""
    ended_by: list[Exception] = []
    try:
        await scene.do(**wanted)
    except* Killed as group:
        ended_by = leaves(group)
    assert len(ended_by) == 1
