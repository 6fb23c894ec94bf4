"""Which entities a sink records, by the rules of Home Assistant's own filters."""

from functools import lru_cache

from trio_ingest.config.model import EntityPatterns
from trio_ingest.processing.globs import glob_pattern

REMEMBERED_ENTITIES = 16_384
"""Decisions kept: as many as Home Assistant keeps for its own filters."""


class Selection:
    """Decides as Home Assistant 2026.11 does; the numbered cases are its own.

    They stand in its helpers/entityfilter.py. Up to 2026.2 case 5 was another: an entity that both
    lists name was turned away, now it passes.
    """

    def __init__(self, include: EntityPatterns, exclude: EntityPatterns) -> None:
        self._include = _Named(include)
        self._exclude = _Named(exclude)
        self._remembered = lru_cache(REMEMBERED_ENTITIES)(self._decide)

    def admits(self, entity_id: str) -> bool:
        """Say whether *entity_id* is recorded."""
        return self._remembered(entity_id)

    def _decide(self, entity_id: str) -> bool:
        include, exclude = self._include, self._exclude
        if include.is_empty:  # cases 1 and 3
            return not exclude.names(entity_id)
        if exclude.is_empty:  # case 2
            return include.names(entity_id)
        if include.has_groups:  # case 4
            return self._decide_by_the_narrowest(entity_id)
        if exclude.has_groups:  # case 5
            return include.names_itself(entity_id) or not exclude.names(entity_id)
        return include.names_itself(entity_id)  # case 6

    def _decide_by_the_narrowest(self, entity_id: str) -> bool:
        """Let entities decide before globs; of the domains only the included ones count."""
        include, exclude = self._include, self._exclude
        if include.names_itself(entity_id) or exclude.names_itself(entity_id):
            return include.names_itself(entity_id)
        if include.names_by_glob(entity_id) or exclude.names_by_glob(entity_id):
            return include.names_by_glob(entity_id)
        return include.names_by_domain(entity_id)


class _Named:
    """What one side of the filter names with its three keys."""

    def __init__(self, patterns: EntityPatterns) -> None:
        self.is_empty = patterns.is_empty
        self.has_groups = bool(patterns.domains or patterns.globs)
        self._entities = frozenset(patterns.entities)
        self._domains = frozenset(patterns.domains)
        self._globs = glob_pattern(patterns.globs)

    def names(self, entity_id: str) -> bool:
        return (
            self.names_itself(entity_id)
            or self.names_by_domain(entity_id)
            or self.names_by_glob(entity_id)
        )

    def names_itself(self, entity_id: str) -> bool:
        return entity_id in self._entities

    def names_by_domain(self, entity_id: str) -> bool:
        return entity_id.partition(".")[0] in self._domains

    def names_by_glob(self, entity_id: str) -> bool:
        return self._globs.match(entity_id) is not None
