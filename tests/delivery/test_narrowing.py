"""One bad line costs one line: the decisions, without a sink."""

import gzip
import zlib

from attrs import evolve

from tests.delivery.scripted import batch_of
from trio_ingest.delivery.narrowing import narrow
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.joining import damage_of
from trio_ingest.model.outcome import Refused
from trio_ingest.model.spooled import RefusedLine


def test_named_lines_are_quarantined_and_the_rest_is_resent() -> None:
    """Lines that the server names go to the quarantine with its words, the others stay together."""
    refused = Refused(reason="partial write", bad_lines={2: "why c", 0: "why a"})

    narrowed = narrow(batch_of(b"a", b"b", b"c", b"d"), refused)

    assert [batch.lines() for batch in narrowed.resend] == [[b"b", b"d"]]
    assert narrowed.quarantine == (
        RefusedLine(line=b"a", reason="why a"),
        RefusedLine(line=b"c", reason="why c"),
    )


def test_nothing_is_resent_when_all_lines_are_named() -> None:
    """There are no empty batches."""
    narrowed = narrow(batch_of(b"a", b"b"), Refused(reason="no", bad_lines={0: "x", 1: "y"}))

    assert narrowed.resend == ()
    assert [refused.line for refused in narrowed.quarantine] == [b"a", b"b"]


def test_without_names_a_batch_is_halved() -> None:
    """The halves keep the order, and what the batch says of itself besides its lines."""
    batch = evolve(batch_of(b"a", b"b", b"c"), first=3, last=9, homes=("home",))

    narrowed = narrow(batch, Refused(reason="no"))

    assert [half.lines() for half in narrowed.resend] == [[b"a"], [b"b", b"c"]]
    assert narrowed.quarantine == ()
    assert all(half.is_intact for half in narrowed.resend)
    assert {(half.encoding, half.first, half.last, half.homes) for half in narrowed.resend} == {
        (batch.encoding, 3, 9, ("home",))
    }


def test_a_single_line_is_the_bad_one() -> None:
    """What cannot be halved is quarantined with the reason of the whole."""
    narrowed = narrow(batch_of(b"a"), Refused(reason="HTTP 413: too large"))

    assert narrowed.resend == ()
    assert narrowed.quarantine == (RefusedLine(line=b"a", reason="HTTP 413: too large"),)


def test_a_field_that_conflicts_is_taken_out_of_a_line_that_stands_alone() -> None:
    """The line is sent again without it, and it is kept as a line of its own."""
    batch = evolve(batch_of(b'm,t=1 a="x",b=2 7'), first=3, homes=("home",))

    narrowed = narrow(batch, Refused(reason="HTTP 400", bad_lines={0: "why"}, conflicts={0: "a"}))

    [rest] = narrowed.resend
    assert rest.lines() == [b"m,t=1 b=2 7"]
    assert (rest.first, rest.homes, rest.encoding) == (3, ("home",), batch.encoding)
    assert narrowed.stripped == RefusedLine(line=b'm,t=1 a="x" 7', reason="why")
    assert narrowed.quarantine == ()


def test_lines_with_a_conflict_are_first_sent_alone() -> None:
    """Of several lines the words may be true of one only, so none is judged by them."""
    refused = Refused(
        reason="no", bad_lines=dict.fromkeys(range(1, 4), "why"), conflicts={1: "a", 3: "a"}
    )

    narrowed = narrow(batch_of(b"m a=1 1", b"m a=2 2", b"bad", b"m a=3 3"), refused)

    assert [batch.lines() for batch in narrowed.resend] == [
        [b"m a=1 1"],
        [b"m a=2 2"],
        [b"m a=3 3"],
    ]
    assert narrowed.quarantine == (RefusedLine(line=b"bad", reason="why"),)
    assert narrowed.stripped is None


def test_a_line_without_another_field_is_quarantined_whole() -> None:
    """So is one in which the field cannot be found, and a row, which is no line protocol."""
    refused = Refused(reason="HTTP 400", bad_lines={0: "why"}, conflicts={0: "a"})
    row = Batch.of_lines([b"m a=1,b=2 1"], encoding=Encoding.ROWS, first=0, last=0)

    for batch in (batch_of(b"m a=1 1"), batch_of(b"m b=1,c=2 1"), batch_of(b"a"), row):
        narrowed = narrow(batch, refused)

        assert narrowed.resend == ()
        assert narrowed.quarantine == (RefusedLine(line=batch.lines()[0], reason="why"),)
        assert narrowed.stripped is None


def test_numbers_that_do_not_exist_are_not_believed() -> None:
    """A server that names line 7 of 2 has named none."""
    narrowed = narrow(batch_of(b"a", b"b"), Refused(reason="no", bad_lines={7: "?", -1: "?"}))

    assert [half.lines() for half in narrowed.resend] == [[b"a"], [b"b"]]


def test_a_flipped_bit_is_damage() -> None:
    """A body that is not what was put in is told by its checksum."""
    batch = batch_of(b"a")

    assert damage_of(batch) is None
    assert "checksum" in str(damage_of(evolve(batch, body=batch.body[:-1] + b"\xff")))


def test_a_body_that_cannot_be_decompressed_is_damage() -> None:
    """Also when its checksum fits: whatever was stored, nobody can read it."""
    whole = gzip.compress(b"a\n" * 1000)
    for body in (b"no gzip", whole[:-9], whole[:12] + b"\xff\xff\xff" + whole[15:], b"\x1f\x8b"):
        batch = evolve(batch_of(b"a"), body=body, crc32=zlib.crc32(body))

        assert "decompressed" in str(damage_of(batch))
