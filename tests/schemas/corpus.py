"""The recorded frames of a real Home Assistant, as plain JSON and as we decode them."""

import gzip
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from attrs import frozen

from trio_ingest.home_assistant.messages import (
    Event,
    OtherEvent,
    decode_frame,
    to_home_event,
    to_state_change,
)
from trio_ingest.model.state_change import HomeEvent, StateChange

CORPUS = Path(__file__).parents[1] / "samples" / "corpus.jsonl.gz"

T = TypeVar("T", StateChange, HomeEvent)


@frozen
class Recorded(Generic[T]):
    """An event in both ways: what was `told` is for tests that do not trust our decoder."""

    told: Mapping[str, Any]
    heard: T


@cache
def recorded() -> tuple[list[Recorded[StateChange]], list[Recorded[HomeEvent]]]:
    """Return the state changes and the other events of the frames, each in their order."""
    changes, events = [], []
    with gzip.open(CORPUS, "rt", encoding="utf-8") as frames:
        for frame in frames:
            told = json.loads(frame)["event"]
            [message] = decode_frame(frame)
            if isinstance(message, Event):
                changes.append(Recorded(told, to_state_change(message.event)))
            else:
                assert isinstance(message, OtherEvent)
                events.append(Recorded(told, to_home_event(message.event)))
    return changes, events
