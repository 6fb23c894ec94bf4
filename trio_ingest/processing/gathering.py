"""Lines become batches: a batch is closed when it is full, or when its time is up."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from math import inf

from attrs import define, field

from trio_ingest.config.sink_model import BatchConfig
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.gap import Gap, Repair
from trio_ingest.model.progress import NO_PROGRESS, Known, Progress

TakeNews = Callable[[], Mapping[str, Mapping[str, Known]]]


def no_news() -> Mapping[str, Mapping[str, Known]]:
    """Know nothing of any entity."""
    return {}


@define(kw_only=True)
class Gathering:
    """The open batch, and those that are ready to be sent, in the order of their lines.

    No batch has more points or raw bytes than `limits` allow; a line that is longer than that by
    itself travels alone. Each batch takes along the progress as it was with its last line;
    progress that somebody waits for leaves without lines, if need be.
    """

    encoding: Encoding
    limits: BatchConfig
    take_news: TakeNews = no_news
    _followed: dict[str, int] = field(factory=dict)
    """Up to where each home was followed."""
    ready: deque[Batch | Progress] = field(factory=deque)
    _parts: list[bytes] = field(factory=list)
    """Lines, or several of them with newlines between."""
    _points: int = 0
    _raw_bytes: int = 0
    _times: list[int] = field(factory=list)
    _homes: dict[str, None] = field(factory=dict)
    _opened_at: float = inf
    _checkpoint: dict[str, int] = field(factory=dict)
    """As much of `_followed` as is not on its way to the disk yet."""
    _found: list[Gap] = field(factory=list)
    _repairs: list[Repair] = field(factory=list)

    @property
    def points(self) -> int:
        """Return how many points are here: ready, or waiting for the open batch to fill."""
        ready = sum(item.points for item in self.ready if isinstance(item, Batch))
        return ready + self._points

    @property
    def due(self) -> float:
        """Return when the open batch has lingered long enough; infinity when there is none."""
        return self._opened_at + self.limits.linger

    def add(self, line: bytes, home: str, time: int, now: float) -> None:
        """Add the *line* of something that happened in *home* at *time*."""
        if self._points and not self.has_room(1, len(line)):
            # Without progress, for that may tell of this line already. It comes with the next.
            self._make_ready(NO_PROGRESS)
        self.add_all(line, [time], home, now)

    def has_room(self, points: int, size: int) -> bool:
        """Say whether so many lines fit in, that have *size* bytes with newlines between them."""
        return (
            self._points + points <= self.limits.max_points
            and self._raw_bytes + size + 1 <= self.limits.max_bytes
        )

    def add_all(self, lines: bytes, times: Sequence[int], home: str, now: float) -> None:
        """Add *lines* with newlines between them, one for each of *times*; there is room."""
        if not times:
            return
        self._opened_at = min(self._opened_at, now)
        self._parts.append(lines)
        self._points += len(times)
        self._times += times
        self._homes[home] = None
        self._raw_bytes += len(lines) + 1
        if self._points >= self.limits.max_points or self._raw_bytes >= self.limits.max_bytes:
            self.close()

    def follow(self, home: str, time: int) -> None:
        """Note that *home* was heard up to *time*, also where that leaves no line."""
        self._checkpoint[home] = self._followed[home] = time

    def note_complete(self, home: str, time: int, now: float) -> None:
        """Note that up to *time* nothing of *home* is missing but what lies in gaps."""
        if time > self._followed.get(home, -1):
            self.follow(home, time)
            self._opened_at = min(self._opened_at, now)

    def note_found(self, gap: Gap, now: float) -> None:
        """Note that there is a gap, to be committed before what comes next."""
        self._found.append(gap)
        self._opened_at = min(self._opened_at, now)

    def note_repair(self, repair: Repair, now: float) -> None:
        """Note what was repaired, to be committed after what came before."""
        self._repairs.append(repair)
        self._opened_at = min(self._opened_at, now)

    def adopt(self, encoding: Encoding, limits: BatchConfig) -> None:
        """Close what is open; what comes now is in another encoding, within other limits."""
        self.close()
        self.encoding, self.limits = encoding, limits

    def close(self) -> None:
        """Make what is open ready to be sent: a batch, or progress alone, or nothing."""
        self._make_ready(self._take_progress())

    def _make_ready(self, progress: Progress) -> None:
        if self._points:
            batch = Batch.of_text(
                b"\n".join([*self._parts, b""]),
                points=self._points,
                encoding=self.encoding,
                first=min(self._times),
                last=max(self._times),
                homes=tuple(self._homes),
                progress=progress,
            )
            self.ready.append(batch)
        elif progress != NO_PROGRESS:
            self.ready.append(progress)
        self._parts, self._points, self._raw_bytes = [], 0, 0
        self._times, self._homes = [], {}
        self._opened_at = inf

    def _take_progress(self) -> Progress:
        progress = Progress(
            checkpoint=self._checkpoint,
            known=self.take_news(),
            opened=tuple(self._found),
            repairs=tuple(self._repairs),
        )
        self._checkpoint, self._found, self._repairs = {}, [], []
        return progress
