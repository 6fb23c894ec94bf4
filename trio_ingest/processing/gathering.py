"""Lines become batches: a batch is closed when it is full, or when its time is up."""

from collections import deque
from math import inf

from attrs import define, field

from trio_ingest.config.model import BatchConfig
from trio_ingest.model.batch import Batch, Encoding


@define(kw_only=True)
class Gathering:
    """The open batch, and those that are ready to be sent, in the order of their lines.

    No batch has more points or raw bytes than `limits` allow; a line that is longer than that by
    itself travels alone. Each batch takes along the checkpoint as it was with its last line.
    """

    encoding: Encoding
    limits: BatchConfig
    ready: deque[Batch] = field(factory=deque)
    _lines: list[bytes] = field(factory=list)
    _raw_bytes: int = 0
    _times: list[int] = field(factory=list)
    _opened_at: float = inf
    _checkpoint: dict[str, int] = field(factory=dict)

    @property
    def points(self) -> int:
        """Return how many points are here: ready, or waiting for the open batch to fill."""
        return sum(batch.points for batch in self.ready) + len(self._lines)

    @property
    def due(self) -> float:
        """Return when the open batch has lingered long enough; infinity when there is none."""
        return self._opened_at + self.limits.linger

    def add(self, line: bytes, *, home: str, time: int, now: float) -> None:
        """Add the *line* of a change of *home* at *time*."""
        size = len(line) + 1
        if self._raw_bytes + size > self.limits.max_bytes:
            self.close()
        if not self._lines:
            self._opened_at = now
        self._lines.append(line)
        self._times.append(time)
        self._raw_bytes += size
        self.skip(home=home, time=time)
        if len(self._lines) >= self.limits.max_points or self._raw_bytes >= self.limits.max_bytes:
            self.close()

    def skip(self, *, home: str, time: int) -> None:
        """Note that *home* was followed up to *time*, also where that leaves no line."""
        self._checkpoint[home] = max(time, self._checkpoint.get(home, time))

    def close(self) -> None:
        """Make the open batch ready. Without one nothing happens."""
        if not self._lines:
            return
        batch = Batch.of_lines(
            self._lines,
            encoding=self.encoding,
            first=min(self._times),
            last=max(self._times),
            checkpoint=dict(self._checkpoint),
        )
        self.ready.append(batch)
        self._lines, self._times, self._raw_bytes = [], [], 0
        self._opened_at = inf
