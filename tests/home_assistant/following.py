"""A connector that follows a simulated Home Assistant, for tests to look at what it hears."""

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import trio
from attrs import define, evolve, field

from trio_ingest.config.common import Secret
from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.home_assistant.connector import Connector
from trio_ingest.home_assistant.outlet import Outlet, Outlets
from trio_ingest.model.gap import Gap
from trio_ingest.model.notice import Notice, Told
from trio_ingest.model.progress import Recollection
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import Burst, HomeEvent, StateChange
from trio_ingest.simulator.simulator import Simulator


@define
class Follower:
    """A connector that runs, and everything that it has heard."""

    connector: Connector
    heard: list[StateChange] = field(factory=list)
    events: list[HomeEvent] = field(factory=list)
    bursts: list[tuple[Burst, Registry]] = field(factory=list)
    """Every burst, beside the registry as it was when the burst came."""
    notices: list[Notice] = field(factory=list)

    async def listen(self, changes: trio.MemoryReceiveChannel[Told]) -> None:
        with changes:
            async for told in changes:
                if not isinstance(told, Burst):
                    self.notices.append(told)
                    continue
                self.heard += told.changes
                self.events += told.events
                self.bursts.append((told, self.connector.registry.value))

    def points(self) -> set[tuple[str, int, str | None]]:
        return {(c.entity_id, c.time, c.state.value if c.state else None) for c in self.heard}

    def entry(self, entity_id: str) -> Entry:
        return self.connector.registry.value.entry_of(entity_id)

    async def connected(self, sessions: int = 1) -> None:
        """Wait until so many sessions stood and the home as it is was heard."""
        await until(lambda: self.connector.statistics().sessions >= sessions)
        await until(lambda: self.heard)


def config_for(simulator: Simulator, **changes: Any) -> HomeAssistantConfig:
    return evolve(
        HomeAssistantConfig(
            name="home",
            url=simulator.url,
            token=Secret(value=simulator.token),
            reconnect_max_delay=0.01,
        ),
        **changes,
    )


@define
class PlainLedger:
    """A lane that says what it is told to say."""

    recollection: Recollection = field(factory=Recollection)
    has_lost: Sequence[Gap] = ()
    has_room: bool = True
    has_gaps: bool = True
    heartbeat_seconds: float | None = None
    unread_seconds: float = 0.0
    admitted: str = ""

    async def recollect(self) -> Recollection:
        return self.recollection

    async def lost(self) -> Sequence[Gap]:
        return self.has_lost

    def admits(self, home: str, entity_id: str) -> bool:
        return entity_id.startswith(self.admitted)

    def entities(self, home: str) -> Iterable[str]:
        return ()


def connector_to(outlets: Sequence[Outlet], config: HomeAssistantConfig) -> Connector:
    """Return a connector that leads to these lanes."""
    return Connector(config, Latest(Registry()), Outlets(list(outlets)))


@asynccontextmanager
async def following(config: HomeAssistantConfig) -> AsyncGenerator[Follower]:
    """Run a connector for as long as the block runs."""
    send_changes, changes = trio.open_memory_channel[Told](16)
    follower = Follower(connector_to([Outlet("lane", send_changes, PlainLedger())], config))
    with trio.fail_after(180):  # a thousand reconnects on a busy machine
        async with trio.open_nursery() as nursery:
            nursery.start_soon(follower.listen, changes)
            nursery.start_soon(follower.connector.run)
            yield follower
            nursery.cancel_scope.cancel(reason="the test is over")


async def until(condition: Callable[[], object]) -> None:
    """Wait for *condition*; what waits for ever is ended by the test's deadline."""
    while not condition():
        await trio.sleep(0.002)
