"""Sums up what is said again and again, so that a flood of records is a few lines and a number.

Pure: it is told of records and of the time, and says which to let through. What counts as the same
is decided by `Sameness`; of what was held back it keeps the number, the last one, and whom it was
about.
"""

import copy
import logging
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from attrs import define, field, frozen

WINDOW_SECONDS = 60.0
MOST_IN_A_WINDOW = 10
KINDS_REMEMBERED = 1000
"""Beyond that, records of new kinds are written as they come: the memory is bounded."""
ASKED_FOR = MappingProxyType({"is_asked_for": True})
"""The `extra=` of a record that answers somebody."""
ENTITIES_NAMED = 3
ENTITIES_KNOWN = 1000
"""How many are told apart; a home with more of them in one flood hears "more than"."""


@frozen
class Sameness:
    """Two records are the same if all of this is: who says it, how, and about which part.

    The values in the text differ (a number, an entity, the seconds), and count as the same; the
    type of an error does not. A text without words of its own is its own template.
    """

    logger: str
    level: int
    template: str
    about: tuple[tuple[str, str], ...]
    errors: tuple[str, ...]


@define(eq=False, repr=False)
class Flood:
    """The records of one kind within a window that began at `since`."""

    since: float
    said: int = 0
    held: int = 0
    last: logging.LogRecord | None = None
    last_at: float = 0.0
    entities: set[str] = field(factory=set)

    def hold(self, record: logging.LogRecord, now: float) -> None:
        """Count *record* instead of saying it."""
        self.held += 1
        self.last, self.last_at = record, now
        entity_id = getattr(record, "entity_id", None)
        if entity_id is not None and len(self.entities) <= ENTITIES_KNOWN:
            self.entities.add(entity_id)


@define(eq=False, repr=False)
class Repeats:
    """Remembers the records of the last minute.

    Steps (debug), and what somebody has asked for, are never held back.
    """

    _floods: dict[Sameness, Flood] = field(factory=dict, init=False)

    def admits(self, record: logging.LogRecord, about: Mapping[str, str], now: float) -> bool:
        """Say whether to write *record* now, rather than with a summary; ask `ended` first."""
        if record.levelno <= logging.DEBUG or getattr(record, "is_asked_for", False):
            return True
        kind = sameness(record, about)
        if kind not in self._floods and len(self._floods) >= KINDS_REMEMBERED:
            return True
        flood = self._floods.setdefault(kind, Flood(since=now))
        if flood.said < MOST_IN_A_WINDOW:
            flood.said += 1
            return True
        flood.hold(record, now)
        return False

    def ended(self, now: float) -> Iterator[logging.LogRecord]:
        """Return a summary of each window that is over in which something was held back.

        What goes on is then held back from the beginning, until there was a minute without it.
        """
        over = [kind for kind, flood in self._floods.items() if now - flood.since >= WINDOW_SECONDS]
        for kind in over:
            flood = self._floods.pop(kind)
            if flood.last is not None:
                if now - flood.last_at < WINDOW_SECONDS:
                    self._floods[kind] = Flood(since=now, said=MOST_IN_A_WINDOW)
                yield summary(flood, flood.last, now)

    def rest(self, now: float) -> Iterator[logging.LogRecord]:
        """Return a summary of all that is held back, at the end."""
        for flood in self._floods.values():
            if flood.last is not None:
                yield summary(flood, flood.last, now)
        self._floods.clear()


def sameness(record: logging.LogRecord, about: Mapping[str, str]) -> Sameness:
    """Return what makes *record* the same as others."""
    template = str(record.msg)
    has_words = any(part.isalpha() for part in template.replace("%s", "").split())
    return Sameness(
        logger=record.name,
        level=record.levelno,
        template=template if has_words else record.getMessage(),
        about=tuple(sorted(about.items())),
        errors=error_types(record.exc_info[1]) if record.exc_info else (),
    )


def error_types(error: BaseException | None) -> tuple[str, ...]:
    """Return the names of the types of an error, or of all that are in a group."""
    if isinstance(error, BaseExceptionGroup):
        return tuple(name for each in error.exceptions for name in error_types(each))
    return (type(error).__name__,)


def summary(flood: Flood, last: logging.LogRecord, now: float) -> logging.LogRecord:
    """Return a record that stands for those that were held back, of the same kind and level."""
    if flood.held == 1:
        return last
    record = copy.copy(last)
    seconds = now - flood.since
    record.msg = f"{flood.held} times more in {seconds:.0f} s{_whom(flood)}, the last one: %s"
    record.args = (last.getMessage(),)
    record.exc_info = record.exc_text = record.stack_info = None
    if len(flood.entities) > 1:
        record.__dict__.pop("entity_id", None)
    return record


def _whom(flood: Flood) -> str:
    if not flood.entities:
        return ""
    count = len(flood.entities)
    number = f"more than {ENTITIES_KNOWN}" if count > ENTITIES_KNOWN else str(count)
    named = ", ".join(sorted(flood.entities)[:ENTITIES_NAMED])
    more = " and others" if count > ENTITIES_NAMED else ""
    return f" about {number} {'entity' if count == 1 else 'entities'} ({named}{more})"
