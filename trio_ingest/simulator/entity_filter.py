"""The filter of `subscribe_entities`: which entities a client wants to hear of."""

from fnmatch import fnmatchcase

import msgspec


class Patterns(msgspec.Struct, forbid_unknown_fields=True):
    """What `include` or `exclude` names."""

    domains: list[str] = []
    entities: list[str] = []
    entity_globs: list[str] = []

    def is_empty(self) -> bool:
        """Say whether they name nothing."""
        return not (self.domains or self.entities or self.entity_globs)

    def name_groups(self) -> bool:
        """Say whether they name more than single entities."""
        return bool(self.domains or self.entity_globs)

    def names(self, entity_id: str) -> bool:
        """Say whether an entity itself is among them."""
        return entity_id in self.entities

    def names_domain(self, entity_id: str) -> bool:
        """Say whether the domain of an entity is among them."""
        return entity_id.partition(".")[0] in self.domains

    def matches(self, entity_id: str) -> bool:
        """Say whether a glob fits."""
        return any(fnmatchcase(entity_id, glob) for glob in self.entity_globs)


def admits(include: Patterns, exclude: Patterns, entity_id: str) -> bool:
    """Say whether an entity passes, by the six cases of 2026.11 (helpers/entityfilter.py)."""
    for names, admitted in (
        (include.names, True),
        (exclude.names, False),
        (include.matches, True),
        (exclude.matches, False),
        (include.names_domain, True),
        (exclude.names_domain, False),
    ):
        if names(entity_id):
            return admitted
    return include.is_empty() or (exclude.name_groups() and not include.name_groups())
