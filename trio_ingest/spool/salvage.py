"""Carry over what can be read of a damaged spool, or of a newer version's, into a fresh one.

A batch whose checksum does not fit goes to the quarantine as a whole; where only its description
is left, that becomes a gap. Nothing here knows of files or of the lock.
"""

import sqlite3
import time

import msgspec
from attrs import define, field

from trio_ingest.model.gap import GapOutcome, GapReason
from trio_ingest.model.progress import Known
from trio_ingest.model.spooled import SpooledBatch
from trio_ingest.spool import ledger, news, tables
from trio_ingest.spool.damaged_reading import Table, Values, last_number, lenient, read
from trio_ingest.spool.rows import DamagedRowError, batch_row, spooled_batch, stored_batch

ROWS_PER_COMMIT = 256  # the fresh file counts only when it is complete
BATCH = Table(
    name="batch",
    columns=(
        *("number", "encoding", "points", "raw_bytes", "crc32", "first", "last", "homes"),
        "body",
    ),
    defaults={"homes": "'[]'"},
    bulky="body",
)
QUARANTINE = Table(
    name="quarantine",
    columns=("number", "line", "reason", "encoding", "batch", "quarantined"),
)
GAP = Table(
    name="gap",
    columns=(
        *("number", "home", "reason", "began", "first", "last", "points", "is_found", "outcome"),
        *("why", "changed"),
    ),
    defaults={"is_found": "0"},
)
CHECKPOINT = Table(name="checkpoint", columns=("home", "time"), key=("home",))
NEWS = Table(name="news", columns=("number", "known"))
OLD_KNOWN = Table(
    name="known",
    columns=("home", "entity_id", "time", "fingerprint"),
    key=("home", "entity_id"),
    is_outdated=True,
)
REASONS, OUTCOMES = set(GapReason), set(GapOutcome)


@define
class Salvaged:
    """What came out of it. `damage` tells where something could not be read; empty: nowhere."""

    batches: int = 0
    points: int = 0
    lines: int = 0
    """Lines that were in the quarantine."""
    spoilt_batches: int = 0
    lost_points: int = 0
    """Points of batches that are in the quarantine as a whole, or gone."""
    homes: set[str] = field(factory=set)
    damage: list[str] = field(factory=list)


def carry_over(
    source: sqlite3.Connection, target: sqlite3.Connection, in_hand: SpooledBatch | None = None
) -> Salvaged:
    """Copy what can be read; the numbers stay. A batch *in_hand* is saved from there if need be."""
    salvage = _Salvage(target)
    with lenient(source):
        if in_hand is not None:
            salvage.keep(in_hand)
        for table, take in (
            (CHECKPOINT, salvage.checkpoint),
            (OLD_KNOWN, salvage.outdated_known),
            (NEWS, salvage.known),
            (GAP, salvage.gap),
            (QUARANTINE, salvage.line),
            (BATCH, salvage.batch),
        ):
            target.execute("BEGIN")
            for number, row in enumerate(read(source, table, salvage.found.damage)):
                if number % ROWS_PER_COMMIT == 0:
                    target.execute("COMMIT")
                    target.execute("BEGIN")
                take(row)
            target.execute("COMMIT")
        numbers = {"batch": last_number(source, "batch")}
    if in_hand is not None:
        numbers["batch"] = max(numbers["batch"], in_hand.number)
    target.execute(tables.ENSURE_SEQUENCE, ("batch",))
    target.execute(tables.RAISE_SEQUENCE, (numbers["batch"], "batch"))
    return salvage.found


@define
class _Salvage:
    """Takes rows of any table, as they were read, into the fresh file."""

    target: sqlite3.Connection
    found: Salvaged = field(factory=Salvaged)
    now: int = field(factory=lambda: time.time_ns() // 1000)
    _seen: set[object] = field(factory=set)

    def checkpoint(self, row: Values) -> None:
        if self._fits(row, home=str, time=int):
            self.target.execute(tables.SET_CHECKPOINT, (row["home"], row["time"]))
            self.found.homes.add(str(row["home"]))

    def outdated_known(self, row: Values) -> None:
        if self._fits(row, home=str, entity_id=str, time=int, fingerprint=(int, type(None))):
            known = msgspec.convert([row["time"], row["fingerprint"]], Known)
            packed = news.pack({str(row["home"]): {str(row["entity_id"]): known}})
            self.target.execute(tables.ADD_NEWS, (packed,))
            self.found.homes.add(str(row["home"]))

    def known(self, row: Values) -> None:
        packed = row["known"]
        if not self._fits(row, number=int, known=bytes) or not isinstance(packed, bytes):
            return
        try:
            self.found.homes.update(news.unpack(packed))
        except DamagedRowError as error:
            self.found.damage.append(f"news: {error}")
        else:
            self.target.execute(tables.RESTORE_NEWS, row)

    def gap(self, row: Values) -> None:
        if row["reason"] not in REASONS or row["outcome"] not in OUTCOMES:
            self.found.damage.append(f"gap: {row['reason']} and {row['outcome']} are not known")
            row = {**row, "reason": GapReason.SPOOL_DAMAGED, "outcome": GapOutcome.OPEN}
        if self._fits(
            row,
            home=str,
            why=str,
            last=(int, type(None)),
            **dict.fromkeys(("number", "began", "first", "points", "is_found", "changed"), int),
        ):
            self.target.execute(tables.RESTORE_GAP, row)
            self.found.homes.add(str(row["home"]))

    def line(self, row: Values) -> None:
        if self._fits(
            row, number=int, line=bytes, reason=str, encoding=str, batch=int, quarantined=int
        ):
            self.found.lines += self.target.execute(tables.RESTORE_LINE, row).rowcount

    def batch(self, row: Values) -> None:
        if row["number"] in self._seen:
            return
        self._seen.add(row["number"])
        try:
            spooled = spooled_batch(row)
        except DamagedRowError as error:
            self._spoil(row, str(error))
            return
        if spooled.batch.is_intact:
            self.keep(spooled)
        else:
            self._spoil(row, "damaged on the disk: the checksum no longer fits")

    def keep(self, spooled: SpooledBatch) -> None:
        self._seen.add(spooled.number)
        self.target.execute(tables.RESTORE_BATCH, batch_row(spooled))
        self.found.batches += 1
        self.found.points += spooled.batch.points
        self.found.homes.update(spooled.batch.homes)

    def _spoil(self, row: Values, why: str) -> None:
        """Put the body of a batch into the quarantine, and remember what is missing for it."""
        self.found.spoilt_batches += 1
        body, encoding = row["body"], str(row["encoding"])
        if isinstance(body, bytes):
            line = (body, why, encoding, row["number"], self.now)
            self.target.execute(tables.INSERT_QUARANTINE, line)
        try:
            stored = stored_batch({**row, "size_bytes": 0})
        except DamagedRowError as error:
            self.found.damage.append(f"batch: {error}")
            return
        ledger.miss(self.target, stored, GapReason.SPOOL_DAMAGED, self.now)
        self.found.homes.update(stored.homes)
        if not stored.homes:
            self.found.damage.append(f"batch {stored.number} does not say from where it is")
        self.found.lost_points += max(0, stored.points)

    def _fits(self, row: Values, **types: type | tuple[type, ...]) -> bool:
        if all(isinstance(row[column], kind) for column, kind in types.items()):
            return True
        self.found.damage.append(f"a row makes no sense: {row}")
        return False
