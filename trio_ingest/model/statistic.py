"""What Home Assistant keeps of the past for good: one row an hour and statistic."""

from attrs import frozen

FROM_AN_ENTITY = "recorder"


@frozen(kw_only=True)
class Statistic:
    """A series of Home Assistant's long-term statistics.

    `source` says who makes it: the recorder, from an entity of that id, or an integration, whose
    ids have a colon in them. `unit` is the one that the values are stored in.
    """

    statistic_id: str
    source: str
    unit: str | None = None
    name: str | None = None

    @property
    def entity_id(self) -> str | None:
        """Return the entity that it is about; None when it is about none."""
        return self.statistic_id if self.source == FROM_AN_ENTITY else None


@frozen(kw_only=True)
class StatisticRow:
    """One hour of a statistic; `time` is when that hour began, in microseconds.

    Measurements have `mean`, `min` and `max`, counters have `sum` and `state`; a few have both.
    """

    statistic: Statistic
    time: int
    mean: float | None = None
    min: float | None = None
    max: float | None = None
    sum: float | None = None
    state: float | None = None
    last_reset: int | None = None
    """When the counter last began anew, in microseconds."""

    @property
    def is_empty(self) -> bool:
        """Say whether there is no number in it."""
        return (self.mean, self.min, self.max, self.sum, self.state) == (None,) * 5
