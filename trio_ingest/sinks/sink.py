"""What the writer needs of a database."""

from typing import Protocol

from trio_ingest.model.batch import Batch
from trio_ingest.model.outcome import Outcome


class Sink(Protocol):
    """A place that takes batches. One task uses it at a time."""

    async def write(self, batch: Batch) -> Outcome:
        """Send *batch* and return what the database said. Weather is an outcome, never raised."""
