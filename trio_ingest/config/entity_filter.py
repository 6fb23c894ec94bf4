"""Which entities Home Assistant may leave out of the feed `entities`, since no sink records them.

Its filter has the keys and the rules of our first three. What takes other keys of ours, or takes
`include` and `exclude` to be weighed against each other (which Home Assistant did otherwise up to
2026.2), is left to us: then it sends everything.
"""

import re
from collections.abc import Mapping, Sequence

from trio_ingest.config.sink_model import EntityPatterns, SinkConfig

NOTHING = EntityPatterns()
# Of an id that Home Assistant does not take for one it refuses the whole filter.
_ENTITY_ID = re.compile(r"(?!.+__)(?!_)[\da-z_]+(?<!_)\.(?!_)[\da-z_]+(?<!_)")


def filter_of(sinks: Sequence[SinkConfig]) -> Mapping[str, object]:
    """Return the parameters of `subscribe_entities` that leave out what no sink records."""
    if not all(_is_plain(each) for sink in sinks for each in (sink.include, sink.exclude)):
        return {}
    includes = [sink.include for sink in sinks]
    excludes = [sink.exclude for sink in sinks]
    if all(include != NOTHING for include in includes) and not any(_differ(excludes, NOTHING)):
        return {"include": _written(includes)}
    if not any(_differ(includes, NOTHING)) and not any(_differ(excludes, excludes[0])):
        return {} if excludes[0] == NOTHING else {"exclude": _written(excludes[:1])}
    return {}


def _differ(several: Sequence[EntityPatterns], one: EntityPatterns) -> Sequence[bool]:
    return [each != one for each in several]


def _is_plain(patterns: EntityPatterns) -> bool:
    """Say whether Home Assistant knows all that is in *patterns*."""
    known = EntityPatterns(
        domains=patterns.domains, entities=patterns.entities, globs=patterns.globs
    )
    return patterns == known and all(_ENTITY_ID.fullmatch(each) for each in patterns.entities)


def _written(several: Sequence[EntityPatterns]) -> Mapping[str, object]:
    """Return the union of *several* as Home Assistant reads it."""
    keys = {
        "domains": [name for each in several for name in each.domains],
        "entities": [name for each in several for name in each.entities],
        "entity_globs": [name for each in several for name in each.globs],
    }
    return {key: [*dict.fromkeys(names)] for key, names in keys.items() if names}
