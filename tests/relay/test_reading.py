"""Whatever comes out of a stream is a batch or foreign, and nothing is raised."""

import gzip

from hypothesis import given
from hypothesis import strategies as st

from tests.delivery.scripted import batch_of
from trio_ingest.jetstream.delivery import Delivery
from trio_ingest.jetstream.envelope import ENCODING, headers_of
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.relay.reading import Foreign, read

GOOD = batch_of(b"a v=1 1", b"b v=2 2")
HEADERS = headers_of(GOOD, "tidy")
BODIES = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=200).map(gzip.compress),
    st.integers(0, len(GOOD.body)).map(lambda end: GOOD.body[:end]),
    st.just(GOOD.body),
)
VALUES = st.one_of(st.text(max_size=10), st.sampled_from([*HEADERS.values()]))
HEADERS_OF_ANY_KIND = st.dictionaries(st.sampled_from([*HEADERS]), VALUES)


def delivery(body: bytes, headers: dict[str, str]) -> Delivery:
    return Delivery(
        subject="ha.lp.home",
        body=body,
        headers=headers,
        stream_sequence=1,
        delivered=1,
        pending=0,
        reply="",
    )


def test_a_batch_comes_out_as_it_went_in():
    """What a recorder has published, a relay has."""
    assert GOOD == read(delivery(GOOD.body, HEADERS))


def test_rows_are_foreign():
    """What was made for an embedded database is of no use to another."""
    found = read(delivery(GOOD.body, {**HEADERS, ENCODING: Encoding.ROWS}))

    assert Foreign("its lines are rows, not line protocol") == found


@given(BODIES, HEADERS_OF_ANY_KIND)
def test_anything_may_come(body, headers):
    """A batch that is found has lines, each of which a database can be asked about."""
    found = read(delivery(body, headers))

    match found:
        case Batch():
            assert found.points == len(found.lines()) > 0
        case Foreign(reason=reason):
            assert "bug" not in reason
