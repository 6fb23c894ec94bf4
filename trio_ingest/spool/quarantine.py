"""Read the quarantine of a spool, and choose from it by number, reason and age."""

import sqlite3
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from attrs import field, frozen

from trio_ingest.model.batch import Encoding
from trio_ingest.spool import tables
from trio_ingest.spool.reading import look


@frozen(kw_only=True)
class QuarantinedLine:
    """A line that a sink would not take; `batch` is the number of the one that it was in."""

    number: int
    line: bytes = field(repr=False)
    reason: str
    encoding: str
    batch: int
    quarantined: int
    """When, in microseconds."""

    @property
    def can_be_retried(self) -> bool:
        """Say whether it is a line that can be sent again.

        A batch that was damaged on the disk is kept as a whole: what it was nobody can tell.
        """
        try:
            Encoding(self.encoding)
            return "\n" not in self.line.decode()
        except ValueError:
            return False


@frozen(kw_only=True)
class Choice:
    """Which lines are meant; what is None does not matter."""

    numbers: frozenset[int] | None = None
    reason: str | None = None
    """A pattern with * and ?, for the whole reason."""
    before: int | None = None

    def admits(self, line: QuarantinedLine) -> bool:
        """Say whether *line* is one of them."""
        return (
            (self.numbers is None or line.number in self.numbers)
            and (self.reason is None or fnmatchcase(line.reason, self.reason))
            and (self.before is None or line.quarantined < self.before)
        )


EVERYTHING = Choice()


def choose(connection: sqlite3.Connection, choice: Choice) -> Sequence[QuarantinedLine]:
    """Return the lines that are meant, the oldest first."""
    rows = connection.execute(f"{tables.SELECT_QUARANTINE} ORDER BY number")
    lines = (QuarantinedLine(**dict(row)) for row in rows)
    return tuple(line for line in lines if choice.admits(line))


def read_quarantine(path: Path, choice: Choice = EVERYTHING) -> Sequence[QuarantinedLine]:
    """Return the lines that are meant, the oldest first. Raises UnusableFileError."""
    return look(path, lambda connection: choose(connection, choice))
