"""The two kinds of past that Home Assistant has: states as they changed, and hourly statistics."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from attrs import define, field, frozen

from trio_ingest.config.common import DAY
from trio_ingest.home_assistant.history import fetch_history
from trio_ingest.home_assistant.pace import Pace
from trio_ingest.home_assistant.session import Session
from trio_ingest.home_assistant.statistics import StatisticsGroup, fetch_statistics
from trio_ingest.importing.period import Period
from trio_ingest.model.state_change import StateChange
from trio_ingest.model.statistic import StatisticRow

# The ends of a question about states are exclusive, and times are floats there.
MARGIN = 1000
# Statistics come at one row an hour at most, so that a slice never has much more than the last.
LONGEST_OF_STATISTICS = 30 * DAY
FIRST_OF_STATISTICS = DAY

T = TypeVar("T")


@frozen(kw_only=True)
class Answer:
    """A part of the past."""

    changes: Sequence[StateChange] = ()
    statistics: Sequence[StatisticRow] = ()
    size_bytes: int

    @property
    def read(self) -> int:
        """Return how much there is in it."""
        return len(self.changes) + len(self.statistics)


class Past(Protocol[T]):
    """What can be asked for, one question after the other. `pace` says how much at once."""

    @property
    def kind(self) -> str:
        """Its name, in the bookmark and for people."""

    @property
    def pace(self) -> Pace:
        """How much is asked for at once."""

    def questions(self, most: int) -> Sequence[T]:
        """Return what to ask about, *most* series in each question."""

    async def ask(self, session: Session, question: T, period: Period) -> Answer:
        """Return what there is of a period. Raises what `fetch_history` raises."""


@define
class PastStates:
    """The changes of these entities."""

    entity_ids: Sequence[str]
    pace: Pace
    kind: str = field(default="states", init=False)

    def questions(self, most: int) -> Sequence[Sequence[str]]:
        """Return the entities of each question."""
        return parts(self.entity_ids, most)

    async def ask(self, session: Session, question: Sequence[str], period: Period) -> Answer:
        """Ask for the changes of some entities."""
        after, before = max(0, period.first - MARGIN), period.last + MARGIN
        history = await fetch_history(session, question, after, before)
        changes = [each for each in history.changes if period.first <= each.time < period.last]
        return Answer(changes=changes, size_bytes=history.size_bytes)


@define
class PastStatistics:
    """The hours of these statistics."""

    groups: Sequence[StatisticsGroup]
    pace: Pace
    kind: str = field(default="statistics", init=False)

    def questions(self, most: int) -> Sequence[StatisticsGroup]:
        """Return the statistics of each question."""
        return [
            StatisticsGroup(statistics=some, units=group.units)
            for group in self.groups
            for some in parts(group.statistics, most)
        ]

    async def ask(self, session: Session, question: StatisticsGroup, period: Period) -> Answer:
        """Ask for the hours of some statistics."""
        found = await fetch_statistics(session, question, period.first, period.last)
        return Answer(statistics=found.rows, size_bytes=found.size_bytes)


def statistics_pace(max_message_size: int) -> Pace:
    """Return the pace for statistics: they are few for their time."""
    pace = Pace(max_message_size, LONGEST_OF_STATISTICS)
    pace.seconds = FIRST_OF_STATISTICS
    return pace


def parts(whole: Sequence[T], most: int) -> Sequence[Sequence[T]]:
    """Return *whole* in parts, none of them longer than *most*."""
    return [whole[start : start + most] for start in range(0, len(whole), most)]
