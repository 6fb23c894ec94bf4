"""From the past to batches of points, as the processor makes them of live changes.

Only what the processor knows of the newest state of each entity has no place here: whatever Home
Assistant has of the period is written, and nothing is learnt from it.
"""

import logging
from collections.abc import Mapping, Sequence

import trio
from attrs import define, field

from trio_ingest.config.line_protocol_model import LineProtocolConfig
from trio_ingest.config.model import Config
from trio_ingest.config.sink_model import SinkConfig
from trio_ingest.importing.order import Counts
from trio_ingest.importing.past import Answer
from trio_ingest.lane_settings import make_encoder
from trio_ingest.model.batch import Batch
from trio_ingest.model.registry import Latest, Registry
from trio_ingest.model.state_change import StateChange
from trio_ingest.model.statistic import StatisticRow
from trio_ingest.processing.encoder import Encoder, StatisticEncoder
from trio_ingest.processing.gathering import Gathering
from trio_ingest.processing.selection import Selection
from trio_ingest.processing.statistic_lines import StatisticLineEncoder
from trio_ingest.processing.statistic_rows import StatisticRowEncoder

log = logging.getLogger(__name__)

Registries = Mapping[str, Latest[Registry]]


@define(kw_only=True)
class Conversion:
    """What one sink makes of the past. `counts` has what was kept, not what was let go."""

    sink: SinkConfig
    selection: Selection
    encoder: Encoder
    statistic_encoder: StatisticEncoder
    counts: Counts = field(factory=Counts)
    _gathering: Gathering = field(init=False)
    _pending: Counts = field(factory=Counts, init=False)
    _reported: set[type[Exception]] = field(factory=set, init=False)

    @_gathering.default
    def _nothing_gathered(self) -> Gathering:
        return Gathering(encoding=self.encoder.encoding, limits=self.sink.batch)

    def take(self, home: str, answer: Answer) -> Sequence[Batch]:
        """Return the batches that are full now."""
        for change in answer.changes:
            if self.selection.admits(home, change):
                self._take_change(home, change)
            else:
                self._pending.filtered += 1
        for row in answer.statistics:
            entity_id = row.statistic.entity_id
            if entity_id is None or self.selection.admits_entity(home, entity_id):
                self._take_statistic(home, row)
            else:
                self._pending.filtered += 1
        return self._full()

    def close(self) -> Sequence[Batch]:
        """Return what is left."""
        self._gathering.close()
        return self._full()

    def keep(self) -> None:
        """Count what was taken since the last time: it is committed."""
        self.counts.add(self._pending)
        self._pending = Counts()

    def let_go(self) -> None:
        """Forget what was taken since `keep`: it will be told again."""
        self._gathering = self._nothing_gathered()
        self._pending = Counts()

    def _full(self) -> Sequence[Batch]:
        ready = [item for item in self._gathering.ready if isinstance(item, Batch)]
        self._gathering.ready.clear()
        return ready

    def _take_change(self, home: str, change: StateChange) -> None:
        try:
            text = self.encoder.encode(home, change)
            line = None if text is None else text.encode()
        except Exception as error:  # a bug, and it must cost one change only
            self._pending.failed += 1
            if type(error) not in self._reported:
                self._reported.add(type(error))
                log.exception(
                    "Cannot encode a change of %s: it is counted as failed and not imported; more "
                    "of this kind are only counted",
                    change.entity_id,
                )
        else:
            if self._add(home, line, change.time):
                self._pending.states[change.entity_id] += 1

    def _take_statistic(self, home: str, row: StatisticRow) -> None:
        text = self.statistic_encoder.encode(home, row)
        if self._add(home, None if text is None else text.encode(), row.time):
            self._pending.statistics[row.statistic.statistic_id] += 1

    def _add(self, home: str, line: bytes | None, time: int) -> bool:
        if line is None:
            self._pending.unwritten += 1
            return False
        self._gathering.add(line, home=home, time=time, now=trio.current_time())
        return True


def make_conversion(sink: SinkConfig, registries: Registries) -> Conversion:
    """Return what turns the past into batches for *sink*."""
    return Conversion(
        sink=sink,
        selection=Selection(sink.include, sink.exclude, registries),
        encoder=make_encoder(sink, registries),
        statistic_encoder=make_statistic_encoder(sink, registries),
    )


def make_statistic_encoder(sink: SinkConfig, registries: Registries) -> StatisticEncoder:
    """Return what turns rows of statistics into lines that *sink* understands."""
    match sink:
        case LineProtocolConfig():
            return StatisticLineEncoder(
                registries,
                tags=sink.tags,
                precision=sink.precision,
                home_tag=len(registries) > 1,
            )
        case _:
            return StatisticRowEncoder(registries, sink.tags)


def registries_of(config: Config) -> Registries:
    """Return a place for the registry of each home, also of those of which nothing is imported.

    How many there are decides about the tags.
    """
    return {home.name: Latest(Registry()) for home in config.home_assistants}
