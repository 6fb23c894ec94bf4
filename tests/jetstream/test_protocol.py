"""The protocol of NATS as bytes: however they arrive, and whatever they are."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trio_ingest.jetstream.delivery import delivery_of
from trio_ingest.jetstream.errors import JetStreamUnreachable
from trio_ingest.jetstream.protocol import (
    Complaint,
    Info,
    Message,
    Parser,
    Ping,
    Pong,
    ProtocolError,
    head_of,
    publication,
    subscription,
    unsubscription,
)

STREAM = (
    b'INFO {"server_name":"a","max_payload":5,"headers":true,"unknown":[1]} \r\n'
    b"PING\r\n+OK\r\nMSG a.b 7 3\r\n\r\nx\r\npong\r\n"
    b"HMSG a.b 7 _INBOX.r 29 32\r\nNATS/1.0 503 No one\r\nA: 1\r\n\r\nabc\r\n"
    b"MSG a 1 r 0\r\n\r\n-ERR 'Slow Consumer'\r\n"
)
OPERATIONS = [
    Info(server_name="a", max_payload=5, headers=True),
    Ping(),
    Message(sid=7, subject="a.b", body=b"\r\nx"),
    Pong(),
    Message(
        sid=7,
        subject="a.b",
        reply="_INBOX.r",
        body=b"abc",
        headers={"A": "1"},
        status=503,
        description="No one",
    ),
    Message(sid=1, subject="a", reply="r", body=b""),
    Complaint("Slow Consumer"),
]


@given(st.lists(st.integers(0, len(STREAM))))
def test_it_does_not_matter_how_the_bytes_arrive(cuts: list[int]) -> None:
    """The same operations come out, wherever the stream was cut."""
    parser, operations = Parser(), []

    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(STREAM)], strict=True):
        parser.feed(STREAM[begin:end])
        operations += parser.operations()

    assert OPERATIONS == operations


@given(st.binary(max_size=300) | st.sampled_from([b"MSG a 1 1 ", b"HMSG a 1 ", b"INFO ["]))
def test_nothing_but_a_protocol_error_is_raised(data: bytes) -> None:
    """Whoever else answers at that port cannot break us otherwise."""
    parser = Parser()
    parser.feed(data + b"\r\n\r\n")

    with contextlib.suppress(ProtocolError):
        list(parser.operations())


@pytest.mark.parametrize(
    "line",
    [
        b"MSG a 1 -1",
        b"MSG a 1",
        b"MSG a b c d e 1",
        b"MSG a x 1",
        b"HMSG a 1 5 3",
        b"MSG a 1 99999999999",
        b"INFO {",
        b"HTTP/1.1 400",
        b"MSG a 1 3\r\nlonger",
        b"x" * 1024 * 1024 * 2,
    ],
)
def test_what_is_not_understood(line: bytes) -> None:
    """A message that cannot be is no message, and memory stays bounded."""
    parser = Parser()
    parser.feed(line + (b"" if len(line) > 1000 else b"\r\n"))

    with pytest.raises(ProtocolError):
        list(parser.operations())


def test_what_we_say() -> None:
    """Sizes count the bytes of the head and of all."""
    assert b"PUB a 2\r\nhi\r\n" == publication("a", b"hi")
    assert b"PUB a r 0\r\n\r\n" == publication("a", b"", reply="r")
    assert b"HPUB a r 19 21\r\nNATS/1.0\r\nB: \xc3\xa9\r\n\r\nhi\r\n" == publication(
        "a", b"hi", {"B": "é"}, "r"
    )
    assert b"SUB a.> 3\r\nUNSUB 3\r\n" == subscription("a.>", 3) + unsubscription(3)
    with pytest.raises(ValueError, match="line break"):
        head_of({"a": "b\r\nEvil: 1"})


@pytest.mark.parametrize(
    "reply",
    [
        "$JS.ACK.S.C.2.30.4.1700000000000000000.5",
        "$JS.ACK._.ACCOUNT.S.C.2.30.4.1700000000000000000.5",
        "$JS.ACK.domain.ACCOUNT.S.C.2.30.4.1700000000000000000.5.token",
    ],
)
def test_deliveries(reply: str) -> None:
    """Old and new reply subjects say the same."""
    delivery = delivery_of(Message(sid=1, subject="a", reply=reply, body=b"x"))

    assert (2, 30, 5) == (delivery.delivered, delivery.stream_sequence, delivery.pending)


@pytest.mark.parametrize("reply", ["", "_INBOX.1", "$JS.ACK.S.C.2", "$JS.ACK.S.C.a.b.c.d.e"])
def test_what_is_no_delivery(reply: str) -> None:
    """A message that JetStream has not sent is not taken for one of its own."""
    with pytest.raises(JetStreamUnreachable):
        delivery_of(Message(sid=1, subject="a", reply=reply, body=b"x"))
