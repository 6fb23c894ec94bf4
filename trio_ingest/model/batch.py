"""A batch: encoded lines, compressed once, and then stored and sent just as they are."""

import gzip
import zlib
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Self

from attrs import evolve, field, frozen

from trio_ingest.model.progress import NO_PROGRESS, Progress

# Level 1 takes 6 ms/MB, level 6 13 ms/MB and makes 5,000 lines of a home 1.7 times smaller yet.
HASTY, THOROUGH = 1, 6
FASTEST = b"\x04"  # what a gzip header says of level 1, and of that only (RFC 1952, XFL)


class Encoding(StrEnum):
    """What the lines of a batch are, so that a sink can tell what it was made for.

    It is stored beside the lines: a batch that was encoded in milliseconds is sent as such, also
    when the configuration has since changed to microseconds.
    """

    LINE_PROTOCOL_NS = "line-protocol/ns"
    LINE_PROTOCOL_US = "line-protocol/us"
    LINE_PROTOCOL_MS = "line-protocol/ms"
    LINE_PROTOCOL_S = "line-protocol/s"
    ROWS = "rows"
    """One JSON array a line, or object for other events, for the embedded SQLite sink."""


@frozen(kw_only=True)
class Batch:
    """Lines on their way to a sink: at least one, each a point.

    `body` is one gzip member of the lines in UTF-8, each ended by a newline. `first` and `last`
    are the oldest and the newest instant inside (microseconds), `homes` where it happened.
    `progress` is what becomes true once this batch is on disk.
    """

    encoding: Encoding
    body: bytes = field(repr=False)
    points: int
    raw_bytes: int
    crc32: int
    first: int
    last: int
    homes: Sequence[str] = ()
    progress: Progress = NO_PROGRESS

    @classmethod
    def of_lines(
        cls,
        lines: Sequence[bytes],
        *,
        encoding: Encoding,
        first: int,
        last: int,
        homes: Sequence[str] = (),
        progress: Progress = NO_PROGRESS,
    ) -> Self:
        """Compress *lines* (without their newlines) into a batch."""
        return cls.of_text(
            b"\n".join(lines) + b"\n",
            points=len(lines),
            encoding=encoding,
            first=first,
            last=last,
            homes=homes,
            progress=progress,
        )

    @classmethod
    def of_text(
        cls,
        raw: bytes,
        *,
        points: int,
        encoding: Encoding,
        first: int,
        last: int,
        homes: Sequence[str] = (),
        progress: Progress = NO_PROGRESS,
    ) -> Self:
        """Compress so many lines, each ended by a newline, into a batch."""
        body = gzip.compress(raw, compresslevel=HASTY, mtime=0)
        return cls(
            encoding=encoding,
            body=body,
            points=points,
            raw_bytes=len(raw),
            crc32=zlib.crc32(body),
            first=first,
            last=last,
            homes=homes,
            progress=progress,
        )

    @property
    def is_intact(self) -> bool:
        """Say whether the body is still what was put in."""
        return zlib.crc32(self.body) == self.crc32

    @property
    def is_hasty(self) -> bool:
        """Say whether the body was compressed as on the way from the home: fast, not well."""
        return self.body[8:9] == FASTEST

    def raw(self) -> bytes:
        """Return the lines, each ended by a newline. Raises what gzip raises."""
        return gzip.decompress(self.body)

    def lines(self) -> list[bytes]:
        """Return the lines without their newlines; the inverse of `of_lines`."""
        return self.raw().split(b"\n")[:-1]

    def with_lines(self, lines: Iterable[bytes]) -> Self:
        """Return a batch of some of this one's lines; what else it says of itself stays."""
        chosen = self.of_lines(
            list(lines), encoding=self.encoding, first=self.first, last=self.last
        )
        return evolve(chosen, homes=self.homes, progress=self.progress)
