"""What can be wrong with a connection: toxiproxy's eight toxics, as decisions without waiting.

A toxic is a setting; `begin` gives its effect on one direction of one connection, which has state.
An effect is told what arrived and answers what shall be passed on, and when. Times are seconds of
Trio's clock, sizes are bytes. The names and meanings are those of Shopify's toxiproxy 2.x, except
that seconds stand for its milliseconds and that a toxic acts on both directions if not told.
"""

from collections.abc import Sequence
from enum import Enum, auto
from random import Random

from attrs import define, evolve, field, frozen


class Direction(Enum):
    """Upstream is from the client to the server."""

    UPSTREAM = auto()
    DOWNSTREAM = auto()
    BOTH = auto()

    def includes(self, other: "Direction") -> bool:
        return self in (Direction.BOTH, other)


class How(Enum):
    """How a connection, or one direction of it, ends."""

    END_OF_STREAM = auto()  # one direction only
    CLOSE = auto()
    RESET = auto()


@frozen
class Data:
    """Bytes that may be passed on from the instant `due`."""

    due: float
    content: bytes


@frozen
class End:
    """An end that may be passed on from the instant `due`."""

    due: float
    how: How


Item = Data | End


class Effect:
    """What a toxic does to one direction of one connection. This one does nothing."""

    def on_data(self, data: Data, now: float) -> Sequence[Item]:
        return [data]

    def on_end(self, end: End, now: float) -> Sequence[Item]:
        return [end]

    def strike(self) -> End | None:
        """Return the end that comes by itself, whatever arrives."""
        return None

    def on_removal(self) -> How | None:
        """Return how the connection ends when the toxic is taken out, if it does."""
        return None


@frozen(kw_only=True, eq=False)
class Toxic:
    """Something that is wrong. Two of the same settings are two."""

    direction: Direction = Direction.BOTH

    def begin(self, random: Random, now: float) -> Effect:
        raise NotImplementedError


@frozen(kw_only=True, eq=False)
class Latency(Toxic):
    """Everything, the end too, comes so much later, more or less by jitter. Order is kept."""

    seconds: float
    jitter_seconds: float = 0.0

    def begin(self, random: Random, now: float) -> Effect:
        return _Delaying(self, random)


@define
class _Delaying(Effect):
    toxic: Latency
    random: Random
    last_due: float = 0.0

    def on_data(self, data: Data, now: float) -> Sequence[Item]:
        return [evolve(data, due=self._due(data))]

    def on_end(self, end: End, now: float) -> Sequence[Item]:
        return [evolve(end, due=self._due(end))]

    def _due(self, item: Item) -> float:
        jitter = self.toxic.jitter_seconds
        delay = max(0.0, self.toxic.seconds + self.random.uniform(-jitter, jitter))
        self.last_due = max(self.last_due, item.due + delay)
        return self.last_due


@frozen(kw_only=True, eq=False)
class Down(Toxic):
    """Nobody listens, and the connections that there were are closed."""

    def begin(self, random: Random, now: float) -> Effect:
        return _Striking(End(now, How.CLOSE))


@define
class _Striking(Effect):
    end: End

    def strike(self) -> End | None:
        return self.end


@frozen(kw_only=True, eq=False)
class Bandwidth(Toxic):
    """No more than so many bytes a second, handed on ten times a second."""

    bytes_per_second: float

    def begin(self, random: Random, now: float) -> Effect:
        return _Throttling(self.bytes_per_second)


@define
class _Throttling(Effect):
    rate: float
    free_at: float = 0.0

    def on_data(self, data: Data, now: float) -> Sequence[Item]:
        size = max(1, int(self.rate / 10))
        self.free_at = max(self.free_at, data.due, now)
        pieces = []
        for start in range(0, len(data.content), size):
            content = data.content[start : start + size]
            self.free_at += len(content) / self.rate
            pieces.append(Data(self.free_at, content))
        return pieces

    def on_end(self, end: End, now: float) -> Sequence[Item]:
        return [evolve(end, due=max(end.due, self.free_at))]


@frozen(kw_only=True, eq=False)
class SlowClose(Toxic):
    """An end is heard of only after so long."""

    seconds: float

    def begin(self, random: Random, now: float) -> Effect:
        return _ClosingSlowly(self.seconds)


@define
class _ClosingSlowly(Effect):
    seconds: float

    def on_end(self, end: End, now: float) -> Sequence[Item]:
        return [evolve(end, due=end.due + self.seconds)]


@frozen(kw_only=True, eq=False)
class Timeout(Toxic):
    """Takes everything, the end too, and hands nothing on; closes after so long, with 0 never.

    A stream with a hole cannot go on: where something was lost, taking it out closes.
    """

    seconds: float = 0.0

    def begin(self, random: Random, now: float) -> Effect:
        return _Swallowing(End(now + self.seconds, How.CLOSE) if self.seconds else None)


@define
class _Swallowing(Effect):
    end: End | None
    has_swallowed: bool = False

    def on_data(self, data: Data, now: float) -> Sequence[Item]:
        self.has_swallowed = True
        return []

    def on_end(self, end: End, now: float) -> Sequence[Item]:
        self.has_swallowed = True
        return []

    def strike(self) -> End | None:
        return self.end

    def on_removal(self) -> How | None:
        return How.CLOSE if self.has_swallowed else None


@frozen(kw_only=True, eq=False)
class ResetPeer(Toxic):
    """Both peers get a TCP reset, after so long."""

    seconds: float = 0.0

    def begin(self, random: Random, now: float) -> Effect:
        return _Striking(End(now + self.seconds, How.RESET))


@frozen(kw_only=True, eq=False)
class Slicer(Toxic):
    """Hands on in slices of average_size ± variation bytes, delay_seconds apart."""

    average_size: int
    variation: int = 0
    delay_seconds: float = 0.0

    def begin(self, random: Random, now: float) -> Effect:
        return _Slicing(self, random)


@define
class _Slicing(Effect):
    toxic: Slicer
    random: Random
    next_at: float = 0.0

    def on_data(self, data: Data, now: float) -> Sequence[Item]:
        slices: list[Item] = []
        rest = data.content
        variation = self.toxic.variation
        while rest:
            size = self.toxic.average_size + self.random.randint(-variation, variation)
            content, rest = rest[: max(1, size)], rest[max(1, size) :]
            due = max(data.due, self.next_at)
            self.next_at = due + self.toxic.delay_seconds
            slices.append(Data(due, content))
        return slices


@frozen(kw_only=True, eq=False)
class LimitData(Toxic):
    """Closes after so many bytes."""

    number_of_bytes: int

    def begin(self, random: Random, now: float) -> Effect:
        return _Limiting(self.number_of_bytes)


@define
class _Limiting(Effect):
    room: int

    def on_data(self, data: Data, now: float) -> Sequence[Item]:
        passed = data.content[: self.room]
        self.room -= len(passed)
        items: list[Item] = [evolve(data, content=passed)] if passed else []
        return items if self.room else [*items, End(data.due, How.CLOSE)]


@define
class Chain:
    """The effects on one direction of one connection, in the order in which they were put in."""

    direction: Direction
    random: Random
    _effects: dict[Toxic, Effect] = field(factory=dict, init=False)
    _ended_by_removal: End | None = field(default=None, init=False)

    def update(self, toxics: Sequence[Toxic], now: float) -> None:
        """Have the effects of *toxics* and no others; those that go on keep their state."""
        wanted = [toxic for toxic in toxics if toxic.direction.includes(self.direction)]
        gone = [effect for toxic, effect in self._effects.items() if toxic not in wanted]
        for how in filter(None, (effect.on_removal() for effect in gone)):
            self._ended_by_removal = End(now, how)
        self._effects = {
            toxic: self._effects.get(toxic) or toxic.begin(self.random, now) for toxic in wanted
        }

    def shape(self, arrived: Item, now: float) -> Sequence[Item]:
        """Return what becomes of what *arrived*."""
        items: Sequence[Item] = [arrived]
        for effect in self._effects.values():
            items = [
                shaped
                for item in items
                for shaped in (
                    effect.on_data(item, now)
                    if isinstance(item, Data)
                    else effect.on_end(item, now)
                )
            ]
        return items

    def strike(self) -> End | None:
        """Return the first of the ends that come by themselves."""
        strikes = [self._ended_by_removal, *(each.strike() for each in self._effects.values())]
        return min(filter(None, strikes), key=lambda end: end.due, default=None)
