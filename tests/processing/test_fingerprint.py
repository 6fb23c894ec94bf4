"""Whether a state is still the same one."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import changes as some
from trio_ingest.model.attributes import NO_ATTRIBUTES, Attributes
from trio_ingest.model.state_change import State
from trio_ingest.processing.fingerprint import LONGEST_KEPT, Fingerprints

NOTHING = State(value="on", attributes=NO_ATTRIBUTES)
ENTITIES = st.sampled_from(["light.a", "light.b"])
ATTRIBUTES = st.dictionaries(st.sampled_from(["a", "b"]), some.json_values, max_size=2)


def test_what_it_is() -> None:
    """It is kept on disk, so it may never become another one."""
    state = State(value="on", attributes=Attributes(b'{"b":[1,null],"a":"\xc3\xa9"}'))

    assert -3380485778869314343 == Fingerprints().of("light.a", state)


@settings(deadline=None)
@given(st.lists(st.tuples(ENTITIES, some.texts, ATTRIBUTES)))
def test_what_is_kept_changes_nothing(told: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Whatever was said of an entity before, the same state has the same fingerprint."""
    fingerprints = Fingerprints()

    for entity_id, value, attributes in told:
        state = State(value=value, attributes=Attributes.of(attributes))
        expected = Fingerprints().of("light.other", state)
        assert expected == fingerprints.of(entity_id, state)
        assert expected == fingerprints.of(entity_id, state)


def test_memory_is_bounded() -> None:
    """Nothing long is kept, and nothing of an entity that is gone."""
    fingerprints = Fingerprints()
    long = Attributes.of({"a": "x" * LONGEST_KEPT})

    fingerprints.of("light.a", State(value="on", attributes=long))
    assert {} == fingerprints._ordered

    fingerprints.of("light.a", NOTHING)
    fingerprints.forget("light.a")
    fingerprints.forget("light.a")
    assert {} == fingerprints._ordered
