"""Which rule decides whether an entity is recorded: Home Assistant's own, and ours beside them.

The first of these that applies decides:

1. `include.entities` names it: recorded;
2. `exclude.entities` names it: left out;
3. another key of ours in `exclude` names it (areas, labels, device classes, integrations, entity
   categories, hidden): left out;
4. `include.globs`: recorded; 5. `exclude.globs`: left out;
6. `include.domains`: recorded; 7. `exclude.domains`: left out;
8. a key of ours in `include` names it: recorded;
9. nothing names it: recorded if `include` is empty, or names single entities only while `exclude`
   names more than that; else left out.

Without keys of ours these are the six cases of helpers/entityfilter.py in Home Assistant 2026.11.
Up to 2026.2 one was another: an entity that both lists name was turned away, now it passes.
"""

from collections.abc import Callable, Collection
from fnmatch import fnmatchcase
from typing import Literal

from attrs import frozen

from trio_ingest.config.sink_model import EntityPatterns
from trio_ingest.model.registry import Entry

NO_CATEGORY = "none"


@frozen
class Decision:
    """Whether an entity is recorded, and the rule that said so, in words."""

    admitted: bool
    rule: str


@frozen(kw_only=True)
class Subject:
    """All that the rules ask of an entity."""

    entity_id: str
    entry: Entry
    device_class: str | None = None


class SelectionRules:
    """The rules of one sink."""

    def __init__(self, include: EntityPatterns, exclude: EntityPatterns) -> None:
        included, excluded = _Side("include", include), _Side("exclude", exclude)
        self._rules: tuple[tuple[bool, Callable[[Subject], str | None]], ...] = (
            (True, included.by_entity),
            (False, excluded.by_entity),
            (False, excluded.by_property),
            (True, included.by_glob),
            (False, excluded.by_glob),
            (True, included.by_domain),
            (False, excluded.by_domain),
            (True, included.by_property),
        )
        self._otherwise = _otherwise(include, exclude)

    def decide(self, subject: Subject) -> Decision:
        """Return what the first rule says that applies to *subject*."""
        for admitted, find in self._rules:
            rule = find(subject)
            if rule is not None:
                return Decision(admitted, rule)
        return self._otherwise


def _otherwise(include: EntityPatterns, exclude: EntityPatterns) -> Decision:
    """Say what becomes of an entity that nothing names."""
    if include == EntityPatterns():
        return Decision(True, "nothing is included, and nothing excludes it")
    if _names_groups(exclude) and not _names_groups(include):
        return Decision(True, "include names single entities only, and nothing excludes it")
    return Decision(False, "nothing in include names it")


def _names_groups(patterns: EntityPatterns) -> bool:
    """Say whether *patterns* have more than single entities."""
    return patterns != EntityPatterns(entities=patterns.entities)


class _Side:
    """What one side of the filter names. Each method returns the rule that names a subject."""

    def __init__(self, side: Literal["include", "exclude"], patterns: EntityPatterns) -> None:
        self._side = side
        self._patterns = patterns

    def by_entity(self, subject: Subject) -> str | None:
        return self._first("entities", self._patterns.entities, [subject.entity_id])

    def by_glob(self, subject: Subject) -> str | None:
        globs = [each for each in self._patterns.globs if fnmatchcase(subject.entity_id, each)]
        return self._first("globs", globs, globs)

    def by_domain(self, subject: Subject) -> str | None:
        domain = subject.entity_id.partition(".")[0]
        return self._first("domains", self._patterns.domains, [domain])

    def by_property(self, subject: Subject) -> str | None:
        patterns, entry = self._patterns, subject.entry
        return (
            self._first("areas", patterns.areas, [entry.area, entry.area_id])
            or self._first("labels", patterns.labels, entry.labels)
            or self._first("device_classes", patterns.device_classes, [subject.device_class])
            or self._first("integrations", patterns.integrations, [entry.integration])
            or self._first(
                "entity_categories",
                patterns.entity_categories,
                [entry.entity_category or NO_CATEGORY],
            )
            or self._hidden(entry)
        )

    def _first(self, key: str, named: Collection[str], found: Collection[str | None]) -> str | None:
        """Return the rule for the first of what is *named* that was *found*."""
        return next((f'{self._side}.{key}: "{name}"' for name in named if name in found), None)

    def _hidden(self, entry: Entry) -> str | None:
        if not (self._patterns.hidden and entry.is_hidden):
            return None
        return f"{self._side}.hidden: it is hidden in Home Assistant"
