"""The protocol of a NATS client: lines and counted bytes. Pure.

https://docs.nats.io/reference/reference-protocols/nats-protocol; headers came with server 2.2.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec
from attrs import define, field, frozen

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
PING, PONG = b"PING\r\n", b"PONG\r\n"

_END = b"\r\n"
_VERSION = b"NATS/1.0"
_LONGEST_LINE = 1024 * 1024  # an INFO of a large cluster is some kilobytes
_MOST_BYTES = 64 * 1024 * 1024
"""No server sends more in one message: 64 MiB is the largest `max_payload` that it accepts."""


class ProtocolError(Exception):
    """The peer does not speak NATS, or not as we know it."""


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """What a server says of itself before anything else, and again when that changes."""

    server_name: str = ""
    version: str = ""
    cluster: str = ""
    """The name of the cluster that it is of, if it is of one."""
    max_payload: int = 1024 * 1024
    headers: bool = False
    tls_required: bool = False
    tls_available: bool = False
    auth_required: bool = False
    nonce: str = ""
    ldm: bool = False
    """Lame duck mode: the server is about to leave, and asks its clients to go elsewhere."""


@frozen(kw_only=True)
class Message:
    """One message of a subscription. `status` is the number in front of its headers, if any."""

    sid: int
    subject: str
    reply: str = ""
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = NO_HEADERS
    status: int | None = None
    description: str = ""


@frozen
class Ping:
    """The server asks whether we are there."""


@frozen
class Pong:
    """The server has dealt with all that we sent before a ping."""


@frozen
class Complaint:
    """The server's `-ERR`, in its own words."""

    words: str


Operation = Info | Message | Ping | Pong | Complaint


def connect_line(options: Mapping[str, object]) -> bytes:
    """Return what introduces us."""
    return b"CONNECT " + msgspec.json.encode(options) + _END


def publication(
    subject: str, body: bytes, headers: Mapping[str, str] = NO_HEADERS, reply: str = ""
) -> bytes:
    """Return what publishes *body*. No name or value of *headers* may have a line break."""
    to = f"{subject} {reply} " if reply else f"{subject} "
    if not headers:
        return b"PUB %s%d\r\n%s\r\n" % (to.encode(), len(body), body)
    head = head_of(headers)
    total = len(head) + len(body)
    return b"HPUB %s%d %d\r\n%s%s\r\n" % (to.encode(), len(head), total, head, body)


def head_of(headers: Mapping[str, str]) -> bytes:
    """Return *headers* as they travel in front of a body."""
    lines = [f"{name}: {value}".encode() for name, value in headers.items()]
    if any(b"\r" in line or b"\n" in line for line in lines):
        raise ValueError("a header with a line break in it cannot be sent")
    return _END.join([_VERSION, *lines, b"", b""])


def subscription(subject: str, sid: int) -> bytes:
    """Return what asks for messages to *subject*."""
    return f"SUB {subject} {sid}\r\n".encode()


def unsubscription(sid: int) -> bytes:
    """Return what ends a subscription."""
    return f"UNSUB {sid}\r\n".encode()


@define
class Parser:
    """Cuts what a server sends into operations. It holds one unfinished operation at the most."""

    _buffer: bytearray = field(factory=bytearray, repr=False)

    def feed(self, data: bytes | bytearray) -> None:
        """Take what has arrived."""
        self._buffer += data

    def operations(self) -> Iterator[Operation]:
        """Yield what is complete. Raises ProtocolError."""
        while (operation := self._next()) is not None:
            yield operation

    def _next(self) -> Operation | None:
        while True:
            end = self._buffer.find(_END)
            if end < 0:
                if len(self._buffer) > _LONGEST_LINE:
                    raise ProtocolError("a line without an end")
                return None
            line = bytes(self._buffer[:end])
            name, _, rest = line.partition(b" ")
            match name.upper():
                case b"MSG" | b"HMSG":
                    return self._message(name.upper() == b"HMSG", rest, end + len(_END))
                case b"+OK":
                    del self._buffer[: end + len(_END)]
                    continue
            del self._buffer[: end + len(_END)]
            return _operation(name.upper(), rest)

    def _message(self, has_headers: bool, line: bytes, begin: int) -> Message | None:
        try:
            subject, sid, *reply, total = line.decode().split()
            head_size = 0
            if has_headers:
                *reply, size = reply
                head_size = int(size)
            end = begin + int(total)
            is_odd = len(reply) > 1 or not 0 <= head_size <= int(total) <= _MOST_BYTES
            number = int(sid)
        except ValueError as error:
            raise ProtocolError(f"a message that begins with {line[:80]!r}") from error
        if is_odd:
            raise ProtocolError(f"a message that begins with {line[:80]!r}")
        if len(self._buffer) < end + len(_END):
            return None
        if self._buffer[end : end + len(_END)] != _END:
            raise ProtocolError(f"a message that is longer than it says: {line[:80]!r}")
        head = bytes(self._buffer[begin : begin + head_size])
        body = bytes(self._buffer[begin + head_size : end])
        del self._buffer[: end + len(_END)]
        status, description, headers = read_head(head) if has_headers else (None, "", NO_HEADERS)
        return Message(
            sid=number,
            subject=subject,
            reply=reply[0] if reply else "",
            body=body,
            headers=headers,
            status=status,
            description=description,
        )


def _operation(name: bytes, rest: bytes) -> Operation:
    match name:
        case b"INFO":
            try:
                return msgspec.json.decode(rest, type=Info)
            except msgspec.DecodeError as error:
                raise ProtocolError(f"an INFO that cannot be read: {error}") from error
        case b"PING":
            return Ping()
        case b"PONG":
            return Pong()
        case b"-ERR":
            return Complaint(rest.decode(errors="replace").strip().strip("'"))
    raise ProtocolError(f"something that is no operation of NATS: {(name + b' ' + rest)[:80]!r}")


def read_head(head: bytes) -> tuple[int | None, str, Mapping[str, str]]:
    """Return status, its words, and the headers. Of a name that comes twice the first counts."""
    first, *lines = head.decode(errors="replace").split("\r\n")
    status, _, description = first.removeprefix(_VERSION.decode()).strip().partition(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name, value.strip())
    return int(status) if status.isdecimal() else None, description, headers
