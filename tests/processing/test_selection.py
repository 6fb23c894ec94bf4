"""Which entities are recorded: Home Assistant's six cases, written down as it does in words."""

from hypothesis import given, settings
from hypothesis import strategies as st

from trio_ingest.config.model import EntityPatterns
from trio_ingest.processing.selection import REMEMBERED_ENTITIES, Selection

NOTHING = EntityPatterns()
ENTITY_IDS = ("sensor.a", "sensor.b", "sensor.ab", "light.a", "light.b", "switch.a")


def subsets(of: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(of), unique=True, max_size=2).map(tuple)


patterns = st.builds(
    EntityPatterns,
    domains=subsets(("sensor", "light", "sens")),
    entities=subsets(ENTITY_IDS),
    globs=subsets(("sensor.*", "*.a", "light.?", "[sl]*.b", "sensor")),
)


def glob_matches(glob: str, entity_id: str) -> bool:
    """Say what the globs above mean, without any matcher of globs."""
    return {
        "sensor.*": entity_id.startswith("sensor."),
        "*.a": entity_id.endswith(".a"),
        "light.?": entity_id.startswith("light.") and len(entity_id) == len("light.") + 1,
        "[sl]*.b": entity_id[0] in "sl" and entity_id.endswith(".b"),
        "sensor": False,
    }[glob]


def expected(include: EntityPatterns, exclude: EntityPatterns, entity_id: str) -> bool:
    """Decide by the first rule of the case that applies, as the comments in Home Assistant do."""
    domain = entity_id.partition(".")[0]
    include_glob = any(glob_matches(glob, entity_id) for glob in include.globs)
    exclude_glob = any(glob_matches(glob, entity_id) for glob in exclude.globs)
    included = (entity_id in include.entities, True)
    excluded = (entity_id in exclude.entities, False)
    rules: list[tuple[bool, bool]]
    if include == NOTHING and exclude == NOTHING:  # case 1
        rules = [(True, True)]
    elif exclude == NOTHING:  # case 2
        rules = [included, (domain in include.domains, True), (include_glob, True), (True, False)]
    elif include == NOTHING:  # case 3
        rules = [excluded, (domain in exclude.domains, False), (exclude_glob, False), (True, True)]
    elif include.domains or include.globs:  # case 4
        rules = [
            included,
            excluded,
            (include_glob, True),
            (exclude_glob, False),
            (domain in include.domains, True),
            (True, False),
        ]
    elif exclude.domains or exclude.globs:  # case 5
        rules = [
            included,
            excluded,
            (exclude_glob, False),
            (domain in exclude.domains, False),
            (True, True),
        ]
    else:  # case 6
        rules = [included, (True, False)]
    return next(verdict for applies, verdict in rules if applies)


@settings(max_examples=1000, deadline=None)
@given(patterns, patterns)
def test_six_cases(include: EntityPatterns, exclude: EntityPatterns) -> None:
    """Every entity is decided as Home Assistant 2026.11 decides it."""
    selection = Selection(include, exclude)

    for entity_id in ENTITY_IDS:
        assert selection.admits(entity_id) == expected(include, exclude, entity_id)


def test_excluded_domains_do_not_count_beside_included_groups() -> None:
    """In case 4 an included domain stays included when it is excluded as well."""
    selection = Selection(EntityPatterns(domains=("light",)), EntityPatterns(domains=("light",)))

    assert selection.admits("light.a")


def test_named_twice() -> None:
    """In case 5 an entity that both lists name is recorded, as in 2026.11 and not before."""
    both = ("light.a",)

    selection = Selection(
        EntityPatterns(entities=both), EntityPatterns(entities=both, domains=("sensor",))
    )

    assert selection.admits("light.a")
    assert not selection.admits("sensor.a")
    assert selection.admits("switch.a")


def test_case_matters() -> None:
    """Globs, domains and entities match letter by letter."""
    selection = Selection(EntityPatterns(globs=("light.*",), domains=("lock",)), NOTHING)

    assert selection.admits("light.a")
    assert not selection.admits("Light.a")
    assert not selection.admits("Lock.a")


def test_memory_of_decisions_is_bounded() -> None:
    """Entities may come and go for ever."""
    selection = Selection(NOTHING, EntityPatterns(globs=("*7",)))

    for number in range(REMEMBERED_ENTITIES + 10):
        assert selection.admits(f"sensor.{number}") == (number % 10 != 7)

    assert selection._remembered.cache_info().currsize == REMEMBERED_ENTITIES
