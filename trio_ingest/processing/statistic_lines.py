"""Encode rows of long-term statistics as line protocol, the same beside every schema.

Measurement `statistics`. Names and types of fields follow the schema `tidy`, except that `state` is
what the counter stood at: a number, never a text.
"""

from collections.abc import Mapping

from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.model.batch import Encoding
from trio_ingest.model.instant import to_datetime
from trio_ingest.model.registry import UNREGISTERED, Latest, Registry
from trio_ingest.model.statistic import Statistic, StatisticRow
from trio_ingest.processing import line_protocol
from trio_ingest.processing.line_protocol import float_value, string_value
from trio_ingest.processing.remembered import Remembered
from trio_ingest.processing.timestamps import timestamps_in

MEASUREMENT = "statistics"
NUMBERS = ("mean", "min", "max", "sum", "state")

_TEXTS = ("unit_of_measurement_str", "friendly_name_str", "last_reset_str")
_FIELDS = frozenset({*NUMBERS, *_TEXTS})


class StatisticLineEncoder:
    """Writes the numbers of one hour; the tags say of what. The unit is a field.

    So another unit does not begin another series, as with the points of state changes.
    """

    def __init__(
        self,
        registries: Mapping[str, Latest[Registry]],
        *,
        tags: Mapping[str, str],
        precision: Precision,
        home_tag: bool = False,
    ) -> None:
        """Give each series the tag `home` when *home_tag* says that there are several homes."""
        self.encoding = Encoding(f"line-protocol/{precision}")
        self._timestamp = timestamps_in(precision)
        self._home_tag = home_tag
        self._constant = {
            line_protocol.tag_name(name, _FIELDS): value for name, value in tags.items() if value
        }
        self._series = Remembered(registries, self._make_series)

    def encode(self, home: str, row: StatisticRow) -> str | None:
        """Return the line of *row*, without a newline; None when there is no number in it."""
        if row.is_empty:
            return None
        series = self._series.in_home(home)[row.statistic]
        return f"{series} {','.join(_fields_of(row))} {self._timestamp(row.time)}"

    def _make_series(self, home: str, statistic: Statistic, registry: Registry) -> str:
        entity_id = statistic.entity_id
        place = UNREGISTERED if entity_id is None else registry.entry_of(entity_id)
        tags: dict[str, str | None] = {
            "statistic_id": statistic.statistic_id,
            "entity_id": entity_id,
            "source": statistic.source,
            "area": place.area,
            "device": place.device,
            "floor": place.floor,
            "home": home if self._home_tag else None,
        }
        known = {name: text for name, text in tags.items() if text}
        known |= {name: text for name, text in self._constant.items() if name not in tags}
        return ",".join(
            [
                MEASUREMENT,
                *(
                    f"{line_protocol.key(name)}={line_protocol.tag_value(text)}"
                    for name, text in known.items()
                ),
            ]
        )


def _fields_of(row: StatisticRow) -> list[str]:
    numbers = {name: getattr(row, name) for name in NUMBERS}
    last_reset = None if row.last_reset is None else to_datetime(row.last_reset).isoformat()
    texts = zip(_TEXTS, (row.statistic.unit, row.statistic.name, last_reset), strict=True)
    return [
        *(
            f"{name}={float_value(number)}"
            for name, number in numbers.items()
            if number is not None
        ),
        *(f"{name}={string_value(text)}" for name, text in texts if text),
    ]
