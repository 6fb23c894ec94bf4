"""Which of the recorded changes are wanted, as a condition that SQLite understands."""

import json
import sqlite3
from collections.abc import Mapping, Sequence

from attrs import evolve, field, frozen

from trio_ingest.processing.globs import glob_pattern

# Jumps from one entity to the next in the primary key, however many changes each of them has.
ENTITIES = """
    WITH RECURSIVE entity(entity_id) AS (
        SELECT min(entity_id) FROM state_changes
        UNION ALL
        SELECT (
            SELECT min(entity_id) FROM state_changes
            WHERE state_changes.entity_id > entity.entity_id
        )
        FROM entity WHERE entity_id IS NOT NULL
    )
    SELECT entity_id FROM entity WHERE entity_id IS NOT NULL
"""


@frozen(kw_only=True)
class Wanted:
    """From *since* on and before *until*, in microseconds; of the entities that a glob fits.

    Without globs it is all of them, without a home all of those.
    """

    since: int | None = None
    until: int | None = None
    globs: tuple[str, ...] = ()
    home: str | None = None
    entities: Sequence[str] | None = field(default=None)
    """What the globs have found; None before that is known, and where there are none."""

    def found_in(self, connection: sqlite3.Connection) -> "Wanted":
        """Return the same with the entities that there are."""
        if not self.globs:
            return self
        fits = glob_pattern(self.globs).match
        there = [str(entity) for (entity,) in connection.execute(ENTITIES) if fits(entity)]
        return evolve(self, entities=there)

    @property
    def condition(self) -> str:
        """Return it for WHERE."""
        return " AND ".join(["TRUE", *self._times(), *self._things()])

    @property
    def event_condition(self) -> str:
        """Return it for other events: it does not ask which entities they name."""
        return " AND ".join(["TRUE", *self._times(), *self._homes()])

    @property
    def parameters(self) -> Mapping[str, str | int | None]:
        """Return what the condition refers to."""
        return {
            "since": self.since,
            "until": self.until,
            "home": self.home,
            "entities": None if self.entities is None else json.dumps(self.entities),
        }

    def _times(self) -> list[str]:
        since = [] if self.since is None else ["time_us >= :since"]
        return since if self.until is None else [*since, "time_us < :until"]

    def _homes(self) -> list[str]:
        return [] if self.home is None else ["home = :home"]

    def _things(self) -> list[str]:
        if self.entities is None:
            return self._homes()
        return [*self._homes(), "entity_id IN (SELECT value FROM json_each(:entities))"]
