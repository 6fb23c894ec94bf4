"""Decides what becomes of a batch that was refused.

One bad line costs one line, and one field of a type that the database does not take costs one
field.
"""

from attrs import frozen

from trio_ingest.delivery.field_removal import without_field
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.outcome import Refused
from trio_ingest.model.spooled import RefusedLine


@frozen(kw_only=True)
class Narrowed:
    """Every field of every line of the refused batch is in one of the three, once."""

    resend: tuple[Batch, ...] = ()
    """Smaller batches to try next, in order."""
    quarantine: tuple[RefusedLine, ...] = ()
    """Whole lines."""
    stripped: RefusedLine | None = None
    """A field that was taken out of the line that is to be sent again."""


def narrow(batch: Batch, refused: Refused) -> Narrowed:
    """Part the lines that are known to be bad from the rest; when none is known, halve.

    Lines with a field that the sink takes offence at are sent again alone, and then without it.
    The result is always smaller, so to narrow what was refused again comes to an end.
    """
    lines = batch.lines()
    bad = {number: why for number, why in refused.bad_lines.items() if 0 <= number < len(lines)}
    if len(lines) == 1:
        return _narrow_line(batch, refused, bad.get(0, refused.reason))
    if not bad:
        middle = len(lines) // 2
        return Narrowed(resend=(batch.with_lines(lines[:middle]), batch.with_lines(lines[middle:])))
    rest = [line for number, line in enumerate(lines) if number not in bad]
    alone = [number for number in sorted(bad) if number in refused.conflicts]
    return Narrowed(
        resend=(
            *((batch.with_lines(rest),) if rest else ()),
            *(batch.with_lines([lines[number]]) for number in alone),
        ),
        quarantine=tuple(
            RefusedLine(line=lines[number], reason=why)
            for number, why in sorted(bad.items())
            if number not in alone
        ),
    )


def _narrow_line(batch: Batch, refused: Refused, why: str) -> Narrowed:
    """Take the offending field out of a line that stands alone; without one the line is bad."""
    [line] = batch.lines()
    offending = refused.conflicts.get(0)
    parted = None
    if offending is not None and batch.encoding is not Encoding.ROWS:
        parted = without_field(line, offending)
    if parted is None:
        return Narrowed(quarantine=(RefusedLine(line=line, reason=why),))
    return Narrowed(
        resend=(batch.with_lines([parted.rest]),),
        stripped=RefusedLine(line=parted.removed, reason=why),
    )
