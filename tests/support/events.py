"""Hypothesis strategies for events that are no state changes: any data that JSON can say."""

from hypothesis import strategies as st

from tests.support.changes import any_text, json_values, names, times
from trio_ingest.model.state_change import Context, HomeEvent

entity_names = st.sampled_from(["light.a", "light.b", "all", "", "light.a, light.b"]) | json_values

subjects = st.fixed_dictionaries(
    {},
    optional={
        "entity_id": entity_names | st.lists(entity_names, max_size=3),
        "domain": st.sampled_from(["light", "", "a b=,"]) | json_values,
        "service": st.just("turn_on") | json_values,
        "service_data": st.dictionaries(st.just("entity_id"), entity_names) | json_values,
        "context_id": json_values,
        "data": json_values,
        "sequence": json_values,
    },
)

data = st.builds(dict.__or__, st.dictionaries(names, json_values, max_size=4), subjects)

contexts = st.builds(
    Context, id=any_text, parent_id=st.none() | any_text, user_id=st.none() | any_text
)

events = st.builds(
    HomeEvent,
    event_type=st.sampled_from(["call_service", "x", ""]) | any_text,
    time=times,
    data=data,
    context=contexts,
)
