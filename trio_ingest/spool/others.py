"""Notice what commands have changed in a spool while the daemon has it open, and count anew."""

import sqlite3
from collections.abc import Mapping

from attrs import define, field

from trio_ingest.spool import tables
from trio_ingest.spool.counting import count_anew
from trio_ingest.spool.spool import SpoolStatistics
from trio_ingest.sqlite_file import read_number


@define(eq=False)
class Others:
    """What others have committed, seen from the daemon's connection."""

    _connection: sqlite3.Connection = field(repr=False)
    _version: int = field(init=False)
    _purged: Mapping[int, int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._version = self._data_version()
        self._purged = self._purges()

    def heed(self, before: SpoolStatistics) -> SpoolStatistics:
        """Return the statistics as they are now; *before*, unless others have committed since.

        To be called before each transaction's own changes. Looking costs microseconds.
        """
        version = self._data_version()
        if version == self._version:
            return before
        self._version = version
        earlier, self._purged = self._purged, self._purges()
        purged = sum(points - earlier.get(number, 0) for number, points in self._purged.items())
        totals = dict(self._connection.execute(tables.SELECT_TOTALS).fetchone())
        return count_anew(before, totals, purged)

    def _data_version(self) -> int:
        """Return a number that changes when another connection has committed, and only then."""
        return read_number(self._connection, "PRAGMA data_version")

    def _purges(self) -> Mapping[int, int]:
        """Return the points of each purge that is remembered, by the number of its gap."""
        return dict(self._connection.execute(tables.SELECT_PURGES).fetchall())
