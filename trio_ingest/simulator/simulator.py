"""A running simulated Home Assistant, as tests and the demo hold it in their hands."""

from collections.abc import Mapping
from typing import Any

import trio
from attrs import define, field

from trio_ingest.simulator.connection import Connection
from trio_ingest.simulator.core import Core, Emission
from trio_ingest.simulator.entrance import Stall
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.recorder import Recorder


@define(eq=False)
class Closing:
    """An order to close the listening port, and to open it again when `may_open` is set."""

    may_open: trio.Event = field(factory=trio.Event)
    is_open: trio.Event = field(factory=trio.Event)


@define(eq=False, kw_only=True)
class Simulator:
    """A Home Assistant with a story. Its faults are methods; `connections` is what it has seen."""

    url: str
    home: Home
    core: Core
    connections: list[Connection]
    """Every connection that there ever was, the oldest first."""
    _closings: trio.MemorySendChannel[Closing]

    @property
    def token(self) -> str:
        """The token that lets a client in; "" when it was revoked."""
        return self.core.entrance.token or ""

    @property
    def recorder(self) -> Recorder:
        """The recorder: its lag, its exclusions, whether it runs."""
        return self.core.recorder

    @property
    def emitted(self) -> int:
        """How many `state_changed` events there were since the start, heard or not."""
        return self.core.emitted

    @property
    def emissions(self) -> list[Emission]:
        """Those events, when recording was asked for."""
        return self.core.emissions

    @property
    def open_connections(self) -> list[Connection]:
        """Return the connections that have not ended."""
        return [connection for connection in self.connections if connection.ended_at is None]

    def set_state(
        self,
        entity_id: str,
        state: str,
        attributes: Mapping[str, Any] | None = None,
        *,
        force_update: bool = False,
    ) -> None:
        """Write a state. Writing what is there already fires nothing, unless forced."""
        self.core.set_state(entity_id, state, attributes or {}, force_update=force_update)

    def remove(self, entity_id: str) -> None:
        """Remove an entity."""
        self.core.remove(entity_id)

    def fire(
        self,
        event_type: str,
        data: Mapping[str, Any],
        *,
        user_id: str | None = None,
        parent_id: str | None = None,
    ) -> None:
        """Fire an event that is no state change; its context is a person's, or follows another."""
        self.core.fire(event_type, data, user_id=user_id, parent_id=parent_id)

    def step(self) -> None:
        """Let the next thing happen in the home."""
        change = self.home.step()
        if change.state is None:
            self.core.remove(change.entity_id)
        else:
            self.core.set_state(change.entity_id, change.state, change.attributes)

    async def burst(self, changes: int, *, per_tick: int = 100, pause_seconds: float = 0.0) -> None:
        """Let so many things happen; clients are served in the pauses between the ticks.

        4,096 in one tick cut every subscriber off, however fast it reads, as in the real one. So do
        more changes than the clients can take: for a steady load there is `run_home`.
        """
        for done in range(0, changes, per_tick):
            for _ in range(min(per_tick, changes - done)):
                self.step()
            await trio.sleep(pause_seconds)

    def set_run_state(self, run_state: str) -> None:
        """Set what `get_config` says: "RUNNING", or "NOT_RUNNING" while starting."""
        self.core.run_state = run_state

    def rename_area(self, area_id: str, name: str) -> None:
        """Rename an area."""
        registries = self.core.registries
        self.core.update_registry(registries.rename_area(area_id, name, self._timestamp()))

    def move_device(self, device_id: str, area_id: str | None) -> None:
        """Put a device into another area, or into none."""
        registries = self.core.registries
        update = registries.update_device(device_id, self._timestamp(), area_id=area_id)
        self.core.update_registry(update)

    def move_entity(self, entity_id: str, area_id: str | None) -> None:
        """Put an entity into an area of its own, or back to where its device is."""
        registries = self.core.registries
        update = registries.update_entity(entity_id, self._timestamp(), area_id=area_id)
        self.core.update_registry(update)

    def create_label(self, name: str) -> str:
        """Add a label and return its id."""
        registries = self.core.registries
        self.core.update_registry(registries.create_label(name, self._timestamp()))
        return registries.label_named(name)

    def label_entity(self, entity_id: str, *label_ids: str) -> None:
        """Give an entity these labels in place of those it has."""
        registries = self.core.registries
        update = registries.update_entity(entity_id, self._timestamp(), labels=list(label_ids))
        self.core.update_registry(update)

    def rename_entity(self, entity_id: str, new_id: str, state: str) -> None:
        """Give a registered entity another id, and its *state* with it, as 2026.11 does."""
        registries = self.core.registries
        self.core.update_registry(registries.rename_entity(entity_id, new_id, self._timestamp()))
        self.core.remove(entity_id)
        self.core.set_state(new_id, state, {})

    async def delete_entity(self, entity_id: str, *, pause_seconds: float = 0.0) -> None:
        """Delete an entity from the registry, and then remove its state, as 2026.11 does."""
        self.core.update_registry(self.core.registries.delete_entity(entity_id))
        await trio.sleep(pause_seconds)
        self.core.remove(entity_id)

    def stall(self, where: Stall | None) -> None:
        """Leave new connections hanging there; None: serve them again."""
        self.core.entrance.stall = where

    def kick_all(self) -> None:
        """Close every connection with CLOSE 1000; what was pending is lost."""
        for connection in self.open_connections:
            connection.hang_up()

    def revoke_token(self) -> None:
        """Close every connection and let nobody in until there is another token."""
        self.replace_token(None)

    def replace_token(self, token: str | None) -> None:
        """Let in only those who have *token*; clients that came with the old one are closed."""
        self.core.entrance.token = token
        self.kick_all()

    def go_deaf(self) -> None:
        """Stop hearing every client there is now: pings stay unanswered. Events still go out."""
        for connection in self.open_connections:
            connection.go_deaf()

    def kill(self) -> None:
        """End every TCP connection with no CLOSE frame, as when the process is killed."""
        for connection in self.open_connections:
            connection.abort()

    async def restart(self, *, linger_seconds: float = 10.0, down_seconds: float = 0.0) -> None:
        """Restart as the real one: CLOSE 1000, port closed, TCP kept, port open again.

        The port opens `down_seconds` after the last client has ended its TCP connection, for which
        it has `linger_seconds`. States, history and registries survive.
        """
        clients = self.open_connections
        for connection in clients:
            connection.hang_up(linger_seconds)
        closing = Closing()
        await self._closings.send(closing)
        for connection in clients:
            await connection.ended.wait()
        await trio.sleep(down_seconds)
        closing.may_open.set()
        await closing.is_open.wait()

    def _timestamp(self) -> float:
        return self.core.ticker.tick().timestamp
