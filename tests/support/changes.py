"""Hypothesis strategies for state changes: anything JSON can say, and names chosen to collide."""

from hypothesis import strategies as st

from tests.support.strange import START, STRANGE_NAMES, STRANGE_TEXTS
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.state_change import State, StateChange

any_text = st.text(st.characters(), max_size=20)

_NAME_PARTS = ("attr_", "_str", "_json", "_num", "_", "a", "area", "site", "state", "time", "value")
_ODD_CHARACTERS = ',= \\"\n\r\t\0\x7f/#é🌡\ud800'

names = (
    st.lists(st.sampled_from(_NAME_PARTS), max_size=4).map("".join)
    | st.text(st.sampled_from(_ODD_CHARACTERS + "ab_"), max_size=5)
    | st.sampled_from(STRANGE_NAMES)
    | any_text
)

texts = any_text | st.sampled_from(STRANGE_TEXTS)

numbers = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)

json_values = st.recursive(
    st.none() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)

attributes = st.dictionaries(names, json_values, max_size=6)

states = st.builds(
    State, value=texts.map(lambda text: text[:255]), attributes=attributes.map(Attributes.of)
)

entity_ids = st.from_regex(r"(sensor|light|lock)\.[a-z0-9]{1,4}", fullmatch=True)

times = st.integers(min_value=START, max_value=START + 10**12)

changes = st.builds(StateChange, entity_id=entity_ids, time=times, state=st.none() | states)
