"""What Home Assistant may leave out, held against what the sinks record."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.config.support import load_text
from trio_ingest.config.entity_filter import filter_of
from trio_ingest.config.sink_model import EntityPatterns, SqliteSinkConfig
from trio_ingest.config.wanted import changes_between, wanted_homes
from trio_ingest.model.registry import UNREGISTERED
from trio_ingest.processing.selection_rules import SelectionRules, Subject
from trio_ingest.simulator.entity_filter import Patterns, admits

LETTERS = "ab"
ENTITIES = [f"{domain}.{name}" for domain in LETTERS for name in LETTERS]


def some(*names: str) -> Any:
    return st.lists(st.sampled_from(names), max_size=2).map(tuple)


patterns = st.just(EntityPatterns()) | st.builds(
    EntityPatterns,
    domains=some(*LETTERS),
    entities=some(*ENTITIES),
    globs=some("*.a", "b.*"),
    areas=st.just(()) | some("Kitchen"),
)
sinks = st.builds(
    SqliteSinkConfig, name=st.just("s"), path=st.just(Path("x")), include=patterns, exclude=patterns
)


@given(st.lists(sinks, min_size=1, max_size=3))
def test_what_a_sink_records_is_asked_for(several: list[SqliteSinkConfig]) -> None:
    """Whatever any of the sinks would record passes the filter."""
    only = filter_of(several)

    for entity_id in ENTITIES:
        subject = Subject(entity_id=entity_id, entry=UNREGISTERED)
        if any(SelectionRules(s.include, s.exclude).decide(subject).admitted for s in several):
            assert passes(only, entity_id), (only, entity_id)


def passes(only: Any, entity_id: str) -> bool:
    include, exclude = (Patterns(**only.get(side, {})) for side in ("include", "exclude"))
    return admits(include, exclude, entity_id)


def sink(include: EntityPatterns, exclude: EntityPatterns) -> SqliteSinkConfig:
    return SqliteSinkConfig(name="s", path=Path("x"), include=include, exclude=exclude)


ALL = EntityPatterns()
LIGHTS = EntityPatterns(domains=("light",))
POWER = EntityPatterns(globs=("*_power",), entities=("sensor.a",))


@pytest.mark.parametrize(
    ("several", "only"),
    [
        ([(LIGHTS, ALL)], {"include": {"domains": ["light"]}}),
        ([(ALL, POWER)], {"exclude": {"entities": ["sensor.a"], "entity_globs": ["*_power"]}}),
        (
            [(LIGHTS, ALL), (POWER, ALL), (LIGHTS, ALL)],
            {
                "include": {
                    "domains": ["light"],
                    "entities": ["sensor.a"],
                    "entity_globs": ["*_power"],
                }
            },
        ),
        ([(ALL, POWER), (ALL, POWER)], {"exclude": {"entities": ["sensor.a"], "entity_globs": ["*_power"]}}),
        ([(ALL, ALL)], {}),
        ([(LIGHTS, ALL), (ALL, ALL)], {}),
        ([(LIGHTS, POWER)], {}),
        ([(ALL, POWER), (ALL, LIGHTS)], {}),
        ([(EntityPatterns(domains=("light",), areas=("Kitchen",)), ALL)], {}),
        ([(EntityPatterns(entities=("sensor.a__b",)), ALL)], {}),
    ],
)  # fmt: skip
def test_what_is_simple_is_left_to_home_assistant(several: Any, only: Any) -> None:
    """Includes of all sinks together, or the excludes that all have; of anything else, nothing."""
    assert only == filter_of([sink(*each) for each in several])


def test_a_home_depends_on_the_filter_of_its_feed(tmp_path: Path) -> None:
    """With the feed `entities` another filter of a sink begins a new session, else it does not."""

    def homes(feed: str, include: str) -> Any:
        text = f"""
            [home_assistant.north]
            url = "http://north:8123"
            token = "abc"
            feed = "{feed}"
            [sink.data]
            kind = "sqlite"
            path = "home.db"
            include.domains = ["{include}"]
        """
        return wanted_homes(load_text(tmp_path, text))

    def changed(one: Any, other: Any) -> list[str]:
        return list(changes_between(one, other).changed)

    assert changed(homes("events", "light"), homes("events", "lock")) == []
    assert changed(homes("entities", "light"), homes("entities", "lock")) == ["north"]
    assert changed(homes("entities", "light"), homes("events", "light")) == ["north"]
