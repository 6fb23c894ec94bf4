"""The first words with a NATS server: its INFO, TLS if either side wants it, and who we are.

After the greeting both sides have agreed to everything, and the conversation begins.
"""

import ssl
from collections.abc import Callable
from typing import TypeVar

import trio
from attrs import define, frozen

from trio_ingest.config.nats_model import NatsConfig
from trio_ingest.http_client import root_of, words_of
from trio_ingest.jetstream.address import Address, ssl_context_of
from trio_ingest.jetstream.credentials import introduction
from trio_ingest.jetstream.errors import ConnectionLost, JetStreamRefused
from trio_ingest.jetstream.protocol import (
    PING,
    PONG,
    Complaint,
    Info,
    Operation,
    Parser,
    Ping,
    Pong,
    ProtocolError,
    connect_line,
)

RECEIVE_SIZE = 64 * 1024
GOODBYE_SECONDS = 2.0

T = TypeVar("T")

_UNAUTHORIZED = ("authorization", "authentication", "account")


@define(eq=False)
class Peer:
    """A stream with what is left over of what was read from it."""

    stream: trio.abc.Stream
    parser: Parser

    async def operation(self) -> Operation:
        """Return the next operation. Raises ConnectionLost."""
        while True:
            for operation in self.parser.operations():
                return operation
            data = await self.stream.receive_some(RECEIVE_SIZE)
            if not data:
                raise ConnectionLost("the server has closed the connection")
            self.parser.feed(data)


@frozen
class Greeted:
    """A server that knows us."""

    peer: Peer
    info: Info


async def greet(address: Address, config: NatsConfig, name: str) -> Greeted:
    """Connect, and return when the server has accepted us; the caller owns time and the stream.

    Raises ConnectionLost, or JetStreamRefused when it is a matter of credentials or certificates.
    """
    try:
        stream: trio.abc.Stream = await trio.open_tcp_stream(address.host, address.port)
        try:
            return await _introduce(stream, address, config, name)
        except BaseException:
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(stream)
            raise
    except ProtocolError as error:
        raise ConnectionLost(f"{address} does not speak NATS: {error}") from error
    except (OSError, trio.BrokenResourceError) as error:
        words = f"{address}: {words_of(error)}"
        if is_about_certificates(root_of(error)):
            raise JetStreamRefused(words) from error
        raise ConnectionLost(words) from error
    except (ConnectionLost, JetStreamRefused) as error:
        raise type(error)(f"{address}: {error}") from error


async def _introduce(
    stream: trio.abc.Stream, address: Address, config: NatsConfig, name: str
) -> Greeted:
    peer = Peer(stream, Parser())
    info = await _info(peer)
    has_tls = address.needs_tls or info.tls_required
    if has_tls:
        if not (info.tls_required or info.tls_available):
            raise JetStreamRefused("the server has no TLS, and the configuration asks for it")
        secured = trio.SSLStream(
            stream,
            _readable(lambda: ssl_context_of(config)),
            server_hostname=address.host,
            https_compatible=True,
        )
        await secured.do_handshake()
        peer = Peer(secured, peer.parser)
    options = {
        "lang": "python",
        "version": "trio-ingest",
        "name": name,
        "protocol": 1,
        "verbose": False,
        "pedantic": False,
        "headers": True,
        "no_responders": True,
        "tls_required": has_tls,
        **_readable(lambda: introduction(config, info.nonce)),
    }
    await peer.stream.send_all(connect_line(options) + PING)
    while True:
        match await peer.operation():
            case Pong():
                break
            case Ping():
                await peer.stream.send_all(PONG)
            case Info() as newer:
                info = newer
            case Complaint(words=words):
                raise meaning_of(words)
    if not info.headers:
        raise JetStreamRefused("the server is too old: headers came with NATS 2.2")
    return Greeted(peer, info)


async def _info(peer: Peer) -> Info:
    match await peer.operation():
        case Info() as info:
            return info
        case Complaint(words=words):
            raise meaning_of(words)
        case _:
            raise ProtocolError("it begins with something else than INFO")


def _readable(read: Callable[[], T]) -> T:
    try:
        return read()
    except (OSError, UnicodeDecodeError) as error:
        raise JetStreamRefused(f"a file of the configuration cannot be read: {error}") from error


def meaning_of(words: str) -> ConnectionLost | JetStreamRefused:
    """Return what a server's `-ERR` means for the connection that it ends."""
    if any(word in words.lower() for word in _UNAUTHORIZED):
        return JetStreamRefused(f"the server says: {words}")
    return ConnectionLost(f"the server says: {words}")


def is_about_certificates(error: BaseException) -> bool:
    """Say whether TLS failed because one side does not trust the other, which does not pass."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return True
    return isinstance(error, ssl.SSLError) and "CERTIFICATE" in (error.reason or "")
