"""Our lines beside those of influxdb-client, for all that both can say."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from influxdb_client import Point, WritePrecision

from tests.support.changes import entity_ids, times
from trio_ingest.config.line_protocol_model import Precision
from trio_ingest.config.sink_model import AttributesConfig
from trio_ingest.model.attributes import Attributes
from trio_ingest.model.registry import Entry, Latest, Registry
from trio_ingest.model.state_change import State, StateChange
from trio_ingest.processing.tidy import TidyEncoder

# The client leaves newlines and backslashes in names to the server, and writes 5.0 as 5.
plain_characters = st.characters(exclude_categories=["C"], exclude_characters='\\"')
names = st.text(plain_characters, min_size=1, max_size=10).map(lambda name: f"x{name}x")
texts = st.text(st.characters(exclude_categories=["C"]), max_size=30)
fractions = st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer())

_PIECE = re.compile(r"""(?:[^\\," ]|\\.|"(?:[^\\"]|\\.)*")+""")


@settings(max_examples=200, deadline=None)
@given(
    entity_ids,
    times,
    texts,
    st.dictionaries(names, texts | fractions, max_size=5),
    st.builds(Entry, area=names, device=st.none() | names, floor=names),
)
def test_same_line(
    entity_id: str,
    time: int,
    state: str,
    attributes: dict[str, str | float],
    place: Entry,
) -> None:
    """Apart from the order of tags and fields, our line is the client's, byte for byte."""
    encoder = TidyEncoder(
        registries={"home": Latest(Registry(entries={entity_id: place}))},
        attributes=AttributesConfig(),
        tags={"site": "north"},
        precision=Precision.US,
        home_tag=False,
    )
    state = f"is {state}"  # so that it is no number
    change = StateChange(
        entity_id=entity_id,
        time=time,
        state=State(value=state, attributes=Attributes.of(attributes)),
    )
    point = Point(entity_id.partition(".")[0]).tag("entity_id", entity_id).tag("site", "north")
    point.tag("area", place.area).tag("device", place.device).tag("floor", place.floor)
    point.field("state", state).time(time, WritePrecision.US)
    for name, value in attributes.items():
        point.field(f"{name}_str" if isinstance(value, str) else name, value)

    ours, theirs = encoder.encode("home", change), point.to_line_protocol()

    assert sorted_pieces(ours) == sorted_pieces(theirs)


def sorted_pieces(line: str) -> list[list[str]]:
    """Return measurement with tags, fields and time, each taken apart and sorted."""
    series, fields, time = re.findall(r"""(?:[^\\" ]|\\.|"(?:[^\\"]|\\.)*")+""", line)
    return [sorted(_PIECE.findall(part)) for part in (series, fields, time)]
