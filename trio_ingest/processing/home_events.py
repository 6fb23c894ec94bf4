"""What an event that is no state change is about, and what tells it apart from its likes."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field

from trio_ingest.model.state_change import HomeEvent

ENTITY_SEPARATOR = ","


def entities_of(event: HomeEvent) -> Sequence[str]:
    """Return the entities that *event* names, each once and sorted: its own, or a service's."""
    service_data = event.data.get("service_data")
    named = event.data.get("entity_id")
    if named is None and isinstance(service_data, Mapping):
        named = service_data.get("entity_id")
    return sorted({each for each in _texts(named) if "." in each})


def _texts(named: Any) -> Iterable[str]:
    """Take apart what may be an id, several with commas between them, a list of them, or none."""
    if isinstance(named, str):
        return [part.strip() for part in named.split(ENTITY_SEPARATOR)]
    return [each for each in named if isinstance(each, str)] if isinstance(named, list) else []


def subject_of(event: HomeEvent) -> dict[str, str]:
    """Return the tags that tell what *event* is about: `entity_id`, `domain`, `service`.

    Of several entities all are named, so that a search for one of them finds the event.
    """
    subject: dict[str, Any] = {
        "entity_id": ENTITY_SEPARATOR.join(entities_of(event)),
        "domain": event.data.get("domain"),
        "service": event.data.get("service"),
    }
    return {name: text for name, text in subject.items() if isinstance(text, str) and text}


@define
class Numbering:
    """Numbers the events of a series within one unit of time from 0: none overwrites another.

    Events of a home come in the order of their time, so only the latest unit is remembered. An
    event is told only once by Home Assistant, so nothing has to be numbered the same a second time.
    """

    _now: dict[str, int] = field(factory=dict)
    _so_far: dict[str, Counter[Hashable]] = field(factory=dict)

    def next(self, home: str, time: int, series: Hashable) -> int:
        """Return the number of one more event of *series* at *time*."""
        if self._now.get(home) != time:
            self._now[home] = time
            self._so_far[home] = Counter()
        number = self._so_far[home][series]
        self._so_far[home][series] += 1
        return number
