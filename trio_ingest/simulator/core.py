"""The heart of a simulated Home Assistant: states, registries and recorder, joined by events."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

import msgspec
from attrs import define, field, frozen

from trio_ingest.model.instant import to_microseconds
from trio_ingest.simulator import compressed, wire
from trio_ingest.simulator.configuration import configuration
from trio_ingest.simulator.entrance import Entrance
from trio_ingest.simulator.home import Home
from trio_ingest.simulator.recorder import Recorder, Row
from trio_ingest.simulator.registries import Registries, RegistryEvent
from trio_ingest.simulator.states import Change, State, StateMachine
from trio_ingest.simulator.statistics import StatisticsTable
from trio_ingest.simulator.ticker import Tick, Ticker

Deliver = Callable[[bytes], None]
DeliverChange = Callable[[str, bytes], None]

EVERY_EVENT = "*"


class _StateChanged(msgspec.Struct):
    entity_id: str
    old_state: msgspec.Raw | None
    new_state: msgspec.Raw | None


@frozen
class Emission:
    """What was emitted: the entity, the instant in microseconds, the state (None: removed)."""

    entity_id: str
    time: int
    state: str | None
    attributes: Mapping[str, Any] = field(factory=dict, eq=False, repr=False)


@define(eq=False)
class Core:
    """What all connections have in common. Nothing here waits."""

    version: str
    entrance: Entrance
    ticker: Ticker
    recorder: Recorder
    records_emissions: bool = False
    run_state: str = "RUNNING"
    unknown_commands: set[str] = field(factory=set)
    """Commands to know nothing of, as an older version."""
    states: StateMachine = field(factory=StateMachine)
    registries: Registries = field(factory=Registries)
    statistics: StatisticsTable = field(factory=StatisticsTable)
    emitted: int = 0
    """How many `state_changed` events there were, heard or not."""
    emissions: list[Emission] = field(factory=list)
    _subscribers: defaultdict[str, list[Deliver]] = field(factory=lambda: defaultdict(list))
    _entity_subscribers: list[DeliverChange] = field(factory=list)
    _numbers: Iterator[int] = field(factory=count)

    def furnish(self, home: Home) -> None:
        """Enter everything that *home* has. It was there before the first event is counted."""
        tick = self.ticker.tick()
        self.registries.furnish(home.entities, tick.timestamp)
        for change in home.now():
            if change.state is not None:
                self.set_state(change.entity_id, change.state, change.attributes)
        self.emitted = 0
        self.emissions.clear()

    def set_state(
        self,
        entity_id: str,
        state: str,
        attributes: Mapping[str, Any],
        *,
        force_update: bool = False,
    ) -> None:
        """Write a state; when that changes anything, everybody hears of it."""
        tick = self.ticker.tick()
        change = self.states.set(
            entity_id,
            state,
            attributes,
            tick=tick,
            context=self._new_context(),
            force=force_update,
        )
        if change is not None:
            self._emit(change, tick)

    def remove(self, entity_id: str) -> None:
        """Forget an entity; when there was one, everybody hears of it."""
        change = self.states.remove(entity_id)
        if change is not None:
            self._emit(change, self.ticker.tick())

    def fire(
        self,
        event_type: str,
        data: Mapping[str, Any],
        *,
        user_id: str | None = None,
        parent_id: str | None = None,
    ) -> None:
        """Tell the subscribers of an event that is no state change."""
        context = wire.Context(self._new_context().id, parent_id, user_id)
        self._publish(event_type, lambda: data, self.ticker.tick(), context)

    def update_registry(self, update: RegistryEvent) -> None:
        """Tell the subscribers of a change in a registry."""
        self.fire(update.event_type, update.data)

    def subscribe(self, event_type: str, deliver: Deliver) -> Callable[[], None]:
        """Have *deliver* called with each event as JSON; return what ends that."""
        subscribers = self._subscribers[event_type]
        subscribers.append(deliver)
        return lambda: subscribers.remove(deliver)

    def subscribe_entities(self, deliver: DeliverChange) -> Callable[[], None]:
        """Have *deliver* called with each change as compressed JSON; return what ends that."""
        self._entity_subscribers.append(deliver)
        return lambda: self._entity_subscribers.remove(deliver)

    def configuration(self) -> dict[str, Any]:
        """Return the answer to `get_config`."""
        return configuration(self.version, self.run_state)

    def _new_context(self) -> wire.Context:
        return wire.Context(f"01S{next(self._numbers):023d}")

    def _emit(self, change: Change, tick: Tick) -> None:
        new = change.new
        self.emitted += 1
        if self.records_emissions:
            time = to_microseconds(tick.moment)
            value, attributes = (new.value, new.attributes) if new else (None, {})
            self.emissions.append(Emission(change.entity_id, time, value, attributes))
        self.recorder.add(change.entity_id, _row(new, tick))
        context = new.context if new else self._new_context()
        self._publish("state_changed", lambda: _told(change), tick, context)
        if self._entity_subscribers:
            body = wire.encode(compressed.told(change))
            for deliver in self._entity_subscribers:
                deliver(change.entity_id, body)

    def _publish(
        self, event_type: str, data: Callable[[], Any], tick: Tick, context: wire.Context
    ) -> None:
        subscribers = self._subscribers[event_type] + self._subscribers[EVERY_EVENT]
        if not subscribers:
            return
        body = wire.encode(
            wire.Event(
                event_type=event_type,
                data=data(),
                time_fired=tick.moment.isoformat(),
                context=context,
            )
        )
        for deliver in subscribers:
            deliver(body)


def _told(change: Change) -> _StateChanged:
    return _StateChanged(
        change.entity_id,
        msgspec.Raw(change.old.json) if change.old else None,
        msgspec.Raw(change.new.json) if change.new else None,
    )


def _row(state: State | None, tick: Tick) -> Row:
    if state is None:
        return Row(None, {}, tick.timestamp, tick.timestamp)
    unchanged = state.changed is not state.updated
    changed = state.changed.moment.timestamp() if unchanged else tick.timestamp
    return Row(state.value, state.attributes, tick.timestamp, changed)
