"""Exported lines are those that the daemon would have sent to an InfluxDB itself."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.records.databases import START, change, in_memory, write_database
from tests.schemas.corpus import recorded
from tests.support import changes as some
from tests.support import events as some_events
from tests.support.strange import strange_changes
from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.config.sink_model import AttributesConfig
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import HomeEvent, State, StateChange
from trio_ingest.processing.event_lines import EventLineEncoder
from trio_ingest.processing.tidy import TidyEncoder
from trio_ingest.records.lines import Lines
from trio_ingest.records.pages import changes
from trio_ingest.records.wanted import Wanted

TAGS = {"site": "north", "value": "taken", "home": "too"}
VALUE_MAP = {"sensor": {"on": 7.5, "off": -1.0, "warm": 0.0}, "lock": {"locked": 3.0}}
KITCHEN = Entry(area="Küche, oben", device="a=b", floor="0")

_HALVES = re.compile("[\ud800-\udfff]")


def whole(value: Any) -> Any:
    """Return it without the halves of surrogate pairs, which SQLite cannot keep."""
    match value:
        case str():
            return _HALVES.sub("?", value)
        case list():
            return [whole(each) for each in value]
        case dict():
            return {whole(name): whole(each) for name, each in value.items()}
    return value


def kept(each: StateChange) -> StateChange:
    if each.state is None:
        return each
    state = State(
        value=whole(each.state.value),
        attributes=Attributes.of(whole(each.state.attributes.by_name)),
    )
    return replace(each, state=state)


def is_too_deep(each: StateChange) -> bool:
    """Say whether it has lists in lists, so many that no change comes to us with them."""
    match each.state:
        case State(attributes=Attributes(by_name={"x": [[_]]})):
            return True
    return False


def exported(
    changes_told: Sequence[StateChange], tags: dict[str, str], registry: Registry, **how: Any
) -> list[str]:
    """Return the lines by way of the embedded database."""
    rows = in_memory(changes_told, registry=registry, tags=tags, value_map=VALUE_MAP)
    return list(Lines(**how).of_changes(rows))


def sent(
    changes_told: Sequence[StateChange], tags: dict[str, str], registry: Registry, **how: Any
) -> list[str]:
    """Return the lines as they are sent, in the order of their time."""
    encoder = TidyEncoder(
        registries={"home": Latest(registry)},
        attributes=AttributesConfig(nested=how.get("nested", "drop")),
        tags=tags,
        precision=how.get("precision", Precision.US),
        home_tag=how.get("home_tag", False),
        value_map=VALUE_MAP,
    )
    once = {(each.time, each.entity_id): each for each in changes_told}
    return [encoder.encode("home", once[key]) for key in sorted(once)]


ways = st.fixed_dictionaries(
    {
        "precision": st.sampled_from(Precision),
        "nested": st.sampled_from(["drop", "json"]),
        "home_tag": st.booleans(),
    }
)
registered = st.builds(
    Registry,
    entries=st.dictionaries(
        some.entity_ids, st.sampled_from([KITCHEN, Entry(area="", device="x\\y")]), max_size=3
    ),
)
one_each = st.lists(
    some.changes.map(kept), max_size=8, unique_by=lambda each: (each.time, each.entity_id)
)


@settings(deadline=None, max_examples=100)
@given(one_each, st.sampled_from([{}, TAGS]), registered, ways)
def test_any_changes(
    told: list[StateChange], tags: dict[str, str], registry: Registry, how: dict[str, Any]
) -> None:
    """It is so for any states, attributes, places, tags and numbers of words, byte for byte."""
    assert sent(told, tags, registry, **how) == exported(told, tags, registry, **how)


def test_strange_changes() -> None:
    """It is so for names and values that have given trouble elsewhere."""
    told = [kept(each) for each in strange_changes() if not is_too_deep(each)]

    assert sent(told, TAGS, Registry(), nested="json") == exported(
        told, TAGS, Registry(), nested="json"
    )


def test_corpus() -> None:
    """It is so for everything that a real Home Assistant has sent."""
    told = [kept(each.heard) for each in recorded()[0]]

    assert sent(told, {}, Registry()) == exported(told, {}, Registry())


@settings(deadline=None, max_examples=25)
@given(
    st.lists(some_events.events, max_size=6).map(lambda told: sorted(told, key=lambda e: e.time))
)
def test_any_events(told: list[HomeEvent]) -> None:
    """It is so for other events, too."""
    encoder = EventLineEncoder(tags=TAGS, precision=Precision.US)
    told = [
        evolve(
            each,
            event_type=whole(each.event_type),
            data=whole(dict(each.data)),
            context=replace(
                each.context,
                id=whole(each.context.id),
                parent_id=whole(each.context.parent_id),
                user_id=whole(each.context.user_id),
            ),
        )
        for each in told
    ]

    lines = list(Lines().of_events(in_memory([], told, tags=TAGS)))

    assert sorted(encoder.encode("home", each) for each in told) == sorted(lines)


def test_places_and_tags_as_they_were(tmp_path: Path) -> None:
    """A line has the area and the tags of its time, also after they have changed."""
    path = tmp_path / "home.db"
    for second, (area, site) in enumerate([("Attic", "x"), ("Cellar", "x"), ("Attic", "y")]):
        registry = Registry(entries={"lock.a": Entry(area=area)})
        write_database(
            path, [change("lock.a", second, "open")], registry=registry, tags={"site": site}
        )

    lines = list(Lines().of_changes(changes(path, Wanted())))

    assert [
        f'lock,entity_id=lock.a,area={area},site={site} state="open",value=1.0 {START + second}'
        for second, (area, site) in zip(
            (0, 10**6, 2 * 10**6), [("Attic", "x"), ("Cellar", "x"), ("Attic", "y")], strict=True
        )
    ] == lines
