"""A batch that is on disk, and what becomes of the lines that a sink would not take."""

from attrs import field, frozen

from trio_ingest.model.batch import Batch


@frozen(kw_only=True)
class SpooledBatch:
    """A batch under the number that the spool gave it; numbers only grow."""

    number: int
    batch: Batch


@frozen(kw_only=True)
class RefusedLine:
    """One line that goes to the quarantine, with the sink's own words about it."""

    line: bytes = field(repr=False)
    reason: str
