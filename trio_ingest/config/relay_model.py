"""The configuration of `trio-ingest relay`: from which stream, and how much at a time."""

from typing import Annotated

from attrs import frozen

from trio_ingest.config.common import GIB, HOUR, KIB, MIB
from trio_ingest.config.kinds.amounts import Count, Duration, Size
from trio_ingest.config.kinds.plain import Matching
from trio_ingest.config.nats_model import STREAM_NAME, NatsConfig


@frozen(kw_only=True, slots=False)
class RelayConfig(NatsConfig):
    """`[relay]`: the stream that batches are taken from, and how."""

    consumer: Annotated[
        str,
        Matching(STREAM_NAME, "writers"),
        "The durable consumer. All relays that have the same share the work.",
    ] = "writers"
    ack_wait: Annotated[
        float,
        Duration(least=1.0, most=HOUR),
        "How long the stream waits for a word about a message before it gives it to another "
        "relay. It has to be longer than the sink's `timeout`.",
    ] = 60.0
    max_ack_pending: Annotated[
        int,
        Count(1, 100_000),
        "How many messages all relays together may have in hand; for `trio-ingest nats setup`.",
    ] = 1000
    prefetch: Annotated[int, Count(1, 10_000), "How many messages this relay may have in hand."] = (
        100
    )
    prefetch_size: Annotated[
        int,
        Size(least=64 * KIB, most=GIB),
        "How large they may be together; one may always be in hand, however large.",
    ] = 16 * MIB
