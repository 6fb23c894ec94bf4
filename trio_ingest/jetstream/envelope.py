"""How a batch travels in a message: its body as it lies in the spool, the rest as headers. Pure.

Whoever else reads the stream needs `Content-Encoding` and the body alone: gzip of line protocol.
"""

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from urllib.parse import quote, unquote

from trio_ingest.model.batch import HASTY, Batch, Encoding

MESSAGE_ID = "Nats-Msg-Id"
CONTENT_ENCODING = "Content-Encoding"
ENCODING = "Trio-Ingest-Encoding"
SCHEMA = "Trio-Ingest-Schema"
POINTS = "Trio-Ingest-Points"
RAW_BYTES = "Trio-Ingest-Raw-Bytes"
CRC32 = "Trio-Ingest-Crc32"
FIRST = "Trio-Ingest-First"
LAST = "Trio-Ingest-Last"
HOMES = "Trio-Ingest-Homes"

GZIP = "gzip"
_GZIP_BEGINS = b"\x1f\x8b"
MOST_RAW_BYTES = 256 * 1024 * 1024
"""No batch of ours is larger: `batch.max_bytes` ends at 64 MiB, but for a single long line."""


class NotABatch(Exception):  # noqa: N818 - what is wrong is with the message, not with us
    """The message holds no batch, or not all of it. It says why."""


def headers_of(batch: Batch, schema: str) -> dict[str, str]:
    """Return the headers of *batch*. The same batch has the same `Nats-Msg-Id`, always.

    `First` and `Last` are instants (microseconds since 1970) whatever the lines are in.
    """
    return {
        MESSAGE_ID: message_id(batch),
        CONTENT_ENCODING: GZIP,
        ENCODING: batch.encoding,
        SCHEMA: schema,
        POINTS: str(batch.points),
        RAW_BYTES: str(batch.raw_bytes),
        CRC32: f"{batch.crc32:08x}",
        FIRST: str(batch.first),
        LAST: str(batch.last),
        HOMES: ",".join(quote(home) for home in batch.homes),
    }


def message_id(batch: Batch) -> str:
    """Return what is the same for the same lines in the same encoding, and for no others."""
    digest = hashlib.blake2b(batch.body, digest_size=16, person=batch.encoding.encode()[:16])
    return digest.hexdigest()


def batch_of(body: bytes, headers: Mapping[str, str]) -> Batch:
    """Return the batch in *body*. What *headers* do not say is worked out from it.

    An instant that nobody says is 0, and the encoding then is line protocol in microseconds.
    Raises NotABatch.
    """
    packed = packed_body(body, headers.get(CONTENT_ENCODING))
    crc32 = zlib.crc32(packed)
    if CRC32 in headers and headers[CRC32].lower() != f"{crc32:08x}":
        raise NotABatch(f"the CRC of the body is {crc32:08x}, not {headers[CRC32]!r}")
    points, raw_bytes = counted(packed)
    for name, count in ((POINTS, points), (RAW_BYTES, raw_bytes)):
        if _number(headers, name, count) != count:
            raise NotABatch(f"{name} is {headers[name]}, but in the body are {count}")
    try:
        encoding = Encoding(headers.get(ENCODING, Encoding.LINE_PROTOCOL_US))
    except ValueError:
        raise NotABatch(f"{ENCODING} is {headers[ENCODING]!r}, which nobody here knows") from None
    return Batch(
        encoding=encoding,
        body=packed,
        points=points,
        raw_bytes=raw_bytes,
        crc32=crc32,
        first=_number(headers, FIRST, 0),
        last=_number(headers, LAST, 0),
        homes=tuple(unquote(home) for home in headers.get(HOMES, "").split(",") if home),
    )


def packed_body(body: bytes, encoding: str | None) -> bytes:
    """Return *body* in gzip; without a word about its *encoding* its first bytes say what it is."""
    if encoding == GZIP or (encoding is None and body.startswith(_GZIP_BEGINS)):
        return body
    if encoding not in {None, "identity", ""}:
        raise NotABatch(f"{CONTENT_ENCODING} is {encoding!r}, which nobody here unpacks")
    return gzip.compress(body, HASTY, mtime=0)


def counted(packed: bytes) -> tuple[int, int]:
    """Return how many lines and bytes there are in one gzip member. Raises NotABatch."""
    # A decompressor of its own, since gzip.decompress would unpack whatever fits into memory.
    inflating = zlib.decompressobj(wbits=31)
    try:
        raw = inflating.decompress(packed, MOST_RAW_BYTES)
    except zlib.error as error:
        raise NotABatch(f"the body is not gzip: {error}") from error
    if not inflating.eof:
        raise NotABatch("the body ends too early, or is too large")
    if inflating.unused_data:
        raise NotABatch("there is something behind the end of the body")
    if not raw.endswith(b"\n"):
        raise NotABatch("the body does not end with a whole line")
    return raw.count(b"\n"), len(raw)


def _number(headers: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(headers.get(name, default))
    except ValueError:
        raise NotABatch(f"{name} is {headers[name]!r}, which is no number") from None
