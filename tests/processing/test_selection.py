"""Which entities are recorded: Home Assistant's six cases in its words, then what is ours."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trio_ingest.config.sink_model import EntityPatterns
from trio_ingest.model.attributes import NO_ATTRIBUTES, Attributes
from trio_ingest.model.registry import UNREGISTERED, Entry, Latest, Registry
from trio_ingest.model.state_change import State, StateChange
from trio_ingest.processing.remembered import REMEMBERED_ENTITIES
from trio_ingest.processing.selection import Selection
from trio_ingest.processing.selection_rules import Decision

NOTHING = EntityPatterns()
OF_NO_CLASS = State(value="on", attributes=NO_ATTRIBUTES)
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


def change(entity_id: str, state: State | None = OF_NO_CLASS) -> StateChange:
    return StateChange(entity_id=entity_id, time=0, state=state)


def of_class(device_class: object) -> State:
    return State(value="1", attributes=Attributes.of({"device_class": device_class}))


def removal(entity_id: str, old_state: State | None = None) -> StateChange:
    return StateChange(entity_id=entity_id, time=0, state=None, before=old_state)


@settings(max_examples=1000, deadline=None)
@given(patterns, patterns)
def test_six_cases(include: EntityPatterns, exclude: EntityPatterns) -> None:
    """Every entity is decided as Home Assistant 2026.11 decides it."""
    selection = Selection(include, exclude)

    for entity_id in ENTITY_IDS:
        assert selection.admits("home", change(entity_id)) == expected(include, exclude, entity_id)


def test_excluded_domains_do_not_count_beside_included_groups() -> None:
    """In case 4 an included domain stays included when it is excluded as well."""
    selection = Selection(EntityPatterns(domains=("light",)), EntityPatterns(domains=("light",)))

    assert selection.admits("home", change("light.a"))


def test_named_twice() -> None:
    """In case 5 an entity that both lists name is recorded, as in 2026.11 and not before."""
    both = ("light.a",)

    selection = Selection(
        EntityPatterns(entities=both), EntityPatterns(entities=both, domains=("sensor",))
    )

    assert selection.admits("home", change("light.a"))
    assert not selection.admits("home", change("sensor.a"))
    assert selection.admits("home", change("switch.a"))


def test_case_matters() -> None:
    """Globs, domains and entities match letter by letter."""
    selection = Selection(EntityPatterns(globs=("light.*",), domains=("lock",)), NOTHING)

    assert selection.admits("home", change("light.a"))
    assert not selection.admits("home", change("Light.a"))
    assert not selection.admits("home", change("Lock.a"))


KITCHEN = Entry(
    area="Kitchen",
    area_id="area_7",
    labels=("Night", "Record"),
    integration="hue",
    entity_category="diagnostic",
    is_hidden=True,
)
PLAIN = Entry(registry_id="1")
MATCHING = [
    ("areas", "Kitchen"),
    ("areas", "area_7"),
    ("labels", "Record"),
    ("device_classes", "power"),
    ("integrations", "hue"),
    ("entity_categories", "diagnostic"),
]


def side(key: str, *names: str, **more: tuple[str, ...]) -> EntityPatterns:
    return EntityPatterns(**{key: names}, **more)


@pytest.mark.parametrize(("key", "name"), MATCHING)
def test_included_by_what_the_registry_knows(key: str, name: str) -> None:
    """Such a key stands alone: what it names is recorded, all else is not."""
    selection = Selection(side(key, "another", name), NOTHING)

    assert selection.decide(change("sensor.a", of_class("power")), KITCHEN) == Decision(
        True, f'include.{key}: "{name}"'
    )
    for unknown in (PLAIN, UNREGISTERED):
        assert selection.decide(change("sensor.a"), unknown) == Decision(
            False, "nothing in include names it"
        )


@pytest.mark.parametrize(("key", "name"), MATCHING)
def test_excluded_by_what_the_registry_knows(key: str, name: str) -> None:
    """Such a key takes out what it names, from the domains and globs that are included, too."""
    for include in (NOTHING, EntityPatterns(globs=("*",), domains=("sensor",), hidden=True)):
        selection = Selection(include, side(key, name))

        assert selection.decide(change("sensor.a", of_class("power")), KITCHEN) == Decision(
            False, f'exclude.{key}: "{name}"'
        )
        assert selection.decide(change("sensor.a"), PLAIN).admitted


def test_hidden_entities() -> None:
    """Hidden entities can be taken out, or be the only ones."""
    hidden = EntityPatterns(hidden=True)

    assert Selection(NOTHING, hidden).decide(change("sensor.a"), KITCHEN) == Decision(
        False, "exclude.hidden: it is hidden in Home Assistant"
    )
    assert Selection(NOTHING, hidden).decide(change("sensor.a"), PLAIN).admitted
    assert Selection(hidden, NOTHING).decide(change("sensor.a"), KITCHEN).admitted
    assert not Selection(hidden, NOTHING).decide(change("sensor.a"), PLAIN).admitted


def test_no_category() -> None:
    """An entity without category, registered or not, has the category "none"."""
    selection = Selection(side("entity_categories", "none"), NOTHING)

    assert selection.decide(change("sensor.a"), PLAIN).admitted
    assert selection.decide(change("sensor.a"), UNREGISTERED).admitted
    assert not selection.decide(change("sensor.a"), KITCHEN).admitted


@pytest.mark.parametrize(
    ("include", "exclude", "entity_id", "decision"),
    [
        # A single entity that is named wins over everything.
        (side("entities", "light.a"), side("labels", "Record"), "light.a", True),
        (side("labels", "Record"), side("entities", "light.a"), "light.a", False),
        # What is included adds up.
        (side("labels", "Record", domains=("sensor",)), NOTHING, "sensor.a", True),
        (side("labels", "Record", domains=("sensor",)), NOTHING, "light.a", True),
        (side("labels", "other", domains=("sensor",)), NOTHING, "light.a", False),
        # Who includes by label and excludes by name or property wants both.
        (side("labels", "Record"), side("domains", "light"), "light.a", False),
        (side("labels", "Record"), side("globs", "*.a"), "light.a", False),
        (side("labels", "Record"), side("areas", "Kitchen"), "light.a", False),
        (side("labels", "Record", globs=("s*",)), side("domains", "light"), "light.a", False),
        # A glob that is included wins over one that is excluded, as ever.
        (side("labels", "other", globs=("*.a",)), side("globs", "light.*"), "light.a", True),
        # Single entities beside an excluded group are exceptions from it: the rest is recorded.
        (side("entities", "light.a"), side("areas", "Kitchen"), "light.b", False),
        (side("entities", "light.a"), side("areas", "Attic"), "light.b", True),
        (side("entities", "light.a", labels=("x",)), side("areas", "Attic"), "light.b", False),
    ],
)
def test_together(
    include: EntityPatterns, exclude: EntityPatterns, entity_id: str, decision: bool
) -> None:
    """Home Assistant's keys and ours meet in one list of rules, of which the first counts."""
    found = Selection(include, exclude).decide(change(entity_id), KITCHEN)

    assert found.admitted is decision, found.rule


@pytest.mark.parametrize(
    ("include", "exclude", "rule"),
    [
        (NOTHING, NOTHING, "nothing is included, and nothing excludes it"),
        (side("entities", "light.a"), NOTHING, 'include.entities: "light.a"'),
        (NOTHING, side("entities", "light.a"), 'exclude.entities: "light.a"'),
        (side("globs", "x", "*.a", "*"), NOTHING, 'include.globs: "*.a"'),
        (NOTHING, side("globs", "x", "*.a", "*"), 'exclude.globs: "*.a"'),
        (side("domains", "lock", "light"), NOTHING, 'include.domains: "light"'),
        (NOTHING, side("domains", "lock", "light"), 'exclude.domains: "light"'),
        (
            side("entities", "light.b"),
            side("domains", "lock"),
            "include names single entities only, and nothing excludes it",
        ),
    ],
)
def test_the_rule_in_words(include: EntityPatterns, exclude: EntityPatterns, rule: str) -> None:
    """A decision names the key and the very entry that made it."""
    assert Selection(include, exclude).decide(change("light.a"), UNREGISTERED).rule == rule


def test_a_newer_registry_counts() -> None:
    """What changes in the registry of a home counts from the next change on, there only."""
    homes = {name: Latest(Registry()) for name in ("one", "two")}
    selection = Selection(side("labels", "Record"), NOTHING, homes)
    assert not selection.admits("one", change("light.a"))

    homes["one"].value = Registry(entries={"light.a": KITCHEN})

    assert selection.admits("one", change("light.a"))
    assert selection.admits_entity("one", "light.a")
    assert not selection.admits("two", change("light.a"))
    assert not selection.admits("elsewhere", change("light.a"))


def test_the_class_of_what_is_gone() -> None:
    """A removal is decided by the device class that the entity had, however that is known."""
    selection = Selection(side("device_classes", "power"), NOTHING)
    selection.admits("home", change("sensor.a", of_class("power")))

    assert selection.admits("home", removal("sensor.a"))
    assert not selection.admits("home", removal("sensor.a"))
    assert selection.admits("home", removal("sensor.a", of_class("power")))
    assert not selection.admits("home", removal("sensor.a", OF_NO_CLASS))
    assert selection.decide(removal("sensor.a", of_class("power")), PLAIN).admitted


def test_the_class_may_change() -> None:
    """Each change is decided by its own device class, an entity alone by its last one."""
    selection = Selection(NOTHING, side("device_classes", "power"))

    assert not selection.admits("home", change("sensor.a", of_class("power")))
    assert not selection.admits_entity("home", "sensor.a")
    assert selection.admits_entity("cabin", "sensor.a")
    assert selection.admits("home", change("sensor.a", of_class(["power"])))
    assert selection.admits_entity("home", "sensor.a")


def test_memory_is_bounded() -> None:
    """Entities may come and go for ever."""
    selection = Selection(NOTHING, EntityPatterns(globs=("*7",), device_classes=("power",)))

    for number in range(REMEMBERED_ENTITIES + 10):
        told = change(f"sensor.{number}", of_class("energy"))
        assert selection.admits("home", told) == (number % 10 != 7)

    assert len(selection._admitted.in_home("home")) <= REMEMBERED_ENTITIES
    assert len(selection._classes["home"]._last) == REMEMBERED_ENTITIES
    assert selection._classes["home"].last_of("sensor.9") is None
    assert selection._classes["home"].last_of("sensor.10") == "energy"
