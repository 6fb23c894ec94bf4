"""Long-term statistics: what is kept of the past when the states are forgotten, hour by hour."""

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import define, field, frozen

TYPES = ("change", "last_reset", "max", "mean", "min", "state", "sum")
HOUR = 3600
MILLISECONDS = 1000


@frozen(kw_only=True)
class Series:
    """A statistic, and its hours by the second in which they begin.

    Whoever does not ask for the `unit` gets the numbers in the `shown_unit`, `factor` times as
    large.
    """

    statistic_id: str
    source: str = "recorder"
    name: str | None = None
    unit: str = "kWh"
    unit_class: str | None = "energy"
    shown_unit: str = "kWh"
    factor: float = 1.0
    hours: dict[int, Mapping[str, float]] = field(factory=dict)


@define
class StatisticsTable:
    """All the series that there are."""

    _series: dict[str, Series] = field(factory=dict)

    def add(self, series: Series) -> None:
        """Have a series, with the hours in it."""
        self._series[series.statistic_id] = series

    def entries(self) -> list[dict[str, Any]]:
        """Return the answer to `recorder/list_statistic_ids`."""
        return [
            {
                "statistic_id": series.statistic_id,
                "display_unit_of_measurement": series.shown_unit,
                "has_mean": False,
                "mean_type": 0,
                "has_sum": True,
                "name": series.name,
                "source": series.source,
                "statistics_unit_of_measurement": series.unit,
                "unit_class": series.unit_class,
            }
            for series in self._series.values()
        ]

    def answer(
        self,
        statistic_ids: Iterable[str],
        start: float,
        end: float,
        *,
        types: Iterable[str],
        units: Mapping[str, str],
    ) -> dict[str, list[dict[str, Any]]]:
        """Return the hours that begin from *start* on and before *end*, of series that have any."""
        found = {
            each: self._rows(self._series[each], start, end, types, units)
            for each in statistic_ids
            if each in self._series
        }
        return {each: rows for each, rows in found.items() if rows}

    def _rows(
        self,
        series: Series,
        start: float,
        end: float,
        types: Iterable[str],
        units: Mapping[str, str],
    ) -> list[dict[str, Any]]:
        factor = 1.0 if units.get(series.unit_class or "") == series.unit else series.factor
        return [
            {
                "start": second * MILLISECONDS,
                "end": (second + HOUR) * MILLISECONDS,
                **{name: numbers[name] * factor if name in numbers else None for name in types},
            }
            for second, numbers in sorted(series.hours.items())
            if start <= second < end
        ]
