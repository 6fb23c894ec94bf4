"""Make batches again of lines that come out of the quarantine: pure."""

import json
from collections.abc import Iterator, Sequence

from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.spool.quarantine import QuarantinedLine

LINES = 1000
RAW_BYTES = 1 << 20

UNITS = {  # of a point's time, in nanoseconds
    Encoding.LINE_PROTOCOL_NS: 1,
    Encoding.LINE_PROTOCOL_US: 1_000,
    Encoding.LINE_PROTOCOL_MS: 1_000_000,
    Encoding.LINE_PROTOCOL_S: 1_000_000_000,
}
NANOSECONDS_PER_MICROSECOND = 1_000
PLACE_OF_TIME = 2  # in the array that a row is


def rebatch(lines: Sequence[QuarantinedLine]) -> Iterator[Batch]:
    """Yield the lines in batches, in order, each of one encoding and not too large.

    All can be retried. Where they are from is not known any more, so the batches name no homes.
    """
    together: list[QuarantinedLine] = []
    raw_bytes = 0
    for line in lines:
        raw_bytes += len(line.line) + 1
        is_full = len(together) == LINES or raw_bytes > RAW_BYTES
        if together and (is_full or line.encoding != together[0].encoding):
            yield make_batch(together)
            together, raw_bytes = [], len(line.line) + 1
        together.append(line)
    if together:
        yield make_batch(together)


def make_batch(lines: Sequence[QuarantinedLine]) -> Batch:
    """Return one batch of lines that have the same encoding."""
    encoding = Encoding(lines[0].encoding)
    instants = [instant_of(line, encoding) for line in lines]
    return Batch.of_lines(
        [line.line for line in lines], encoding=encoding, first=min(instants), last=max(instants)
    )


def instant_of(line: QuarantinedLine, encoding: Encoding) -> int:
    """Return when the point of *line* was; when it was put aside, if the line does not tell."""
    try:
        if encoding is Encoding.ROWS:
            row = json.loads(line.line)
            return int(row["time_us"] if isinstance(row, dict) else row[PLACE_OF_TIME])
        time = int(line.line.rpartition(b" ")[2])
        return time * UNITS[encoding] // NANOSECONDS_PER_MICROSECOND
    except (ValueError, TypeError, LookupError):
        return line.quarantined
