"""Encode events that are no state changes as rows for the embedded database: JSON objects."""

from collections.abc import Mapping

from trio_ingest.model.batch import Encoding
from trio_ingest.model.state_change import HomeEvent
from trio_ingest.processing.home_events import Numbering, subject_of
from trio_ingest.processing.json_line import json_line


class EventRowEncoder:
    """Lines that name their columns; the data are a JSON object in them, whole.

    `sequence` numbers the events of one type within one microsecond, nearly always 0.
    """

    encoding = Encoding.ROWS

    def __init__(self, tags: Mapping[str, str]) -> None:
        self._tags = dict(tags)
        self._numbering = Numbering()

    def encode(self, home: str, event: HomeEvent) -> str:
        """Return the line of *event*, without a newline."""
        row = {
            "home": home,
            "event_type": event.event_type,
            "time_us": event.time,
            "sequence": self._numbering.next(home, event.time, event.event_type),
            **subject_of(event),
            "context_id": event.context.id,
            "context_user_id": event.context.user_id,
            "context_parent_id": event.context.parent_id,
            "data": event.data,
            "tags": self._tags,
        }
        return json_line(row)
