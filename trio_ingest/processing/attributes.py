"""Which attributes are recorded."""

from functools import lru_cache

from trio_ingest.config.model import AttributesConfig
from trio_ingest.processing.globs import glob_pattern

REMEMBERED_NAMES = 4096
"""Decisions kept: a home has a few hundred names of attributes, but nobody bounds them."""


class AttributeFilter:
    """Decides by globs on the whole name, case-sensitive; an exclusion wins over an inclusion."""

    def __init__(self, config: AttributesConfig) -> None:
        self._included = glob_pattern(config.include)
        self._excluded = glob_pattern(config.exclude)
        self._remembered = lru_cache(REMEMBERED_NAMES)(self._decide)

    def admits(self, name: str) -> bool:
        """Say whether the attribute *name* is recorded."""
        return self._remembered(name)

    def _decide(self, name: str) -> bool:
        return bool(self._included.match(name)) and not self._excluded.match(name)
