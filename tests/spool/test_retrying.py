"""Batches that are made of lines from the quarantine."""

import pytest

from trio_ingest.model.batch import Encoding
from trio_ingest.spool import retrying
from trio_ingest.spool.quarantine import QuarantinedLine
from trio_ingest.spool.retrying import instant_of, rebatch


def quarantined(line, encoding=Encoding.LINE_PROTOCOL_US):
    return QuarantinedLine(
        number=1, line=line, reason="no", encoding=encoding, batch=1, quarantined=77
    )


@pytest.mark.parametrize(
    ("line", "encoding", "instant"),
    [
        (b"a,t=x\\ y v=1 5000", Encoding.LINE_PROTOCOL_US, 5000),
        (b"a v=1 5000", Encoding.LINE_PROTOCOL_NS, 5),
        (b"a v=1 5", Encoding.LINE_PROTOCOL_MS, 5000),
        (b"a v=1 5", Encoding.LINE_PROTOCOL_S, 5_000_000),
        (b'["home","light.a",5000,"on",1.0,{}]', Encoding.ROWS, 5000),
        (b'{"home":"home","time_us":5000}', Encoding.ROWS, 5000),
        (b"nonsense", Encoding.LINE_PROTOCOL_US, 77),
        (b"[1]", Encoding.ROWS, 77),
        (b"{", Encoding.ROWS, 77),
        (b"7", Encoding.ROWS, 77),
    ],
)
def test_instant(line, encoding, instant):
    """The instant of a line is its point's, or when it was put aside."""
    assert instant == instant_of(quarantined(line, encoding), encoding)


def test_bounds(monkeypatch):
    """A batch has lines of one encoding, and not too many of them; each line is there once."""
    monkeypatch.setattr(retrying, "LINES", 3)
    monkeypatch.setattr(retrying, "RAW_BYTES", 100)
    rows, long = Encoding.ROWS, b"x" * 80
    lines = [quarantined(b"%d" % n) for n in range(7)]
    lines += [quarantined(b"row", rows), quarantined(long, rows), quarantined(long, rows)]

    batches = list(rebatch(lines))

    assert [3, 3, 1, 2, 1] == [batch.points for batch in batches]
    assert [line.line for line in lines] == [line for batch in batches for line in batch.lines()]
    assert [rows, rows] == [batch.encoding for batch in batches[3:]]
