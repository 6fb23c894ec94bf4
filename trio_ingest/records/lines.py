"""Recorded changes as line protocol: what the schema `tidy` would have sent to an InfluxDB.

The encoders of the daemon do it, so that it is the same, byte for byte. What the database does not
keep cannot be in it: labels, registry ids, and the halves of surrogate pairs.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Literal

from attrs import define, field

from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.config.sink_model import AttributesConfig
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import Context, HomeEvent, State, StateChange
from trio_ingest.processing.event_lines import EventLineEncoder
from trio_ingest.processing.tidy import TidyEncoder
from trio_ingest.processing.value_map import ValueMap
from trio_ingest.processing.values import number_of
from trio_ingest.records.pages import Row


class StoredNumber(ValueMap):
    """Gives the number that is stored beside a state, where the state is not one by itself."""

    def __init__(self) -> None:
        super().__init__({})
        self.present: float | None = None

    @property
    def is_empty(self) -> bool:
        """There is a number for any state."""
        return False

    def configured_for(self, entity_id: str, state: State) -> float | None:  # noqa: ARG002 - it is the present one's
        """Return the number if only the configuration can have given it."""
        # SQLite has no -0.0, and a state that is a number says it exactly.
        return None if self.present == number_of(state.value) else self.present


@define(kw_only=True)
class Lines:
    """Makes lines of rows. With *home_tag* they say which home they are from."""

    precision: Precision = Precision.US
    nested: Literal["drop", "json"] = "drop"
    home_tag: bool = False
    _number: StoredNumber = field(factory=StoredNumber, init=False)
    _registries: dict[str, Latest[Registry]] = field(factory=dict, init=False)
    _encoders: dict[str, TidyEncoder] = field(factory=dict, init=False)
    _event_encoders: dict[str, EventLineEncoder] = field(factory=dict, init=False)

    def of_changes(self, rows: Iterable[Row]) -> Iterator[str]:
        """Yield a line for each state change."""
        for row in rows:
            self._place(row)
            self._number.present = row["value"]
            # Of a removal and of an entity that says "removed" the line is the same.
            state = State(value=row["state"], attributes=Attributes(row["attributes"].encode()))
            change = StateChange(entity_id=row["entity_id"], time=row["time_us"], state=state)
            yield from self._encoder(row["tags"]).encode_all(row["home"], [change])

    def of_events(self, rows: Iterable[Row]) -> Iterator[str]:
        """Yield a line for each other event."""
        for row in rows:
            context = Context(
                id=row["context_id"],
                user_id=row["context_user_id"],
                parent_id=row["context_parent_id"],
            )
            data = json.loads(row["data"])
            event = HomeEvent(
                event_type=row["event_type"], time=row["time_us"], data=data, context=context
            )
            yield self._event_encoder(row["tags"]).encode(row["home"], event)

    def _place(self, row: Row) -> None:
        """Have the registry of a home say of the entity what it said then."""
        entry = Entry(area=row["area"], device=row["device"], floor=row["floor"])
        registry = self._registries.setdefault(row["home"], Latest(Registry()))
        entity_id = row["entity_id"]
        if registry.value.entries.get(entity_id) != entry:
            registry.value = Registry(entries={**registry.value.entries, entity_id: entry})

    def _encoder(self, tags: str) -> TidyEncoder:
        """Return the encoder for such constant tags: they change when the configuration does."""
        if tags not in self._encoders:
            self._encoders[tags] = TidyEncoder(
                registries=self._registries,
                attributes=AttributesConfig(nested=self.nested),
                tags=json.loads(tags),
                precision=self.precision,
                home_tag=self.home_tag,
                value_map=self._number,
            )
        return self._encoders[tags]

    def _event_encoder(self, tags: str) -> EventLineEncoder:
        if tags not in self._event_encoders:
            self._event_encoders[tags] = EventLineEncoder(
                tags=json.loads(tags), precision=self.precision, home_tag=self.home_tag
            )
        return self._event_encoders[tags]
