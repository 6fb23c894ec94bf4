"""One bad line costs one line: the decisions, without a sink."""

import gzip
import zlib

from attrs import evolve

from tests.delivery.scripted import batch_of
from trio_ingest.delivery.narrowing import damage_of, narrow
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
