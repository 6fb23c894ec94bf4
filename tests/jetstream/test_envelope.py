"""Batches as messages: what goes in comes out, and what is no batch is said to be none."""

import contextlib
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_ingest.jetstream.envelope import NotABatch, batch_of, headers_of
from trio_ingest.jetstream.protocol import head_of, read_head
from trio_ingest.model.batch import Batch, Encoding

LINES = st.lists(st.binary(max_size=50).map(lambda line: line.replace(b"\n", b"")), min_size=1)
NOW = 1_780_000_000_000_000


def batch_from(lines, **changes):
    settings = {"encoding": Encoding.LINE_PROTOCOL_MS, "first": NOW, "last": NOW + 1}
    return Batch.of_lines(lines, **settings | {"homes": ("north", "süd,1")} | changes)


@given(LINES, st.sampled_from(Encoding))
def test_a_batch_comes_back(lines, encoding):
    """decode(encode(batch)) == batch, also once the headers have travelled."""
    batch = batch_from(lines, encoding=encoding)

    _, _, headers = read_head(head_of(headers_of(batch, "tidy")))

    assert batch == batch_of(batch.body, headers)


def test_the_id_is_of_the_lines_and_their_encoding():
    """The same lines have the same id; other lines, or another unit, have another."""
    ids = {
        headers_of(batch, "tidy")["Nats-Msg-Id"]
        for batch in (
            batch_from([b"a"]),
            batch_from([b"a"], homes=()),
            batch_from([b"b"]),
            batch_from([b"a"], encoding=Encoding.LINE_PROTOCOL_S),
        )
    }

    assert 3 == len(ids)


@pytest.mark.parametrize("body", [gzip.compress(b"a 1\nb 2\n", mtime=0), b"a 1\nb 2\n"])
def test_without_headers_the_body_says_it(body):
    """Lines that somebody else has published are a batch, compressed or not."""
    batch = batch_of(body, {})

    assert [b"a 1", b"b 2"] == batch.lines()
    assert (2, 8, Encoding.LINE_PROTOCOL_US) == (batch.points, batch.raw_bytes, batch.encoding)
    assert batch.is_intact


GOOD = batch_from([b"a 1", b"b 2"])
HEADERS = headers_of(GOOD, "tidy")


@pytest.mark.parametrize(
    ("body", "changes", "words"),
    [
        (b"\x1f\x8bnonsense", {"Trio-Ingest-Crc32": None}, "not gzip"),
        (GOOD.body[:-1], {"Trio-Ingest-Crc32": None}, "ends too early"),
        (GOOD.body + b"x", {"Trio-Ingest-Crc32": None}, "behind the end"),
        (GOOD.body + b"x", {}, "the CRC of the body is"),
        (gzip.compress(b"a 1", mtime=0), {"Trio-Ingest-Crc32": None}, "whole line"),
        (b"", {"Trio-Ingest-Crc32": None}, "ends too early"),
        (GOOD.body, {"Trio-Ingest-Points": "3"}, "Points is 3, but in the body are 2"),
        (GOOD.body, {"Trio-Ingest-Points": "many"}, "no number"),
        (GOOD.body, {"Trio-Ingest-First": "x"}, "no number"),
        (GOOD.body, {"Trio-Ingest-Encoding": "csv"}, "'csv', which nobody here knows"),
        (GOOD.body, {"Content-Encoding": "zstd"}, "'zstd', which nobody here unpacks"),
    ],
)
def test_what_is_no_batch(body, changes, words):
    """It is said what is wrong, and nothing else is raised."""
    headers = {name: value for name, value in {**HEADERS, **changes}.items() if value is not None}

    with pytest.raises(NotABatch, match=words):
        batch_of(body, headers)


@given(st.binary(max_size=200), st.dictionaries(st.sampled_from(sorted(HEADERS)), st.text()))
def test_nothing_but_that_is_raised(body, headers):
    """Any message is a batch or none."""
    with contextlib.suppress(NotABatch):
        batch_of(body, headers)
