"""Contract: the authentication phase."""

import pytest

from tests.simulator.recording import conversation
from tests.simulator.shapes import masked
from tests.simulator.subject import Subject, connect

IN_THE_RECORDING = "LONG-LIVED-TOKEN"


@pytest.mark.parametrize(
    ("name", "token_is_good"),
    [
        ("ok", True),
        ("bad_token", True),
        ("bad_jwt", False),
        ("missing_token", True),
        ("command_before_auth", True),
        ("with_extra_key", True),
        ("not_json", True),
        ("binary", True),
    ],
)
async def test_a_client_is_greeted_and_judged_like_the_real_one(
    subject: Subject, name: str, token_is_good: bool
):
    """The same first message gets the same answer, and the same close."""
    recorded = conversation("01_auth", name)
    token = subject.token if token_is_good else "eyJhbGciOiJIUzI1NiJ9.e30.x"
    expected = [*recorded.greeting, *(a for e in recorded.exchanges for a in e.answers)]

    async with connect(subject.url) as client:
        heard = [await client.receive()]
        for exchange in recorded.exchanges:
            said = exchange.said
            await client.send(
                said.replace(IN_THE_RECORDING, token) if isinstance(said, str) else said
            )
            heard += [await client.receive() for _ in exchange.answers]
        close_code = await client.closed() if recorded.close_code else None

    assert masked(expected) == masked(heard)
    assert recorded.close_code == close_code


async def test_a_big_first_message_is_hung_up_on(subject: Subject):
    """More than 64 KiB before authentication is a close and not a word."""
    async with connect(subject.url) as client:
        await client.receive()
        await client.send("x" * 1_000_000)

        assert await client.closed() == 1000
