"""What is weather to us, and what somebody has to see to; numbers as nats-server 2.15 sends them."""

import pytest

from trio_ingest.jetstream.api import ApiError
from trio_ingest.jetstream.errors import (
    JetStreamRefused,
    JetStreamUnreachable,
    MessageTooLarge,
    NotThere,
)
from trio_ingest.jetstream.verdict import verdict_of


@pytest.mark.parametrize(
    ("code", "number", "expected"),
    [
        (503, 10008, JetStreamUnreachable),  # no leader
        (408, 10004, JetStreamUnreachable),
        (409, 10158, JetStreamUnreachable),  # sent again while the first one waits for a majority
        (503, 10077, JetStreamUnreachable),  # the stream is full
        (400, 10054, MessageTooLarge),
        (404, 10059, NotThere),
        (503, 10039, JetStreamRefused),  # not enabled for this account
        (400, 10060, JetStreamRefused),  # another stream was expected
    ],
)
def test_verdict(code: int, number: int, expected: type[Exception]) -> None:
    """What passes by itself is not an operator's business, and the other way round."""
    verdict = verdict_of(ApiError(code=code, err_code=number, description="so"))

    assert expected is type(verdict)
    assert f"({number})" in str(verdict)
