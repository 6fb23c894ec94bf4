"""A sink that says what a test tells it to, and remembers what it was sent and when."""

from collections import deque
from collections.abc import Callable, Collection, Iterable

import trio
from attrs import define, field

from tests.support.influx_lines import parse_line
from trio_ingest.model.batch import Batch, Encoding
from trio_ingest.model.outcome import Accepted, Outcome, Refused


def batch_of(*lines: bytes) -> Batch:
    """Return a batch of *lines*."""
    return Batch.of_lines(lines, encoding=Encoding.LINE_PROTOCOL_US, first=0, last=0)


@define
class ScriptedSink:
    """Gives the outcomes of its script in turn; then what `otherwise` says of the lines."""

    script: Iterable[Outcome] = field(factory=deque, converter=deque)
    otherwise: Callable[[list[bytes]], Outcome] = lambda _: Accepted()
    tries: list[tuple[float, list[bytes]]] = field(factory=list)
    stored: list[bytes] = field(factory=list)

    async def write(self, batch: Batch) -> Outcome:
        await trio.lowlevel.checkpoint()
        lines = batch.lines()
        self.tries.append((trio.current_time(), lines))
        outcome = self.script.popleft() if self.script else self.otherwise(lines)
        if isinstance(outcome, Accepted):
            self.stored += lines
        return outcome

    @property
    def times(self) -> list[float]:
        return [time for time, _ in self.tries]


def refuse_if_any(is_bad: Callable[[bytes], bool]) -> Callable[[list[bytes]], Outcome]:
    """Return what a server says that rejects a whole request and does not name the bad lines."""
    return lambda lines: Refused(reason="bad line") if any(map(is_bad, lines)) else Accepted()


def refuse_strings_in(fields: Collection[str]) -> Callable[[list[bytes]], Outcome]:
    """Return what InfluxDB 1 says when *fields* are floats in the database already."""

    def judge(lines: list[bytes]) -> Outcome:
        points = [parse_line(line.decode()) for line in lines]
        conflicts = [
            name
            for point in points
            for name, value in point.fields.items()
            if name in fields and isinstance(value, str)
        ]
        if not conflicts:
            return Accepted()
        words = f"field type conflict: {conflicts[0]}"
        if len(lines) > 1:
            return Refused(reason=words)
        return Refused(reason=words, bad_lines={0: words}, conflicts={0: conflicts[0]})

    return judge
