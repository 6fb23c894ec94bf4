"""Encode events that are no state changes as line protocol, the same beside every schema.

Measurement `event_<type>`. Names and types of fields follow the schema `tidy`: strings are those
that are named here, all else is a float.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.model.batch import Encoding
from trio_ingest.model.state_change import HomeEvent
from trio_ingest.processing import line_protocol
from trio_ingest.processing.field_names import FieldNames
from trio_ingest.processing.fields import float_of, json_of
from trio_ingest.processing.home_events import Numbering, subject_of
from trio_ingest.processing.line_protocol import float_value, string_value
from trio_ingest.processing.timestamps import timestamps_in

OWN_TAGS = ("entity_id", "domain", "service", "home", "sequence")
OWN_FIELDS = ("data", "context_id", "context_user_id", "context_parent_id")
REMEMBERED_NAMES = 4096

_TAKEN = frozenset({*OWN_FIELDS, "sequence"})


class EventLineEncoder:
    """Writes who and what: the subject as tags, all data as JSON, its numbers, the context.

    `sequence` is a tag only where events of one series fall into one unit of the precision: the
    second has 1, the third 2. Data longer than a string field may be is left out.
    """

    def __init__(
        self, *, tags: Mapping[str, str], precision: Precision, home_tag: bool = False
    ) -> None:
        """Give each series the tag `home` when *home_tag* says that there are several homes."""
        self.encoding = Encoding(f"line-protocol/{precision}")
        self._timestamp = timestamps_in(precision)
        self._home_tag = home_tag
        self._constant = {
            line_protocol.tag_name(name, _TAKEN): value for name, value in tags.items() if value
        }
        self._numbering = Numbering()
        names = FieldNames({*OWN_TAGS, *OWN_FIELDS, *self._constant})
        self._number_key = lru_cache(REMEMBERED_NAMES)(
            lambda name: f"{line_protocol.key(names.number(name))}="
        )

    def encode(self, home: str, event: HomeEvent) -> str:
        """Return the line of *event*. Never raises for any JSON it may hold."""
        timestamp = self._timestamp(event.time)
        series = self._series(home, event)
        number = self._numbering.next(home, timestamp, series)
        sequence = f",sequence={number}" if number else ""
        return f"{series}{sequence} {','.join(self._fields(event))} {timestamp}"

    def _series(self, home: str, event: HomeEvent) -> str:
        tags = subject_of(event) | ({"home": home} if self._home_tag else {})
        tags |= {name: value for name, value in self._constant.items() if name not in tags}
        return ",".join(
            [
                line_protocol.measurement(f"event_{event.event_type}"),
                *(
                    f"{line_protocol.key(name)}={line_protocol.tag_value(value)}"
                    for name, value in tags.items()
                ),
            ]
        )

    def _fields(self, event: HomeEvent) -> list[str]:
        context = event.context
        texts = {
            "context_id": context.id,
            "context_user_id": context.user_id,
            "context_parent_id": context.parent_id,
            "data": json_of(event.data),
        }
        numbers = {name: _float_of(value) for name, value in event.data.items()}
        return [
            *(f"{name}={string_value(text)}" for name, text in texts.items() if text is not None),
            *(
                f"{self._number_key(name)}{float_value(number)}"
                for name, number in numbers.items()
                if number is not None
            ),
        ]


def _float_of(value: Any) -> float | None:
    """Return a number or a truth value as a finite float; None for everything else."""
    return float_of(value) if isinstance(value, int | float) else None
