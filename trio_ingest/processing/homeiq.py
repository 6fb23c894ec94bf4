"""The schema `homeiq`: one measurement of events, as the readers of HomeIQ's old service ask it.

Each field has one type for ever. What one reading of Home Assistant knows and another does not (a
snapshot has no old state) is told in fields only, so both are the same point. A field that would
say less in the poorer reading is left out of it, so it does not matter which is written last.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from trio_ingest.config.line_protocol_model import Precision, StateFormat
from trio_ingest.model.batch import Encoding
from trio_ingest.model.instant import MICROSECONDS_PER_SECOND
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.state_change import Context, State, StateChange
from trio_ingest.processing.encoder import Encoder
from trio_ingest.processing.homeiq_series import EventSeries, HomeiqSeries
from trio_ingest.processing.homeiq_states import StateTexts, legacy_text, part_of, state_object
from trio_ingest.processing.last_made import Parts
from trio_ingest.processing.line_protocol import float_value, string_value
from trio_ingest.processing.remembered import Remembered
from trio_ingest.processing.timestamps import timestamps_in
from trio_ingest.processing.values import REMEMBERED_STATES, number_of

REMOVED = ""


class HomeiqEncoder(Encoder):
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
        self._parts = Parts(part_of)
        self._texts = Remembered({}, self._make_texts)
        self._is_legacy = state_format is StateFormat.LEGACY

    def encode_all(self, home: str, changes: Sequence[StateChange]) -> Sequence[str]:
        """Return the line of each of *changes*. Never raises for any JSON they may hold."""
        texts, series = self._texts.in_home(home), self._series.in_home(home)
        return [self._line(change, texts[change.entity_id], series) for change in changes]

    def _line(
        self,
        change: StateChange,
        texts: StateTexts,
        all_series: Mapping[tuple[str, str | None], EventSeries],
    ) -> str:
        state, old_state = change.state, change.old_state
        # Before the new state is written, for the old one mostly is what was written last.
        old = [] if old_state is None else self._old(change, old_state, texts)
        new = [f'state_value="{REMOVED}"'] if state is None else self._new(change, state, texts)
        fields = [*_context(change.context), *new, *old, *_duration(old_state, state)]
        series = all_series[change.entity_id, _device_class(state or old_state, texts)]
        time = self._timestamp(change.time)
        return f"{series.head} {','.join(fields)}{series.device} {time}"

    def _new(self, change: StateChange, state: State, texts: StateTexts) -> list[str]:
        if _is_of_history(change):
            name = "state_text" if self._is_legacy else "state_value"
            return [f"{name}={string_value(state.value)}", *_number(state.value)]
        attributes = texts.attributes.of(state.attributes).text
        return [
            f"state_value={string_value(self._value(change.entity_id, state))}",
            *_number(state.value),
            *([f'attributes="{{{attributes}}}"'] if attributes else []),
            *_whole("state", state, texts),
        ]

    def _old(self, change: StateChange, state: State, texts: StateTexts) -> list[str]:
        if _is_of_history(change):
            return [] if self._is_legacy else [f"previous_state={string_value(state.value)}"]
        value = string_value(self._value(change.entity_id, state))
        return [f"previous_state={value}", *_whole("old_state", state, texts)]

    def _value(self, entity_id: str, state: State) -> str:
        return legacy_text(state_object(entity_id, state)) if self._is_legacy else state.value

    def _make_texts(self, _home: str, entity_id: str, _registry: Registry) -> StateTexts:
        return StateTexts.of(entity_id, self._parts)


def _is_of_history(change: StateChange) -> bool:
    """Say whether *change* was read from the history: all others have a context."""
    return not change.context.id


def _device_class(state: State | None, texts: StateTexts) -> str | None:
    """Return the class after the new state; the old one's only counts when the entity is gone.

    It is a tag. A snapshot knows no old state, so its point would be another one otherwise.
    """
    return None if state is None else texts.attributes.of(state.attributes).device_class


def _context(context: Context) -> list[str]:
    written = [f"context_id={string_value(context.id)}"] if context.id else []
    if context.parent_id:
        written.append(f"context_parent_id={string_value(context.parent_id)}")
    if context.user_id:
        written.append(f"context_user_id={string_value(context.user_id)}")
    return written


@lru_cache(REMEMBERED_STATES)
def _number(state: str) -> Sequence[str]:
    number = number_of(state)
    return () if number is None else (f"normalized_value={float_value(number)}",)


def _whole(name: str, state: State, texts: StateTexts) -> Sequence[str]:
    text = texts.whole(state)
    return () if text is None else (f'{name}="{text}"',)


def _duration(old: State | None, new: State | None) -> Sequence[str]:
    """Return for how many seconds the state had its old value; 0.0 when only attributes change."""
    if old is None or new is None:
        return ()
    seconds = max(0, new.last_changed - old.last_changed) / MICROSECONDS_PER_SECOND
    return (f"duration_in_state_seconds={float_value(seconds)}",)
