"""The schema `homeiq`: one measurement of events, as the readers of HomeIQ's old service ask it.

Each field has one type for ever. What one reading of Home Assistant knows and another does not (a
snapshot has no old state) is told in fields only, so both are the same point. A field that would
say less in the poorer reading is left out of it, so it does not matter which is written last.
"""

from collections.abc import Mapping

from trio_ingest.config.line_protocol_model import Precision, StateFormat
from trio_ingest.model.batch import Encoding
from trio_ingest.model.instant import MICROSECONDS_PER_SECOND
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.state_change import State, StateChange
from trio_ingest.processing.homeiq_series import HomeiqSeries, device_class_of
from trio_ingest.processing.homeiq_states import StateTexts, WrittenField, legacy_text, state_object
from trio_ingest.processing.line_protocol import float_value, string_value
from trio_ingest.processing.remembered import Remembered
from trio_ingest.processing.timestamps import timestamps_in
from trio_ingest.processing.values import number_of

Fields = dict[str, str | float | None]
REMOVED = ""


class HomeiqEncoder:
    """Writes each change as an event: its context, the state before and after, the device.

    A removal has the empty `state_value`. Attributes and whole states that no string field can
    hold are left out; readers parse them, and half of one is nothing. So they are where the context
    is not known: that is a reading of the history, which has not all attributes either.
    """

    def __init__(
        self,
        *,
        registries: Mapping[str, Latest[Registry]],
        tags: Mapping[str, str],
        precision: Precision,
        state_format: StateFormat,
    ) -> None:
        self.encoding = Encoding(f"line-protocol/{precision}")
        self._timestamp = timestamps_in(precision)
        self._series = HomeiqSeries(registries, tags)
        self._texts: Remembered[str, StateTexts] = Remembered({}, _texts_of)
        self._is_legacy = state_format is StateFormat.LEGACY

    def encode(self, home: str, change: StateChange) -> str:
        """Return the line of *change*. Never raises for any JSON it may hold."""
        series = self._series.of(home, change.entity_id, _device_class(change))
        old_state = change.old_state
        # Before the new state is written, for the old one mostly is what was written last.
        old = self._old(home, change, old_state)
        fields: Fields = {
            "context_id": change.context.id or None,
            "context_parent_id": change.context.parent_id or None,
            "context_user_id": change.context.user_id or None,
            **self._new(home, change),
            **old,
            "duration_in_state_seconds": _duration(old_state, change.state),
            **series.device,
        }
        return f"{series.head} {_written(fields)} {self._timestamp(change.time)}"

    def _new(self, home: str, change: StateChange) -> Fields:
        state = change.state
        if state is None:
            return {"state_value": REMOVED}
        if _is_of_history(change):
            text = "state_text" if self._is_legacy else "state_value"
            return {text: state.value, "normalized_value": number_of(state.value)}
        texts = self._texts.of(home, change.entity_id)
        return {
            "state_value": self._value(change.entity_id, state),
            "normalized_value": number_of(state.value),
            "attributes": texts.attributes(state.attributes),
            "state": texts.whole(state),
        }

    def _old(self, home: str, change: StateChange, state: State | None) -> Fields:
        if state is None:
            return {}
        if _is_of_history(change):
            return {} if self._is_legacy else {"previous_state": state.value}
        return {
            "previous_state": self._value(change.entity_id, state),
            "old_state": self._texts.of(home, change.entity_id).whole(state),
        }

    def _value(self, entity_id: str, state: State) -> str:
        return legacy_text(state_object(entity_id, state)) if self._is_legacy else state.value


def _texts_of(_home: str, entity_id: str, _registry: Registry) -> StateTexts:
    return StateTexts(entity_id)


def _is_of_history(change: StateChange) -> bool:
    """Say whether *change* was read from the history: all others have a context."""
    return not change.context.id


def _device_class(change: StateChange) -> str | None:
    """Return the class after the new state; the old one's only counts when the entity is gone.

    It is a tag. A snapshot knows no old state, so its point would be another one otherwise.
    """
    state = change.state or change.old_state
    return None if state is None else device_class_of(state.attributes.by_name)


def _duration(old: State | None, new: State | None) -> float | None:
    """Return for how many seconds the state had its old value; 0.0 when only attributes change."""
    if old is None or new is None:
        return None
    return max(0, new.last_changed - old.last_changed) / MICROSECONDS_PER_SECOND


def _written(fields: Fields) -> str:
    return ",".join(
        f"{name}={_as_written(value)}" for name, value in fields.items() if value is not None
    )


def _as_written(value: str | float) -> str:
    if isinstance(value, WrittenField):
        return value
    return string_value(value) if isinstance(value, str) else float_value(value)
