"""Reads a delivery: it is a batch, or it is not, and nobody knows who publishes to a subject."""

from attrs import frozen

from trio_ingest.jetstream.delivery import Delivery
from trio_ingest.jetstream.envelope import NotABatch, batch_of
from trio_ingest.model.batch import Batch, Encoding


@frozen
class Foreign:
    """What is no batch that a database could take, and why."""

    reason: str


def read(delivery: Delivery) -> Batch | Foreign:
    """Return the batch that *delivery* is. What cannot be read is Foreign; nothing is raised."""
    try:
        batch = batch_of(delivery.body, delivery.headers)
    except NotABatch as error:
        return Foreign(str(error))
    except Exception as error:  # noqa: BLE001 - a strange message must not end the relay each time
        return Foreign(f"it could not be read, which is a bug: {error!r}")
    if batch.encoding is Encoding.ROWS:
        return Foreign(f"its lines are {batch.encoding}, not line protocol")
    return batch
