"""What a JetStream error means for us: weather, or something that somebody has to see to. Pure.

The numbers are the server's own: https://github.com/nats-io/nats-server/blob/main/server/errors.json
"""

from trio_ingest.jetstream.api import ApiError
from trio_ingest.jetstream.errors import (
    JetStreamRefused,
    JetStreamUnreachable,
    MessageTooLarge,
    NotThere,
)

_NOT_THERE = (10059, 10014, 10037)  # a stream, a consumer, a message
_MESSAGE_TOO_LARGE = 10054
# They come with code 503 and do not pass by themselves.
_NOT_ENABLED = (10039, 10076)
# Sent again while the server does not know yet whether the first one is stored: without a majority.
_IN_PROCESS = 10158
_STREAM_FULL = 10077  # "maximum messages exceeded", "maximum bytes exceeded"
_UNAVAILABLE = 500
_TIMEOUT = 408


def verdict_of(error: ApiError) -> JetStreamUnreachable | JetStreamRefused:
    """Return what to raise for *error*."""
    words = f"JetStream says: {error.description} ({error.err_code})"
    if error.err_code == _MESSAGE_TOO_LARGE:
        return MessageTooLarge(words)
    if error.err_code in _NOT_THERE:
        return NotThere(words)
    if error.err_code in _NOT_ENABLED:
        return JetStreamRefused(words)
    if error.err_code == _STREAM_FULL:
        return JetStreamUnreachable(f"the stream is full: {words}")
    if error.err_code == _IN_PROCESS or error.code >= _UNAVAILABLE or error.code == _TIMEOUT:
        return JetStreamUnreachable(words)
    return JetStreamRefused(words)
