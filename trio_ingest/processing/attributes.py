"""Which attributes are recorded."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Generic, TypeVar

from trio_ingest.config.sink_model import AttributePatterns
from trio_ingest.processing.globs import glob_pattern

REMEMBERED_NAMES = 4096
"""Decisions kept: a home has a few hundred names of attributes, but nobody bounds them."""

T = TypeVar("T")


class AttributeFilter:
    """Decides by globs on whole names, case-sensitive; an exclusion wins over an inclusion.

    An attribute may have several names: the one in Home Assistant, and the one in the database. A
    glob that fits one of them fits the attribute.
    """

    def __init__(self, patterns: AttributePatterns) -> None:
        self._included = glob_pattern(patterns.include)
        self._excluded = glob_pattern(patterns.exclude)
        self._remembered = lru_cache(REMEMBERED_NAMES)(self._decide)

    def admits(self, *names: str) -> bool:
        """Say whether the attribute with these *names* is recorded."""
        return self._remembered(*names)

    def _decide(self, *names: str) -> bool:
        return any(map(self._included.match, names)) and not any(map(self._excluded.match, names))


class ByDomain(Generic[T]):
    """One thing for the entities of each of some domains, another for all the rest."""

    def __init__(self, domains: Mapping[str, T], rest: T) -> None:
        self._domains = domains
        self._rest = rest

    def of(self, entity_id: str) -> T:
        """Return what there is for the domain of *entity_id*."""
        if not self._domains:
            return self._rest
        return self._domains.get(entity_id.partition(".")[0], self._rest)
