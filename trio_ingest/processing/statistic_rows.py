"""Encode rows of long-term statistics for the embedded database: an object a line."""

from collections.abc import Mapping

from attrs import asdict

from trio_ingest.model.batch import Encoding
from trio_ingest.model.registry import UNREGISTERED, Latest, Registry
from trio_ingest.model.statistic import StatisticRow
from trio_ingest.processing.json_line import json_line
from trio_ingest.processing.remembered import registry_of


class StatisticRowEncoder:
    """Lines that name their columns."""

    encoding = Encoding.ROWS

    def __init__(self, registries: Mapping[str, Latest[Registry]], tags: Mapping[str, str]) -> None:
        self._registries = registries
        self._tags = dict(tags)

    def encode(self, home: str, row: StatisticRow) -> str | None:
        """Return the line of *row*, without a newline; None when there is no number in it."""
        if row.is_empty:
            return None
        statistic, entity_id = row.statistic, row.statistic.entity_id
        registry = registry_of(home, self._registries)
        place = UNREGISTERED if entity_id is None else registry.entry_of(entity_id)
        numbers = asdict(row, recurse=False)
        del numbers["statistic"], numbers["time"], numbers["last_reset"]
        columns = {
            "statistic_id": statistic.statistic_id,
            "home": home,
            "time_us": row.time,
            "source": statistic.source,
            "unit": statistic.unit,
            "name": statistic.name,
            **numbers,
            "last_reset_us": row.last_reset,
            "area": place.area,
            "device": place.device,
            "floor": place.floor,
            "tags": self._tags,
        }
        return json_line(columns)
