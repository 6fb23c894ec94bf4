"""What an import is asked to do, what it says meanwhile, and what became of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from attrs import define, field, frozen

from trio_ingest.config.model import HomeAssistantConfig
from trio_ingest.config.sink_model import SinkConfig


class ImportFailed(Exception):  # noqa: N818 - named for what happened
    """The import cannot go on. What it has done so far is kept, and need not be done again."""


@frozen(kw_only=True)
class Order:
    """What a person wants. Moments without a zone are by the clock of the home."""

    start: datetime
    end: datetime | None
    """None: up to now."""
    homes: Sequence[HomeAssistantConfig]
    sinks: Sequence[SinkConfig]
    with_statistics: bool = False
    is_dry_run: bool = False
    begins_anew: bool = False


@frozen(kw_only=True)
class Progress:
    """How far an import has come: `done` is a share of its period, from 0 to 1."""

    home: str
    what: str
    done: float
    until: int
    """The instant up to which it has come, in microseconds."""
    read: int
    """How many changes or rows it has read since the command began."""


Tell = Callable[[Progress], None]


@define(kw_only=True)
class Counts:
    """What became of what was read, for one sink."""

    states: Counter[str] = field(factory=Counter)
    """Points by entity."""
    statistics: Counter[str] = field(factory=Counter)
    """Points by statistic."""
    filtered: int = 0
    unwritten: int = 0
    """What the schema has no point for."""
    failed: int = 0

    def add(self, other: "Counts") -> None:
        """Count what *other* has counted."""
        self.states.update(other.states)
        self.statistics.update(other.statistics)
        self.filtered += other.filtered
        self.unwritten += other.unwritten
        self.failed += other.failed


@frozen(kw_only=True)
class Delivery:
    """Where the points of a sink are at the end."""

    by_daemon: bool
    """A daemon that runs delivers them; else they were delivered by the import itself."""
    waiting: int = 0
    """Points that wait in the spool, whoever has put them there."""
    quarantined: int = 0
    """Points that the sink has refused since the import began."""
    trouble: str | None = None
    """Why the rest waits."""

    @property
    def is_settled(self) -> bool:
        """Say whether nobody has to call the import again."""
        return self.by_daemon or not self.waiting


@frozen(kw_only=True)
class HomeResult:
    """The period that was imported of a home, and how much Home Assistant had of it."""

    first: int
    last: int
    read: Mapping[str, int]


@frozen(kw_only=True)
class ImportResult:
    """What became of an order: of the homes, and of the sinks, by their names."""

    homes: Mapping[str, HomeResult]
    counts: Mapping[str, Counts]
    deliveries: Mapping[str, Delivery] = field(factory=dict)
    """Empty when nothing was to be written."""
