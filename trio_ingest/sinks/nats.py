"""Publishes batches to a JetStream stream, from which others write them to a database."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from attrs import field, frozen

from trio_ingest.config.nats_model import NatsSinkConfig
from trio_ingest.jetstream.client import JetStream, open_jetstream
from trio_ingest.jetstream.envelope import headers_of
from trio_ingest.jetstream.errors import (
    JetStreamRefused,
    JetStreamUnreachable,
    MessageTooLarge,
)
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.outcome import Accepted, Outcome, Refused, TryLater

SET_UP = "trio-ingest nats setup makes the stream, or says what is wrong with it"


@asynccontextmanager
async def open_nats_sink(config: NatsSinkConfig) -> AsyncGenerator["NatsSink"]:
    """Open the sink of *config*; no server is asked yet, and all may be away."""
    async with open_jetstream(config, f"trio-ingest {config.name}") as jetstream:
        yield NatsSink(config, jetstream)


@frozen
class NatsSink:
    """One stream, and the subject that batches go to."""

    _config: NatsSinkConfig = field(repr=False)
    _jetstream: JetStream = field(repr=False)

    async def write(self, batch: Batch) -> Outcome:
        """Publish *batch* as it lies in the spool, and wait until the stream has it."""
        if batch.encoding is Encoding.ROWS:
            reason = f"a stream takes line protocol, not {batch.encoding}"
            return Refused(reason=reason, bad_lines=dict.fromkeys(range(batch.points), reason))
        headers = headers_of(batch, self._config.schema)
        try:
            await self._jetstream.publish(self._config.subject, batch.body, headers)
        except MessageTooLarge as error:
            return Refused(reason=str(error))
        except JetStreamUnreachable as weather:
            return TryLater(reason=str(weather))
        except JetStreamRefused as refusal:
            return TryLater(reason=f"{refusal}; {SET_UP}", needs_operator=True)
        return Accepted()
