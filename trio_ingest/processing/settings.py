"""What a processor is told to do otherwise from now on."""

from attrs import frozen

from trio_ingest.config.sink_model import BatchConfig
from trio_ingest.processing.encoder import Encoder, EventEncoder
from trio_ingest.processing.selection import Selection


@frozen(kw_only=True)
class Settings:
    """It travels the channel of changes: what was told before it is recorded as it was before.

    The encodings are those of the same kind of sink.
    """

    selection: Selection
    encoder: Encoder
    event_encoder: EventEncoder
    limits: BatchConfig
    drops_noise: bool
    heartbeat_seconds: float | None
