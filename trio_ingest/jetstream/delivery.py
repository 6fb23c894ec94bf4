"""A message as a consumer hands it out, and what its reply subject says of it."""

from collections.abc import Mapping

from attrs import field, frozen

from trio_ingest.jetstream.errors import JetStreamUnreachable
from trio_ingest.jetstream.protocol import Message

_ACK_PREFIX = ["$JS", "ACK"]
_NEW_PARTS, _NUMBERS = 11, 5


@frozen(kw_only=True)
class Delivery:
    """A message that waits for our word. `delivered` is how often it was handed out, from 1.

    `pending` is how many lie behind it for the same consumer. `reply` is where the word goes.
    """

    subject: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str]
    stream_sequence: int
    delivered: int
    pending: int
    reply: str


def delivery_of(message: Message) -> Delivery:
    """Return what *message* is, by the reply subject that JetStream gave it.

    `$JS.ACK.STREAM.CONSUMER.delivered.stream-seq.consumer-seq.time.pending`; newer ones have a
    domain and an account before the stream, and may have more behind. Raises JetStreamUnreachable.
    """
    parts = message.reply.split(".")
    if len(parts) >= _NEW_PARTS:
        del parts[2:4]
    numbers = parts[4:9]
    if parts[:2] != _ACK_PREFIX or not all(map(str.isdecimal, numbers)) or len(numbers) < _NUMBERS:
        raise JetStreamUnreachable(f"{message.reply!r} is no reply subject of JetStream")
    delivered, stream_sequence, _, _, pending = map(int, numbers)
    return Delivery(
        subject=message.subject,
        body=message.body,
        headers=message.headers,
        stream_sequence=stream_sequence,
        delivered=delivered,
        pending=pending,
        reply=message.reply,
    )
