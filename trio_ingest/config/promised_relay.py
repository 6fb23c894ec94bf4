"""What a relay promises of the batches that it takes out of a stream."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trio_ingest.config.kinds.units import format_duration, format_size

if TYPE_CHECKING:
    from trio_ingest.config.relay_model import RelayConfig


def promise_of_relay(relay: "RelayConfig") -> Iterator[str]:
    """Yield how batches come from the stream into the database."""
    yield (
        f"a batch stays in the stream {relay.stream} until the database has confirmed it, and only "
        "then is acknowledged; how safe it is there, trio-ingest nats setup --check says."
    )
    yield (
        f"all relays with the consumer {relay.consumer} share the work. When one of them dies, "
        f"what it had in hand is delivered by another within {format_duration(relay.ack_wait)}."
    )
    yield (
        "a batch may be delivered twice, and in another order; that changes nothing, because the "
        "same change is the same point."
    )
    yield (
        "what the database refuses goes to the quarantine of this relay with its reason, and the "
        "rest of the batch is delivered; a message that is no batch goes there as a whole."
    )
    yield (
        f"in memory are up to {relay.prefetch} messages, or {format_size(relay.prefetch_size)}; "
        "they are in the stream as well."
    )
