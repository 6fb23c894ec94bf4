"""Decides what becomes of a batch that was refused, so that one bad line costs one line."""

import zlib

from attrs import frozen

from trio_ingest.model.batch import Batch
from trio_ingest.model.outcome import Refused
from trio_ingest.model.spooled import RefusedLine


@frozen(kw_only=True)
class Narrowed:
    """Every line of the refused batch is in one of the two, once."""

    resend: tuple[Batch, ...] = ()
    """Smaller batches to try next, in order."""
    quarantine: tuple[RefusedLine, ...] = ()


def narrow(batch: Batch, refused: Refused) -> Narrowed:
    """Part the lines that are known to be bad from the rest; when none is known, halve.

    The result is always smaller, so to narrow what was refused again comes to an end.
    """
    lines = batch.lines()
    bad = {number: why for number, why in refused.bad_lines.items() if 0 <= number < len(lines)}
    if not bad and len(lines) == 1:
        bad = {0: refused.reason}
    if not bad:
        middle = len(lines) // 2
        return Narrowed(resend=(batch.with_lines(lines[:middle]), batch.with_lines(lines[middle:])))
    rest = [line for number, line in enumerate(lines) if number not in bad]
    return Narrowed(
        resend=(batch.with_lines(rest),) if rest else (),
        quarantine=tuple(
            RefusedLine(line=lines[number], reason=why) for number, why in sorted(bad.items())
        ),
    )


def damage_of(batch: Batch) -> str | None:
    """Return what is wrong with the body of *batch*; None when its lines can be read.

    To look costs some 2 ms a megabyte, and saves every sink from coming upon it.
    """
    if not batch.is_intact:
        return "damaged on the disk: the checksum no longer fits"
    try:
        batch.lines()
    except (OSError, EOFError, zlib.error) as error:
        return f"cannot be decompressed: {error}"
    return None
